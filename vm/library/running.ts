// Running a model without a proof, and holding every row of a run against every constraint. Source: vm/executor/run.ts, air/check.ts.
// Caveat: what is run is the integer model that would be proved; a check is for debugging and convinces nobody else.
import { check as checkRows, type Failure } from '../../air/check.ts';
import { MACHINE } from '../chips/machine.ts';
import { execute } from '../executor/run.ts';
import { requireExact, type Saturated, saturation } from '../executor/saturation.ts';
import { decodeTrace, traceOf } from '../files/trace.ts';
import { requireDetermined } from '../program/audit.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { publicTerms } from '../statement/claim.ts';
import { type OptionKinds, requireBytes, requireModel, requireOptions } from './arguments.ts';
import type { ModelTensors } from './given.ts';
import type { Model } from './model.ts';
import { predictions } from './outputs.ts';
import type { ProveOptions } from './prover-interface.ts';
import { integerInputs } from './proving.ts';
import { type RealTensorsByName, realValues } from './real.ts';
import { pause } from './signals.ts';

/**
 * What a model answers.
 * @example const { outputs, labels, saturated } = await run(model, { image });
 */
export interface Ran {
  /** in real units */
  outputs: RealTensorsByName;
  /** the label of each row of scores; undefined if the model has none */
  labels: readonly string[] | undefined;
  /** the inputs as a proof would have them, after rounding */
  inputs: RealTensorsByName;
  /** nodes whose values left the calibrated ranges, so that the output may be wrong */
  saturated: readonly Saturated[];
  /** executed instructions */
  cycles: number;
}

/**
 * How a model is run.
 * @example const options: RunOptions = { strict: true, signal: AbortSignal.timeout(1000) };
 */
export type RunOptions = Pick<ProveOptions, 'allowUndetermined' | 'strict' | 'signal'>;

const OPTIONS: OptionKinds<RunOptions> = { allowUndetermined: 'flag', strict: 'flag', signal: 'signal' };

/** A run of a caller's inputs, and what left its ranges. */
async function ran(of: string, model: Model, inputs: ModelTensors, options: RunOptions) {
  requireOptions(options, of, OPTIONS);
  requireModel(model);
  const { allowUndetermined = false, strict = false, signal } = options;
  await pause(signal);
  requireDetermined(model.program, { allowUndetermined });
  const execution = execute(model.program, integerInputs(model, inputs));
  const saturated = saturation(execution);
  if (strict) requireExact(saturated);
  return { execution, saturated };
}

/**
 * Runs a model: the outputs that a proof of the same inputs would have.
 * @throws ZkvmError ZK080x and ZK081x for inputs that do not fit, ZK042x for a run that fails, ZK0423 with `strict`
 * @example
 * const { outputs, labels } = await run(model, { image });
 */
export async function run(model: Model, inputs: ModelTensors, options: RunOptions = {}): Promise<Ran> {
  const { execution, saturated } = await ran('run', model, inputs, options);
  const { program } = model;
  return {
    outputs: realValues(program, 'output', execution.outputs),
    labels: predictions(program, execution.outputs),
    inputs: realValues(program, 'input', execution.inputs),
    saturated,
    cycles: execution.cycles.length / CYCLE_WORDS,
  };
}

/**
 * What a check found.
 * @example
 * const { ok, failures } = await check(model, { image });
 * if (!ok) console.log(failures[0]?.label, failures[0]?.row);
 */
export interface Checked {
  /** every constraint holds, and what is looked up is there */
  ok: boolean;
  rows: number;
  /** the first of them, with row and cells */
  failures: readonly Failure[];
  /** all of them */
  failureCount: number;
  /** whether words, table entries and accumulators match */
  sumIsZero: boolean;
}

/** failures that are told in full */
const TOLD = 100;

/**
 * Every constraint on every row of a trace file, such as `zkvm run -o` writes.
 * @throws ZkvmError ZK030x, ZK031x for bytes that are no trace
 * @example const { ok, failures } = checkTrace(await readFile('trace.bin'));
 */
export function checkTrace(trace: Uint8Array): Checked {
  const { program, inputs, outputs, instances } = decodeTrace(requireBytes(trace, 'the trace'));
  return checked(checkRows(MACHINE, instances, publicTerms(program, inputs, outputs), 'the trace', TOLD), instances);
}

const checked = (
  { failures, failureCount, sumIsZero }: ReturnType<typeof checkRows>,
  instances: readonly { logSize: number }[],
): Checked => ({
  ok: failureCount === 0 && sumIsZero,
  rows: instances.reduce((sum, { logSize }) => sum + 2 ** logSize, 0),
  failures,
  failureCount,
  sumIsZero,
});

/**
 * Runs a model and holds the run against every constraint, without a proof.
 * @throws as `run`
 * @example if (!(await check(model, { image })).ok) throw new Error('please report this');
 */
export async function check(model: Model, inputs: ModelTensors, options: RunOptions = {}): Promise<Checked> {
  const { execution } = await ran('check', model, inputs, options);
  const { signal } = options;
  const { program } = model;
  await pause(signal);
  const { instances } = traceOf(new Uint8Array(0), execution);
  await pause(signal);
  return checked(checkRows(MACHINE, instances, publicTerms(program, execution.inputs, execution.outputs), model.name, TOLD), instances);
}
