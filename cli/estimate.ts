// `zkvm estimate`: what proving a model will cost, before it is proved: cells, time, memory, proof bytes, calldata.
// Source: vm/estimate/. Caveat: times are medians at the speed that this machine has right now, other work on it included; a backend that does not
// start is judged by the speed of plain code.

import { ACCOUNT_FELTS, MAX_CALLDATA } from '../contracts/class/limits.ts';
import { tensorFelts } from '../contracts/client/calldata.ts';
import { MAX_L2_GAS } from '../contracts/client/errors.ts';
import { profileNamed } from '../fri/pcs/profile.ts';
import { securityRefusal, securityText } from '../fri/pcs/security.ts';
import { BACKENDS } from '../gpu/backends.ts';
import { costOf, countingRun } from '../vm/estimate/cost.ts';
import { type PredictionHere, predictHere, securedHere } from '../vm/estimate/here.ts';
import { availableBytes } from '../vm/estimate/memory.ts';
import { layoutOfSizes, machineSlowness } from '../vm/estimate/predict.ts';
import type { execute } from '../vm/executor/run.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import { elementCount } from '../vm/program/packing.ts';
import type { Program } from '../vm/program/types.ts';
import { publicInputs } from '../vm/statement/input.ts';
import { chainCost, costJson, costLines, pricesOf } from './chain-cost.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { parseBytes } from './io/memory.ts';
import { sayNext } from './io/next.ts';
import { breathe, formatCount, formatMs } from './io/terminal.ts';
import { cellLines } from './report/cells.ts';

/** model id, three sizes, four lengths, and a context of chain id, contract, caller and nonce */
const CALL_FELTS = 4 + 4 + 4;

/** felts of a `verify` call besides the proof */
function statementFelts(program: Program, run: ReturnType<typeof execute>): number {
  const shown = publicInputs(program.inputs);
  const tensors = Object.fromEntries(shown.map(({ name }) => [name, run.inputs[name]!]));
  // a committed input is one felt
  const roots = program.inputs.length - shown.length;
  return CALL_FELTS + roots + tensorFelts(shown, tensors, 'input').length + tensorFelts(program.outputs, run.outputs, 'output').length;
}

const megabytes = (bytes: number): string => `${formatCount(Math.round(bytes / 1e6))} MB`;

/** A prediction for this machine and process. */
interface Predicted extends Omit<PredictionHere, 'startMs'> {
  /** from the start of the process to the end of its first proof */
  coldMs: number;
}

function predictionLine({ prediction: { backend, threads, proveMs, peakBytes }, threaded, plan, coldMs }: Predicted): string {
  const shards = plan?.shards.length;
  const name = threaded ? `${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}` : backend;
  const times = `cold about ${formatMs(coldMs)}, warm about ${formatMs(proveMs)}`;
  return `  ${name.padEnd(16)} ${times}, ${megabytes(peakBytes)} of memory${shards === undefined ? ', which does not fit here' : shards > 1 ? ` in ${shards} shards` : ''}`;
}

export const run: Command<'estimate'> = async (args, terminal) => {
  const profile = profileNamed(args.options.profile);
  const prices = await pricesOf(args, profile.name);
  // a process that proves starts as this one did, reads the same model and runs it once
  const processMs = 1000 * process.uptime();
  const began = performance.now();
  const program = decodeProgram(readArtifact(args.file, 'model'), true);
  await breathe();
  const execution = countingRun(program);
  const runMs = performance.now() - began;
  await breathe();
  const cost = costOf(program, profile, execution);
  await breathe();
  const slowness = machineSlowness();
  const available = args.options.memory === undefined ? availableBytes() : parseBytes(args.options.memory);
  const layout = layoutOfSizes(cost.instances);
  const here = await predictHere(execution, profile, available, breathe, slowness);
  const predictions = here.map(({ startMs, ...one }): Predicted => {
    const { modelMs, firstMs, proveMs } = one.prediction;
    return { ...one, coldMs: processMs + runMs + startMs + modelMs + firstMs + proveMs };
  });
  const devices = BACKENDS.flatMap((kind) => (kind.memory === 'device' ? [{ name: kind.name, plan: kind.estimate(layout, profile) }] : []));
  const { security, profile: secured } = securedHere(here, execution, profile);
  const refusal = securityRefusal(security, secured);
  const elements = [...publicInputs(program.inputs), ...program.outputs].reduce((sum, region) => sum + elementCount(region), 0);
  const onChain = profile.name === 'chain' ? chainCost({ proofFelts: cost.proof.calldataFelts, elements }, prices) : undefined;
  const most = MAX_CALLDATA - ACCOUNT_FELTS;
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
      ...(onChain && costJson(onChain)),
      predictions: predictions.map(({ prediction: { backend, threads, proveMs, columnBytes, peakBytes }, plan, factor, coldMs }) => ({
        backend,
        threads,
        coldMs,
        warmMs: proveMs,
        factor,
        columnBytes,
        peakBytes,
        fits: plan !== undefined,
        shards: plan?.shards.length ?? null,
      })),
      ...Object.fromEntries(devices.map(({ name, plan }) => [name, plan])),
      slowness,
    });
  else
    terminal.out([
      `model "${program.metadata.name}", profile ${profile.name}`,
      `security  ${securityText(security)}${refusal ? `; it would be refused: ${refusal.why}; ${refusal.fix}` : ''}`,
      ...cellLines(cost),
      'a proof on this machine; cold: process, model and proof; warm: a proof when the model is prepared',
      ...predictions.map(predictionLine),
      ...devices.map(
        ({ name, plan }) =>
          `  ${name.padEnd(16)} ${megabytes(plan.peakBytes)} of device memory, ${megabytes(plan.largestBufferBytes)} of it in one buffer`,
      ),
      `proof     about ${formatCount(cost.proof.bytes)} bytes`,
      ...(profile.name === 'chain'
        ? [
            `calldata  about ${formatCount(calldataFelts)} felts; one transaction takes ${formatCount(most)}${calldataFelts > most ? ', so only shards of it fit: prove with less --memory' : ''}`,
            ...costLines(onChain!, MAX_L2_GAS),
          ]
        : []),
    ]);
  sayNext(terminal, args.options.json, 'prove', args.file, '--input', 'x.json', '-o', 'proof.bin', '--profile', profile.name);
  return 0;
};
