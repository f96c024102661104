// What a verification in the contract costs, split by the numbered steps of verify.cairo: L2 gas of a class that stops before a step, as a
// devnet estimates it. Run: tsx bench/contract.ts [model …]. Source: DESIGN §10. Caveat: devnet bills the dearest resource (range checks here),
// not a sum, so parts are differences of that and the network's own prices differ.

import { flatCalldata } from '../contracts/calldata.ts';
import { connect, deploy, invoke } from '../contracts/chain.ts';
import { compileText, joinedSource } from '../contracts/compile.ts';
import { startDevnet } from '../contracts/devnet.ts';
import { firstAccount } from '../test/devnet/accounts.ts';
import { compiledModel, sampleInput } from '../test/devnet/models.ts';
import { proveFor } from '../test/devnet/proofs.ts';

const LAST = 15;

/** steps of verify.cairo, and what lies between a step's comment and the next one's */
const STEPS: readonly (readonly [number, string])[] = [
  [1, 'calldata, record, tensors'],
  [2, 'statement'],
  [4, 'base root, challenges'],
  [5, 'sums and public terms'],
  [7, 'composition root, point'],
  [8, 'samples, constraints'],
  [9, 'DEEP constants'],
  [12, 'FRI roots, last layer, positions'],
  [13, 'trees and DEEP quotients'],
  [14, 'folds and last layer'],
  [LAST, 'end, fact'],
];

/** the least multiple above every log size: the limited class takes step·32 + log size where the registry takes cpu's log size */
const STEP_UNIT = 32;

/** the registry with a limit on the steps */
function limitedSource(): string {
  let text = joinedSource('registry')
    .replace('store_log: u32, proof: Span<felt252>) {', 'store_log: u32, proof: Span<felt252>, until: u32) {')
    .replace(
      'verify_proof(record, statement, cpu_log, mac_log, store_log, proof);',
      `let (until, rows) = DivRem::div_rem(cpu_log, ${STEP_UNIT});\n verify_proof(record, statement, rows, mac_log, store_log, proof, until);`,
    );
  for (const [step] of STEPS) {
    if (step === LAST) continue;
    const marked = text.replace(
      new RegExp(`^    // ${step} .*$`, 'm'),
      (line) => `    if until == ${step} {\n        return;\n    }\n${line}`,
    );
    if (marked === text) throw new Error(`verify.cairo has no step ${step}`);
    text = marked;
  }
  return text;
}

const devnet = await startDevnet();
try {
  const credentials = await firstAccount(devnet.url);
  const chain = await connect(`${devnet.url}/rpc`, credentials);
  const limited = await compileText('registry-by-steps', limitedSource());
  const { address } = await deploy(chain, limited);
  for (const name of process.argv.length > 2 ? process.argv.slice(2) : ['digits_mlp', 'mlp784', 'lenet']) {
    const program = compiledModel(name);
    const place = { chainId: chain.chainId, registry: address, caller: BigInt(credentials.address), nonce: 1n };
    const { call, register } = await proveFor(program, sampleInput(name, program), place);
    await invoke(chain, [{ contract: address, entrypoint: 'register_model', calldata: register }]);
    let before = 0;
    console.log(`${name}: ${flatCalldata(call).length} felts`);
    for (const [step, part] of STEPS) {
      const calldata = flatCalldata({ ...call, cpuLogSize: call.cpuLogSize + STEP_UNIT * step });
      const { l2Gas: gas } = await invoke(chain, [{ contract: address, entrypoint: 'verify', calldata }]);
      console.log(`${((gas - before) / 1e6).toFixed(1).padStart(8)} M  ${part}`);
      before = gas;
    }
    console.log(`${(before / 1e6).toFixed(1).padStart(8)} M  all`);
  }
} finally {
  await devnet.stop();
}
process.exit(0);
