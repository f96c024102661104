// `zkvm estimate`: what proving a model will cost, before it is proved: cells, time, memory, proof bytes, calldata.
// Source: vm/estimate/cost.ts, vm/estimate/predict.ts. Caveat: times are medians for a warm process on a quiet machine of this one's speed.

import { MAX_CALLDATA } from '../contracts/class/limits.ts';
import { tensorFelts } from '../contracts/client/calldata.ts';
import { profileNamed } from '../fri/pcs/profile.ts';
import { securityRefusal, securityText } from '../fri/pcs/security.ts';
import { availableThreads } from '../gpu/wasm/pool.ts';
import { planInstances } from '../vm/chips/split.ts';
import { costOf, neutralInput } from '../vm/estimate/cost.ts';
import { machineSlowness, type Prediction, predict, predictDevice, WASM_LIMIT_BYTES } from '../vm/estimate/predict.ts';
import { execute } from '../vm/executor/run.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import type { Program } from '../vm/program/types.ts';
import { publicTermCount } from '../vm/statement/claim.ts';
import { securityOf } from '../vm/statement/instances.ts';
import type { Command } from './commands.ts';
import { readBytes } from './io/files.ts';
import { availableBytes } from './io/memory.ts';
import { breathe, formatCount, formatMs } from './io/terminal.ts';
import { cellLines } from './report/cells.ts';

/** model id, three sizes, four lengths, and a context of chain id, contract, caller and nonce */
const CALL_FELTS = 4 + 4 + 4;

/** felts of a `verify` call besides the proof */
function statementFelts(program: Program, run: ReturnType<typeof execute>): number {
  return CALL_FELTS + tensorFelts(program.inputs, run.inputs, 'input').length + tensorFelts(program.outputs, run.outputs, 'output').length;
}

const megabytes = (bytes: number): string => `${formatCount(Math.round(bytes / 1e6))} MB`;

function predictionLine({ backend, threads, proveMs, peakBytes }: Prediction, fits: boolean): string {
  const name = backend === 'js' ? 'js' : `wasm, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return `  ${name.padEnd(16)} about ${formatMs(proveMs)}, ${megabytes(peakBytes)} of memory${fits ? '' : ', which does not fit here'}`;
}

export const run: Command<'estimate'> = async (args, terminal) => {
  const profile = profileNamed(args.options.profile);
  const program = decodeProgram(readBytes(args.file));
  await breathe();
  const execution = execute(program, neutralInput(program));
  await breathe();
  const cost = costOf(program, profile, execution);
  await breathe();
  const slowness = machineSlowness();
  const available = availableBytes();
  const fits = ({ backend, columnBytes, peakBytes }: Prediction): boolean =>
    peakBytes <= available && (backend === 'js' || columnBytes <= WASM_LIMIT_BYTES);
  const threads = availableThreads();
  const predictions = [
    ...(threads > 1 ? [predict(cost.instances, profile, 'wasm', threads, slowness)] : []),
    predict(cost.instances, profile, 'wasm', 1, slowness),
    predict(cost.instances, profile, 'js', 1, slowness),
  ];
  const security = securityOf(profile, planInstances(execution, profile), publicTermCount(program));
  const refusal = securityRefusal(security, profile);
  const device = predictDevice(cost.instances, profile);
  const calldataFelts = cost.proof.calldataFelts + statementFelts(program, execution);

  if (args.options.json)
    terminal.json({
      name: program.metadata.name,
      profile: profile.name,
      cells: cost.cells,
      cellsByChip: cost.cellsByChip,
      instances: cost.instances,
      nodes: cost.nodes,
      security,
      refused: refusal?.why ?? null,
      proofBytes: cost.proof.bytes,
      calldataFelts,
      predictions: predictions.map((prediction) => ({ ...prediction, fits: fits(prediction) })),
      webgpu: device,
      slowness,
    });
  else
    terminal.out([
      `model "${program.metadata.name}", profile ${profile.name}`,
      `security  ${securityText(security)}${refusal ? `; it would be refused: ${refusal.why}; ${refusal.fix}` : ''}`,
      ...cellLines(cost),
      'a proof on this machine, in a process that is warm',
      ...predictions.map((prediction) => predictionLine(prediction, fits(prediction))),
      `  ${'webgpu'.padEnd(16)} ${megabytes(device.peakBytes)} of device memory, ${megabytes(device.largestBufferBytes)} of it in one buffer`,
      `proof     about ${formatCount(cost.proof.bytes)} bytes`,
      ...(profile.name === 'chain'
        ? [
            `calldata  about ${formatCount(calldataFelts)} felts; one transaction takes ${formatCount(MAX_CALLDATA)}${calldataFelts > MAX_CALLDATA ? ', so it does not fit' : ''}`,
          ]
        : []),
    ]);
  return 0;
};
