// Tasks on all threads. A task is an export and its numbers; the tasks of a phase are independent, so the result does not depend on
// who runs which. The calling thread works too. Workers sleep on a shared word; nothing is posted to them but modules.
// Source: ours (futex as in Drepper, "Futexes are tricky"). Caveat: `run` blocks its thread until the phase is done, so a page that
// wants to stay responsive proves in a worker of its own.
import { bug, ZkvmError } from '../../fri/core/errors.ts';
import { CONTROL, MAX_TASKS, SCRATCH, SCRATCH_BYTES, TASK_WORDS, TASKS } from './map.ts';
import type { TaskList } from './tasks.ts';
import { WORKER_SOURCE } from './worker-source.ts';

type Kernel = (...args: number[]) => number;

/** looks at the control word before going to sleep: a wake-up costs more than a short phase */
const SPINS = 4000;
/** one sleep; what is counted is whole sleeps in which nothing happened, so a process that was stopped for a while is not misjudged */
const SLEEP_MS = 500;
/** tasks take less than a second each, also on a machine that is much too busy */
const PATIENCE_MS = 60_000;

/** What a thread did in one phase. */
export interface ThreadSpan {
  /** 'thread 2' is the first beside the calling one */
  track: string;
  /** the kernel that it began with */
  label: string;
  /** on the clock of performance.now() */
  startMs: number;
  ms: number;
}

interface WorkerHandle {
  post(message: unknown): void;
  /** what it answers to a message, or nothing once it has ended */
  ask(message: unknown): Promise<unknown>;
  close(): void;
  /** why it ended, once it has */
  ended(): string | undefined;
}

const lost = (why: string): ZkvmError =>
  new ZkvmError('backend', 'ZK0624', {
    what: 'a worker thread is gone',
    why,
    fix: 'start the backend again; use --threads 1 if it happens again',
  });

interface NodeWorker {
  postMessage(message: unknown): void;
  on(event: string, listener: (value: unknown) => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}
interface NodeThreads {
  Worker: new (source: string, options: { eval: boolean; execArgv: string[] }) => NodeWorker;
}
type WithBuiltins = { process?: { getBuiltinModule?: (name: string) => unknown; versions?: { node?: string } } };

/** node:worker_threads where there is one; asked for at run time, so that a browser's bundler never sees it */
const nodeThreads = (): NodeThreads | undefined => {
  const { process } = globalThis as WithBuiltins;
  return process?.versions?.node ? (process.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined) : undefined;
};

/** whether several threads may share a memory here: Node always, a page only when it is cross-origin isolated */
export const canShareMemory = (): boolean =>
  typeof SharedArrayBuffer === 'function' &&
  (nodeThreads() !== undefined ||
    ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true && typeof Worker === 'function'));

/** threads that this machine runs at once */
export function availableThreads(): number {
  const { process, navigator } = globalThis as WithBuiltins & { navigator?: { hardwareConcurrency?: number } };
  const os = process?.versions?.node
    ? (process.getBuiltinModule?.('node:os') as { availableParallelism(): number } | undefined)
    : undefined;
  return os?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/** starts a worker and waits until it is ready */
function startWorker(init: unknown): Promise<WorkerHandle> {
  const threads = nodeThreads();
  return new Promise((resolve, reject) => {
    let why: string | undefined;
    let answer: ((message: unknown) => void) | undefined;
    const failed = (error: unknown): void => {
      why ??= String(error);
      answer?.(undefined);
      reject(new ZkvmError('backend', 'ZK0623', { what: 'a worker thread did not start', why: String(error), fix: 'use --threads 1' }));
    };
    /** `busy` and `idle`: whether the process must not end before it has answered */
    const handle = (worker: { post(message: unknown): void; close(): void; busy?(): void; idle?(): void }): WorkerHandle => ({
      post: worker.post,
      close: worker.close,
      ended: () => why,
      ask: (message) =>
        new Promise((resolve) => {
          if (why !== undefined) return resolve(undefined);
          worker.busy?.();
          answer = (value) => {
            answer = undefined;
            worker.idle?.();
            resolve(value);
          };
          worker.post(message);
        }),
    });
    /** the first message says that it is ready */
    const heard = (message: unknown, made: () => WorkerHandle): void => {
      if (answer) answer(message);
      else resolve(made());
    };
    if (threads) {
      const worker = new threads.Worker(WORKER_SOURCE, { eval: true, execArgv: [] }); // none of the process's loaders and hooks
      worker.on('error', failed);
      worker.on('exit', (code) => failed(`it ended with code ${String(code)}`));
      worker.on('message', (message) =>
        heard(message, () => {
          worker.unref();
          return handle({
            post: (told) => worker.postMessage(told),
            close: () => void worker.terminate(),
            busy: () => worker.ref(),
            idle: () => worker.unref(),
          });
        }),
      );
      worker.postMessage(init);
    } else {
      const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));
      const worker = new Worker(url);
      worker.onerror = (event) => failed(event.message);
      worker.onmessage = ({ data }) =>
        heard(data, () => {
          URL.revokeObjectURL(url);
          return handle({ post: (told) => worker.postMessage(told), close: () => worker.terminate() });
        });
      worker.postMessage(init);
    }
  });
}

