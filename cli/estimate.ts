// `zkvm estimate`: what proving a model will cost, before it is proved: cells, time, memory, proof bytes, calldata.
// Source: vm/estimate/. Caveat: times are medians at the speed that this machine has right now, other work on it included; a backend that does not
// start is judged by the speed of plain code.

import { MAX_CALLDATA } from '../contracts/class/limits.ts';
import { tensorFelts } from '../contracts/client/calldata.ts';
import { ZkvmError } from '../fri/core/errors.ts';
import { type Profile, profileNamed } from '../fri/pcs/profile.ts';
import { securityRefusal, securityText } from '../fri/pcs/security.ts';
import { BACKENDS, kindNamed } from '../gpu/backends.ts';
import { planInstances } from '../vm/chips/split.ts';
import { costOf, countingRun, sizesOf } from '../vm/estimate/cost.ts';
import { type PredictionHere, predictHere } from '../vm/estimate/here.ts';
import { type ProofPlan, planProof } from '../vm/estimate/plan.ts';
import { layoutOfSizes, machineSlowness, predictShards } from '../vm/estimate/predict.ts';
import type { Execution, execute } from '../vm/executor/run.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import type { Program } from '../vm/program/types.ts';
import { publicTermCount } from '../vm/statement/claim.ts';
import { securedShards } from '../vm/statement/instances.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { availableBytes, parseBytes } from './io/memory.ts';
import { sayNext } from './io/next.ts';
import { breathe, formatCount, formatMs } from './io/terminal.ts';
import { cellLines } from './report/cells.ts';

/** model id, three sizes, four lengths, and a context of chain id, contract, caller and nonce */
const CALL_FELTS = 4 + 4 + 4;

/** felts of a `verify` call besides the proof */
function statementFelts(program: Program, run: ReturnType<typeof execute>): number {
  return CALL_FELTS + tensorFelts(program.inputs, run.inputs, 'input').length + tensorFelts(program.outputs, run.outputs, 'output').length;
}

const megabytes = (bytes: number): string => `${formatCount(Math.round(bytes / 1e6))} MB`;

/** A prediction for this machine and process. */
interface Predicted extends Omit<PredictionHere, 'startMs'> {
  fits: boolean;
  /** of more than one shard where the run does not fit as a whole; undefined where no number of them does */
  plan: ProofPlan | undefined;
  /** from the start of the process to the end of its first proof */
  coldMs: number;
}

/** The run in as few shards as fit. */
function inShards(
  one: PredictionHere,
  run: Execution,
  profile: Profile,
  available: number,
): PredictionHere & { plan: ProofPlan | undefined } {
  const { backend, threads } = one.prediction;
  const kind = kindNamed(backend);
  if (kind?.memory !== 'process') return { ...one, plan: undefined };
  try {
    const plan = planProof(run, { profile, kind, threads, availableBytes: available });
    return { ...one, plan, prediction: predictShards(plan.shards.map(sizesOf), profile, kind, threads, one.factor) };
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'backend') return { ...one, plan: undefined };
    throw error;
  }
}

function predictionLine({ prediction: { backend, threads, proveMs, peakBytes }, threaded, plan, coldMs }: Predicted): string {
  const shards = plan?.shards.length;
  const name = threaded ? `${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}` : backend;
  const times = `cold about ${formatMs(coldMs)}, warm about ${formatMs(proveMs)}`;
  return `  ${name.padEnd(16)} ${times}, ${megabytes(peakBytes)} of memory${shards === undefined ? ', which does not fit here' : shards > 1 ? ` in ${shards} shards` : ''}`;
}

export const run: Command<'estimate'> = async (args, terminal) => {
  const profile = profileNamed(args.options.profile);
  // a process that proves starts as this one did, reads the same model and runs it once
  const processMs = 1000 * process.uptime();
  const began = performance.now();
  const program = decodeProgram(readArtifact(args.file, 'model'));
  await breathe();
  const execution = countingRun(program);
  const runMs = performance.now() - began;
  await breathe();
  const cost = costOf(program, profile, execution);
  await breathe();
  const slowness = machineSlowness();
  const available = args.options.memory === undefined ? availableBytes() : parseBytes(args.options.memory);
  const layout = layoutOfSizes(cost.instances);
  const predictions = (await predictHere(cost.instances, profile, breathe, slowness)).map((whole): Predicted => {
    const { prediction, threaded, factor, startMs, plan } = inShards(whole, execution, profile, available);
    const { modelMs, firstMs, proveMs } = prediction;
    const coldMs = processMs + runMs + startMs + modelMs + firstMs + proveMs;
    return { prediction, threaded, factor, plan, fits: plan !== undefined, coldMs };
  });
  const devices = BACKENDS.flatMap((kind) => (kind.memory === 'device' ? [{ name: kind.name, plan: kind.estimate(layout, profile) }] : []));
  // of the shards that prove would make here, or of one
  const shards = predictions.find(({ plan }) => plan)?.plan?.shards ?? [planInstances(execution, profile)];
  const { security, profile: secured } = securedShards(profile, shards, publicTermCount(program));
  const refusal = securityRefusal(security, secured);
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
      predictions: predictions.map(({ prediction: { backend, threads, proveMs, columnBytes, peakBytes }, fits, plan, factor, coldMs }) => ({
        backend,
        threads,
        coldMs,
        warmMs: proveMs,
        factor,
        columnBytes,
        peakBytes,
        fits,
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
            `calldata  about ${formatCount(calldataFelts)} felts; one transaction takes ${formatCount(MAX_CALLDATA)}${calldataFelts > MAX_CALLDATA ? ', so it does not fit' : ''}`,
          ]
        : []),
    ]);
  sayNext(terminal, args.options.json, 'prove', args.file, '--input', 'x.json', '-o', 'proof.bin', '--profile', profile.name);
  return 0;
};
