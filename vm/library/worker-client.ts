// A prover that works in a worker: the same interface, and the page stays smooth. Source: worker-messages.ts; worker.ts is the other side.
// Caveat: an abort is answered here at once, and the worker ends what it does between two operations; inputs are rounded here, so what does not
// fit is refused without asking.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import { requireModel, requireOptions } from './arguments.ts';
import type { ModelTensors } from './given.ts';
import type { Model } from './model.ts';
import type { PrepareOptions, Proved, ProveOptions, Prover, ProverOptions } from './prover-interface.ts';
import { integerInputs, PREPARE_OPTIONS, PROVE_OPTIONS, PROVER_OPTIONS } from './proving.ts';
import { unlessAborted } from './signals.ts';
import { type Answer, type FromWorker, receivedError, type ToWorker } from './worker-messages.ts';

/**
 * A `Worker` of a browser.
 * @example const worker: BrowserWorker = new Worker(new URL('./prover-worker.js', import.meta.url), { type: 'module' });
 */
export interface BrowserWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): unknown;
  addEventListener(event: 'message' | 'error', listener: (event: Event) => void): void;
}

/**
 * A `Worker` of Node's `worker_threads`.
 * @example const worker: NodeWorker = new worker_threads.Worker(new URL(import.meta.resolve('zkvm/worker')));
 */
export interface NodeWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  terminate(): unknown;
  on(event: 'message', listener: (value: unknown) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
}

/**
 * A worker that has imported `zkvm/worker`.
 * @example const prover = await connectProver(worker satisfies WorkerLike);
 */
export type WorkerLike = BrowserWorker | NodeWorker;

/** models that the worker keeps; sending one again costs its bytes */
const SENT_MODELS = 8;

interface Question {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
  onProgress: ProveOptions['onProgress'];
}

class WorkerProver implements Prover {
  backend = '';
  why = '';
  readonly #worker: WorkerLike;
  readonly #questions = new Map<number, Question>();
  /** number that the worker knows a model by; the one used last is the last */
  readonly #models = new Map<Model, number>();
  #numbers = 0;
  #ended: ZkvmError | undefined;
  #closing: Promise<void> | undefined;

  constructor(worker: WorkerLike) {
    this.#worker = worker;
    const failed = (why: string): void =>
      this.#end(new ZkvmError('backend', 'ZK0624', { what: 'the worker of the prover is gone', why, fix: 'start another one' }));
    if ('addEventListener' in worker) {
      worker.addEventListener('message', (event) => this.#receive((event as MessageEvent<FromWorker>).data));
      worker.addEventListener('error', (event) => failed((event as ErrorEvent).message ?? 'it could not be loaded'));
    } else {
      worker.on('message', (message) => this.#receive(message as FromWorker));
      worker.on('error', ({ message }) => failed(message));
      worker.on('exit', (code) => failed(`it ended with code ${code}`));
    }
  }

  async start(options: ProverOptions): Promise<void> {
    requireOptions(options, 'connectProver', PROVER_OPTIONS);
    const { signal, ...rest } = options;
    const answer = await this.#ask((id) => ({ kind: 'start', id, options: rest }), { signal });
    if (answer && 'why' in answer) this.#took(answer);
  }

  async prove(model: Model, inputs: ModelTensors, options: ProveOptions = {}): Promise<Proved> {
    requireOptions(options, 'prove', PROVE_OPTIONS);
    const { signal, onProgress, ...sent } = options;
    const integers = integerInputs(model, inputs);
    const buffers = Object.values(integers).map(({ buffer }) => buffer as ArrayBuffer);
    const number = this.#numberOf(model);
    const answer = await this.#ask(
      (id) => ({ kind: 'prove', id, model: number, inputs: integers, options: sent, progress: onProgress !== undefined }),
      options,
      buffers,
    );
    return answer as Proved;
  }

  async prepare(model: Model, options: PrepareOptions = {}): Promise<void> {
    requireOptions(options, 'prepare', PREPARE_OPTIONS);
    requireModel(model);
    const { signal, ...sent } = options;
    const number = this.#numberOf(model);
    await this.#ask((id) => ({ kind: 'prepare', id, model: number, options: sent }), { signal });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closed = usage('ZK0625', { what: 'the prover is closed', fix: 'close it after the last proof, or connect another worker' });
    if (!this.#ended) {
      // it ends what is under way; a worker that is gone needs no closing
      await this.#ask((id) => ({ kind: 'close', id }), {}).catch(() => {});
    }
    this.#end(closed);
    await this.#worker.terminate();
  }

  /** @throws the reason of the signal at once; the worker is told */
  async #ask(
    question: (id: number) => ToWorker,
    { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: ProveOptions['onProgress'] },
    transfer: ArrayBuffer[] = [],
  ): Promise<Answer> {
    if (this.#ended) throw this.#ended;
    signal?.throwIfAborted();
    const id = this.#numbers++;
    const answered = new Promise<Answer>((resolve, reject) => this.#questions.set(id, { resolve, reject, onProgress }));
    this.#worker.postMessage(question(id), transfer);
    try {
      return await unlessAborted(answered, signal);
    } catch (error) {
      if (this.#questions.delete(id)) {
        answered.catch(() => {});
        if (!this.#ended) this.#worker.postMessage({ kind: 'abort', id } satisfies ToWorker, []);
      }
      throw error;
    }
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'backend') this.#took(message);
    const question = 'id' in message ? this.#questions.get(message.id) : undefined;
    if (!question || message.kind === 'backend') return; // or aborted meanwhile
    if (message.kind === 'progress') {
      question.onProgress?.(message.progress);
      return;
    }
    this.#questions.delete(message.id);
    if (message.kind === 'done') question.resolve(message.answer);
    else question.reject(receivedError(message.error));
  }

  #took({ backend, why }: { backend: string; why: string }): void {
    this.backend = backend;
    this.why = why;
  }

  #end(error: ZkvmError): void {
    this.#ended ??= error;
    for (const { reject } of this.#questions.values()) reject(this.#ended);
    this.#questions.clear();
  }

  /** sends a model that the worker does not have */
  #numberOf(model: Model): number {
    if (this.#ended) throw this.#ended;
    const known = this.#models.get(model);
    const number = known ?? this.#numbers++;
    this.#models.delete(model);
    this.#models.set(model, number);
    if (known !== undefined) return number;
    const bytes = model.bytes();
    this.#worker.postMessage({ kind: 'model', model: number, bytes } satisfies ToWorker, [bytes.buffer as ArrayBuffer]);
    if (this.#models.size > SENT_MODELS) {
      const [oldest, forgotten] = [...this.#models][0]!;
      this.#models.delete(oldest);
      this.#worker.postMessage({ kind: 'forget', model: forgotten } satisfies ToWorker, []);
    }
    return number;
  }
}

/**
 * Starts a prover in a worker. The worker imports `zkvm/worker` and nothing else that listens to messages; closing the prover ends it.
 * @param worker a new one
 * @throws as `createProver`; backend ZK0624 when the worker cannot be loaded or ends
 * @example
 * // prover-worker.ts holds one line: import 'zkvm/worker';
 * const worker = new Worker(new URL('./prover-worker.ts', import.meta.url), { type: 'module' });
 * await using prover = await connectProver(worker, { device: 'auto' });
 */
export async function connectProver(worker: WorkerLike, options: ProverOptions = {}): Promise<Prover> {
  const prover = new WorkerProver(worker);
  try {
    await prover.start(options);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return prover;
}