export class Pool {
  readonly #memory: WebAssembly.Memory;
  readonly #workers: WorkerHandle[];
  readonly #kernels: Kernel[] = [];
  readonly #control: Int32Array;
  readonly #table: Int32Array;
  readonly #patienceMs: number;
  #mayWait = true;
  #messages = 0;
  /** once a thread is lost, the others may still be at work: nothing can be computed any more */
  #broken: ZkvmError | undefined;

  private constructor(memory: WebAssembly.Memory, workers: WorkerHandle[], patienceMs: number) {
    this.#memory = memory;
    this.#workers = workers;
    this.#patienceMs = patienceMs;
    // views of a shared memory outlive its growth; without workers these are not read after the start
    this.#control = new Int32Array(memory.buffer, 0, 16);
    this.#table = new Int32Array(memory.buffer, TASKS, MAX_TASKS * TASK_WORDS);
  }

  /**
   * @param threads this one included; more than one need a shared memory
   * @param patienceMs how long a thread may be silent while it is waited for, before it counts as gone
   * @param timed whether threads note when they work, for `takeSpans`
   */
  static async start(memory: WebAssembly.Memory, threads: number, patienceMs = PATIENCE_MS, timed = false): Promise<Pool> {
    const started = await Promise.allSettled(
      Array.from({ length: threads - 1 }, (_, i) =>
        startWorker({ memory, scratch: SCRATCH + (i + 1) * SCRATCH_BYTES, tasks: TASKS, taskWords: TASK_WORDS, control: CONTROL, timed }),
      ),
    );
    const pool = new Pool(
      memory,
      started.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : [])),
      patienceMs,
    );
    const failed = started.find((s) => s.status === 'rejected');
    if (!failed) return pool;
    pool.close(); // those that did start
    throw failed.reason;
  }

  get threads(): number {
    return 1 + this.#workers.length;
  }

  /**
   * Makes a module's exports known to all threads.
   * @returns the number of the first of `names`
   * @throws backend ZK0624 when a thread is gone
   */
  async load(bytes: Uint8Array<ArrayBuffer>, names: readonly string[]): Promise<number> {
    this.#requireWorkers();
    const module = await WebAssembly.compile(bytes);
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory, scratch: SCRATCH } });
    const first = this.#kernels.length;
    for (const name of names) {
      const kernel = exports[name];
      if (typeof kernel !== 'function') throw bug(`no kernel ${name}`);
      this.#kernels.push(kernel as Kernel);
    }
    for (const worker of this.#workers) worker.post({ module, names });
    this.#letHear();
    return first;
  }

  /** sends the workers to their event loops, where a message waits for each */
  #letHear(): void {
    if (this.#workers.length === 0) return;
    Atomics.store(this.#control, CONTROL.left, 0);
    Atomics.store(this.#control, CONTROL.remaining, -++this.#messages);
    Atomics.notify(this.#control, CONTROL.remaining);
    this.#waitFor(CONTROL.left, this.#workers.length);
    Atomics.store(this.#control, CONTROL.remaining, 0);
  }

  /**
   * What the threads beside the calling one did since they were asked last; nothing unless the pool is timed.
   * @throws backend ZK0624 when a thread is gone
   */
  async takeSpans(): Promise<ThreadSpan[]> {
    this.#requireWorkers();
    const answers = this.#workers.map((worker) => worker.ask({ times: true }));
    this.#letHear();
    return (await Promise.all(answers)).flatMap((answer, i) =>
      ((answer ?? []) as Omit<ThreadSpan, 'track'>[]).map(({ label, startMs, ms }) => ({
        track: `thread ${i + 2}`,
        label,
        startMs: startMs - performance.timeOrigin,
        ms,
      })),
    );
  }

  /**
   * Runs all tasks and comes back when they are done.
   * @throws backend ZK0624 when a thread is gone, or ends while it has a task
   */
  run({ words, count }: Pick<TaskList, 'words' | 'count'>): void {
    this.#requireWorkers();
    if (this.#workers.length === 0 || count === 1) {
      try {
        for (let task = 0; task < count; task++) this.#call(words, task * TASK_WORDS);
      } catch {
        throw bug('a WASM kernel failed');
      }
      return;
    }
    for (let from = 0; from < count; from += MAX_TASKS) this.#runShared(words, from, Math.min(MAX_TASKS, count - from));
  }

  /** arguments one by one: a rest parameter is garbage at every task, and a kernel does not look at those that it does not have */
  #call(w: Int32Array, at: number): void {
    this.#kernels[w[at]!]!(
      w[at + 1]!,
      w[at + 2]!,
      w[at + 3]!,
      w[at + 4]!,
      w[at + 5]!,
      w[at + 6]!,
      w[at + 7]!,
      w[at + 8]!,
      w[at + 9]!,
      w[at + 10]!,
      w[at + 11]!,
      w[at + 12]!,
      w[at + 13]!,
      w[at + 14]!,
      w[at + 15]!,
    );
  }

  #runShared(words: Int32Array, from: number, count: number): void {
    const control = this.#control;
    // the first tasks are taken first: the cursor counts down
    for (let i = 0; i < count; i++) {
      const task = (from + i) * TASK_WORDS;
      const at = (count - 1 - i) * TASK_WORDS;
      for (let word = 0; word < TASK_WORDS; word++) this.#table[at + word] = words[task + word]!;
    }
    Atomics.store(control, CONTROL.done, 0);
    Atomics.store(control, CONTROL.count, count);
    Atomics.store(control, CONTROL.remaining, count);
    Atomics.notify(control, CONTROL.remaining);
    for (;;) {
      const remaining = Atomics.load(control, CONTROL.remaining);
      if (remaining === 0) break;
      if (Atomics.compareExchange(control, CONTROL.remaining, remaining, remaining - 1) !== remaining) continue;
      try {
        this.#call(words, (from + count - remaining) * TASK_WORDS);
      } catch {
        Atomics.store(control, CONTROL.failed, 1); // the others must be done before anybody hears of it
      }
      Atomics.add(control, CONTROL.done, 1);
    }
    this.#waitFor(CONTROL.done, count);
    if (Atomics.exchange(control, CONTROL.failed, 0) !== 0) throw bug('a WASM kernel failed');
  }

  /** until a control word, which only grows, is `value` */
  #waitFor(word: number, value: number): void {
    const control = this.#control;
    let before = -1;
    let silentMs = 0;
    let looked = 0;
    for (let spins = 0; ; spins++) {
      const now = Atomics.load(control, word);
      if (now === value) return;
      if (now !== before) silentMs = 0;
      before = now;
      if (spins < SPINS) continue;
      if (this.#mayWait) {
        try {
          if (Atomics.wait(control, word, now, SLEEP_MS) === 'timed-out') silentMs += SLEEP_MS;
        } catch {
          this.#mayWait = false; // a page's own thread may not sleep
        }
      } else {
        const time = performance.now();
        if (looked > 0) silentMs += Math.min(SLEEP_MS, time - looked);
        looked = time;
        spins = 0;
      }
      if (silentMs >= this.#patienceMs) {
        this.#broken = lost(`it did not answer for ${Math.round(silentMs / 1000)} s while it had something to do`);
        throw this.#broken;
      }
    }
  }

  #requireWorkers(): void {
    const why = this.#workers.map((worker) => worker.ended()).find((reason) => reason !== undefined);
    if (why !== undefined) this.#broken ??= lost(why);
    if (this.#broken) throw this.#broken;
  }

  /** ends the workers; the pool cannot be used any more */
  close(): void {
    for (const worker of this.#workers) worker.close();
    this.#workers.length = 0;
  }
}
