// What a committed input costs: a small network on an RGB image of 224 × 224, compiled with its image committed, and its size on the chain.
// `npx tsx bench/committed.ts [side]`; `--prove` also proves it under `chain` and verifies. Caveat: weights are random, so the outputs mean nothing.
import { compileModel } from '../compiler/index.ts';
import { PROFILES } from '../fri/pcs/profile.ts';
import { calldataFelts } from '../fri/pcs/stream.ts';
import { wasmBackend } from '../gpu/wasm/backend.ts';
import { costOf } from '../vm/estimate/cost.ts';
import { neutralInput } from '../vm/estimate/outline.ts';
import { execute } from '../vm/executor/run.ts';
import { isCommitted } from '../vm/program/committed.ts';
import { proveExecution } from '../vm/prove.ts';
import { prepareModel } from '../vm/statement/model.ts';
import { verifyProof } from '../vm/verify.ts';
import { rgbNetwork, rgbSample } from './committed-network.ts';

const side = Number(process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 224);
const calibration = [1, 2, 3].map((seed) => rgbSample(side, seed));
const started = performance.now();
const { program } = compileModel(rgbNetwork(side), { calibration, commitInputs: ['image'], augment: false, acceptError: 1e9 });
const cost = costOf(program, PROFILES.chain);
const region = program.inputs.find(isCommitted)!;
console.log(
  JSON.stringify({
    elements: 3 * side * side,
    words: region.channels * region.channelStep,
    cells: cost.cells,
    instances: cost.instances.map(({ chip, logSize }) => `${chip} 2^${logSize}`).join(', '),
    predictedFelts: cost.proof.calldataFelts,
    compileMs: Math.round(performance.now() - started),
  }),
);
if (process.argv.includes('--prove')) {
  const backend = await wasmBackend({ threads: 1 });
  const model = await prepareModel(program, PROFILES.chain, backend);
  const before = performance.now();
  const { bytes, writer, roots } = await proveExecution(model, execute(program, neutralInput(program)));
  const proveMs = Math.round(performance.now() - before);
  const { security } = verifyProof(model, bytes, [PROFILES.chain], { roots });
  console.log(JSON.stringify({ proveMs, felts: calldataFelts(writer.items), bytes: bytes.length, bits: security.conjecturedBits }));
  backend.close();
}
