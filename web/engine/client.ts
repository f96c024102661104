// The page's side of a worker: a question is a promise, with progress and an abort. Caveat: a worker that dies fails what it was asked and is started
// again by the next question; its models are gone then.
import { Failure } from './failure.ts';
import type { FromEngine, ToEngine } from './messages.ts';
import type { AnswerOf, AskOf, ToldOf } from './questions.ts';

interface Open {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
  told: ((now: never) => void) | undefined;
}

export interface AskOptions<Told> {
  signal?: AbortSignal | undefined;
  onTold?: (told: Told) => void;
}

const aborted = (): DOMException => new DOMException('the question was taken back', 'AbortError');

export class Engine<Q> {
  readonly #start: () => Worker;
  readonly #open = new Map<number, Open>();
  #worker: Worker | undefined;
  #numbers = 0;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  /** loads the worker ahead of its first question */
  warm(): void {
    this.#running();
  }

  ask<K extends keyof Q & string>(of: K, ask: AskOf<Q, K>, { signal, onTold }: AskOptions<ToldOf<Q, K>> = {}): Promise<AnswerOf<Q, K>> {
    if (signal?.aborted) return Promise.reject(aborted());
    const worker = this.#running();
    const id = this.#numbers++;
    const answered = new Promise<unknown>((resolve, reject) => this.#open.set(id, { resolve, reject, told: onTold as Open['told'] }));
    const post = (message: ToEngine): void => worker.postMessage(message);
    post({ kind: 'ask', id, of, ask });
    const abort = (): void => {
      post({ kind: 'abort', id });
      this.#open.get(id)?.reject(aborted());
      this.#open.delete(id);
    };
    signal?.addEventListener('abort', abort, { once: true });
    return answered.finally(() => signal?.removeEventListener('abort', abort)) as Promise<AnswerOf<Q, K>>;
  }

  #running(): Worker {
    if (this.#worker) return this.#worker;
    const worker = this.#start();
    worker.addEventListener('message', ({ data }: MessageEvent<FromEngine>) => this.#receive(data));
    worker.addEventListener('error', ({ message }) => this.#ended(worker, message || 'it could not be loaded'));
    this.#worker = worker;
    return worker;
  }

  #receive(message: FromEngine): void {
    const open = this.#open.get(message.id);
    if (!open) return; // aborted meanwhile
    if (message.kind === 'told') {
      open.told?.(message.told as never);
      return;
    }
    this.#open.delete(message.id);
    if (message.kind === 'done') open.resolve(message.answer);
    else open.reject(message.kind === 'aborted' ? aborted() : new Failure(message.failure));
  }

  #ended(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    worker.terminate();
    this.#worker = undefined;
    const failure = new Failure({
      code: undefined,
      kind: 'backend',
      what: 'a worker of this page ended',
      where: undefined,
      why,
      fix: 'load the page again',
    });
    for (const { reject } of this.#open.values()) reject(failure);
    this.#open.clear();
  }
}
