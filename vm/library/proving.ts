// A prover in this thread: a backend of its own, prepared models, and a queue. Source: vm/prove.ts, gpu/select.ts. Caveat: arithmetic blocks its
// thread for milliseconds at a time; a page that has to stay smooth uses a worker (worker-client.ts).

import type { UnfilledInstance } from '../../air/columns.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { digestToHex } from '../../fri/core/digest.ts';
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { DEFAULT_PROFILE, type Profile, type ProfileName, profileNamed } from '../../fri/pcs/profile.ts';
import { givesUp, type SelectedBackend, type SelectOptions, selectBackend, selectNext } from '../../gpu/select.ts';
import { chipCells } from '../chips/cells.ts';
import { planInstances } from '../chips/split.ts';
import { availableBytes } from '../estimate/memory.ts';
import { planProof } from '../estimate/plan.ts';
import { type Execution, execute } from '../executor/run.ts';
import { requireExact, saturation } from '../executor/saturation.ts';
import { requireDetermined } from '../program/audit.ts';
import { plannedRun, proveExecution } from '../prove.ts';
import { requireContext } from '../statement/context.ts';
import { type OptionKinds, requireModel, requireOptions } from './arguments.ts';
import { givenTensors, type ModelTensors } from './given.ts';
import { type RoundedInputs, roundedInputs } from './integers.ts';
import type { Model } from './model.ts';
import { predictions } from './outputs.ts';
import { PreparedModels } from './prepared.ts';
import { progressTo } from './progress.ts';
import type { GpuOptions, PrepareOptions, Proved, ProveOptions, Prover, ProverOptions } from './prover-interface.ts';
import { realValues } from './real.ts';
import { hexadecimal } from './roots.ts';
import { anyOf, listening, pause, unlessAborted } from './signals.ts';
import { requireSteady, unsteadyBetween } from './unsteady.ts';

const DEFAULT_MODELS = 4;
export const PROVER_OPTIONS: OptionKinds<ProverOptions> = {
  device: 'text',
  threads: 'number',
  gpu: 'table',
  models: 'number',
  memoryBytes: 'number',
  signal: 'signal',
};
const GPU_OPTIONS: OptionKinds<GpuOptions> = { allowSoftware: 'flag', memoryBytes: 'number' };
export const PREPARE_OPTIONS: OptionKinds<PrepareOptions> = { profile: 'text', allowUndetermined: 'flag', signal: 'signal' };
export const PROVE_OPTIONS: OptionKinds<ProveOptions> = { ...PREPARE_OPTIONS, context: 'bytes', strict: 'flag', onProgress: 'callback' };
/** what is kept of the options: those of the backend, and the bytes that the process may have */
type LocalOptions = SelectOptions & Pick<ProverOptions, 'memoryBytes'>;

/** cells of all prepared models together: about a gigabyte of columns, transforms and trees */
const PREPARED_CELLS = 2 ** 26;

/** Inputs of a caller as the model's integers, with what they were rounded from. @throws ZK080x, ZK081x */
export function callerInputs(model: Model, inputs: ModelTensors): RoundedInputs {
  requireModel(model);
  const { program } = model;
  const names = program.inputs.map(({ name }) => name);
  return roundedInputs(givenTensors(inputs, names, 'the inputs'), program);
}

const closedError = (): ZkvmError =>
  usage('ZK0625', { what: 'the prover is closed', fix: 'close it after the last proof, or make another one with createProver' });

/** one proof as it is asked for */
interface Job {
  model: Model;
  profile: Profile;
  options: ProveOptions;
  signal: AbortSignal;
}

/** A prover that also takes integers: a worker gets them rounded already. */
export class LocalProver implements Prover {
  readonly #device: string;
  readonly #options: LocalOptions;
  readonly #models: number;
  readonly #closing = new AbortController();
  #selected: SelectedBackend;
  #prepared: PreparedModels<Model>;
  /** resolved when all that was asked for so far is done */
  #tail: Promise<void> = Promise.resolve();

  constructor(device: string, options: LocalOptions, models: number, selected: SelectedBackend) {
    this.#device = device;
    this.#options = options;
    this.#models = models;
    this.#selected = selected;
    this.#prepared = this.#noModels();
  }

  get backend(): string {
    return this.#selected.backend.name;
  }

  get why(): string {
    return this.#selected.why;
  }

  async prove(model: Model, inputs: ModelTensors, options: ProveOptions = {}): Promise<Proved> {
    return this.proveRounded(model, callerInputs(model, inputs), options);
  }

  /** `prove` for inputs that are integers already. */
  async proveRounded(model: Model, inputs: RoundedInputs, options: ProveOptions = {}): Promise<Proved> {
    requireOptions(options, 'prove', PROVE_OPTIONS);
    return this.#queued(model, options, (job) => this.#prove(job, inputs));
  }

