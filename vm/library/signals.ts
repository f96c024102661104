// How long work listens: before every operation of a backend the event loop turns once, so that a page draws, a message arrives and an AbortSignal
// is seen. Source: the HTML standard's tasks; promises alone never leave the current one. Caveat: but for proofs of work, an operation is not cut
// in two, so what is aborted ends with the operation that is under way, some milliseconds for most and a tenth of a second for the longest.
import { around } from '../../fri/backend/around.ts';
import type { Backend } from '../../fri/backend/seam.ts';

type Scheduler = (run: () => void) => void;

/** a task of its own as soon as possible; a timer would wait four milliseconds in a page */
const scheduler = (): Scheduler => {
  const { setImmediate: immediate } = globalThis as { setImmediate?: (run: () => void) => unknown };
  if (immediate) return (run) => void immediate(run);
  return (run) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      run();
    };
    port2.postMessage(0);
  };
};

let schedule: Scheduler | undefined;

/** Lets the event loop turn once. */
export function breathe(): Promise<void> {
  schedule ??= scheduler();
  const later = schedule;
  return new Promise((resolve) => later(resolve));
}

/** Lets the event loop turn, then goes on if nobody has had enough. @throws the reason of the signal */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await breathe();
  signal?.throwIfAborted();
}

/** A backend whose operations each wait for a turn of the event loop and end with the signal; those asked for together go on together. */
export function listening(backend: Backend, signal: AbortSignal | undefined): Backend {
  let turn: Promise<void> | undefined;
  const nextTurn = (): Promise<void> => {
    turn ??= breathe().then(() => {
      turn = undefined;
    });
    return turn;
  };
  const between = async (): Promise<void> => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  return around(backend, { operation: (run) => between().then(run), between });
}

/** The value, or the signal's reason if that comes first; the work itself is not ended by this. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

/** One signal for several; undefined where there is none. */
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const given = signals.filter((signal) => signal !== undefined);
  const listeners = given.map((signal) => {
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  });
  return {
    signal: controller.signal,
    release: () => {
      for (const stop of listeners) stop();
    },
  };
}