  async prepare(model: Model, options: PrepareOptions = {}): Promise<void> {
    requireOptions(options, 'prepare', PREPARE_OPTIONS);
    return this.#queued(model, options, async (job) => {
      await this.#prepare(job);
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return this.#tail;
    this.#closing.abort(closedError());
    this.#tail = this.#tail.then(() => this.#selected.close());
    return this.#tail;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #noModels(): PreparedModels<Model> {
    return new PreparedModels(this.#selected.backend, {
      models: this.#models,
      size: PREPARED_CELLS,
      sizeOf: ({ record }) =>
        Object.values(chipCells(record.trees.flatMap(({ instances }) => instances))).reduce((sum, count) => sum + count, 0),
    });
  }

  /** Waits for those before, then works; a failure is nobody else's. */
  async #queued<T>(model: Model, options: ProveOptions, work: (job: Job) => Promise<T>): Promise<T> {
    requireModel(model);
    const profile = profileNamed(options.profile ?? DEFAULT_PROFILE.name);
    const { signal, release } = anyOf(this.#closing.signal, options.signal);
    const before = this.#tail;
    let done = (): void => {};
    const own = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#tail = before.then(() => own);
    try {
      await unlessAborted(before, signal);
      return await this.#withOthers({ model, profile, options, signal }, work);
    } finally {
      release();
      done();
    }
  }

  /** Works; where a backend gives up, without the other models in its memory, then with the next backend of `auto`. */
  async #withOthers<T>(job: Job, work: (job: Job) => Promise<T>): Promise<T> {
    try {
      return await work(job);
    } catch (error) {
      if (!(error instanceof ZkvmError) || error.kind !== 'backend') throw error;
      if (this.#prepared.keepOnly(job.model, job.profile)) return this.#withOthers(job, work);
      if (!givesUp(this.#device, this.#selected, error)) throw error;
      const failed = this.#selected;
      await failed.close();
      this.#selected = await selectNext(failed, error, this.#options);
      this.#prepared = this.#noModels();
      return work(job);
    }
  }

  /** as few as fit into memory; a device says itself whether a proof fits */
  #shards(execution: Execution, profile: Profile): UnfilledInstance[][] {
    const { kind } = this.#selected;
    if (kind.memory !== 'process') return [planInstances(execution, profile)];
    const { memoryBytes = availableBytes(), threads = 1 } = this.#options;
    return planProof(execution, { profile, kind, threads, availableBytes: memoryBytes }).shards;
  }

  async #prepare({ model, profile, options: { allowUndetermined = false }, signal }: Job) {
    await pause(signal);
    requireDetermined(model.program, { allowUndetermined });
    const heard = (backend: Backend): Backend => listening(backend, signal);
    const prepared = await this.#prepared.of(model, profile, () => model.program, { allowUndetermined }, heard);
    model.remember(profile, prepared);
    return prepared;
  }

  async #prove(job: Job, inputs: RoundedInputs): Promise<Proved> {
    const { model, profile, options, signal } = job;
    const { program } = model;
    const tell = progressTo(options.onProgress);
    const timings: Record<string, number> = {};
    const timed = async <T>(phase: string, work: () => T | Promise<T>): Promise<T> => {
      const started = performance.now();
      const result = await work();
      timings[phase] = performance.now() - started;
      return result;
    };
    await pause(signal);
    if (options.context) requireContext(options.context);
    requireDetermined(program, { allowUndetermined: options.allowUndetermined ?? false });
    const execution = await timed('run', () => execute(program, inputs.integers));
    const saturated = saturation(execution);
    if (options.strict) requireExact(saturated);
    const moved = await timed('steadiness', () => unsteadyBetween(() => pause(signal), execution, inputs, model.report));
    if (options.strict) requireSteady(moved);
    // what the verifier would refuse, or does not fit, is refused before any work
    const shards = this.#shards(execution, profile);
    const { cells } = plannedRun(execution, profile, shards);
    tell('run', cells, shards.length);
    const prepared = await timed('prepare', () => this.#prepare(job));
    tell('prepare', cells, shards.length);
    const proved = await proveExecution({ ...prepared, backend: listening(this.#selected.backend, signal) }, execution, {
      ...(options.context !== undefined && { context: options.context }),
      shards,
      onStep: (step) => tell(step, cells, shards.length),
    });
    signal.throwIfAborted();
    return {
      proof: proved.bytes,
      outputs: realValues(program, 'output', execution.outputs),
      labels: predictions(program, execution.outputs),
      inputs: realValues(program, 'input', execution.inputs),
      roots: hexadecimal(proved.roots),
      modelId: digestToHex(proved.modelId),
      profile: profile.name as ProfileName,
      cells: proved.cells,
      security: proved.security,
      saturated,
      unsteady: moved,
      timings: { ...timings, ...proved.timings },
    };
  }
}

/** `createProver`, with the class itself. @throws ZK0626, ZK0610, kind `backend` */
export async function startLocalProver(given: ProverOptions): Promise<LocalProver> {
  requireOptions(given, 'createProver', PROVER_OPTIONS);
  const { device = 'auto', threads, gpu, models = DEFAULT_MODELS, memoryBytes, signal } = given;
  if (gpu) requireOptions(gpu, 'gpu', GPU_OPTIONS);
  if (!(Number.isInteger(models) && models >= 1))
    throw usage('ZK0610', { what: `${models} models are kept`, why: 'a whole number from 1 is needed' });
  signal?.throwIfAborted();
  const options: SelectOptions = { ...(threads === undefined ? {} : { threads }), ...(gpu && { gpu }) };
  const selected = await selectBackend(device, options);
  if (signal?.aborted) await selected.close();
  signal?.throwIfAborted();
  return new LocalProver(device, { ...options, ...(memoryBytes === undefined ? {} : { memoryBytes }) }, models, selected);
}

/**
 * Starts a prover in this thread.
 * @throws ZkvmError usage ZK0610 for a device or a number of threads that is none; kind `backend` when the named device cannot run here
 * @example
 * await using prover = await createProver({ device: 'wasm', threads: 4 });
 * console.log(prover.backend, prover.why);
 */
export const createProver = (options: ProverOptions = {}): Promise<Prover> => startLocalProver(options);
