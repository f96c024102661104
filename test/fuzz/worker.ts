// Reads inputs in a thread of its own, so that a hang or a lack of memory ends only that. It says in shared memory which input it is at.
import { parentPort, workerData } from 'node:worker_threads';
import { emptyTally, inputOf, note, outcomeOf, type Tally } from './inputs.ts';
import { makeReaders } from './readers.ts';

export interface Work {
  seed: number;
  /** every `step`-th number from `from` on, below `count` */
  from: number;
  step: number;
  count: number;
  /** [number of the input being read, or -1 before the first] */
  at: Int32Array;
}

export type Report = { crash: string; number: number } | { done: Record<string, Tally> };

const { seed, from, step, count, at } = workerData as Work;
const readers = await makeReaders();
const tallies = readers.map(emptyTally);
for (let number = from; number < count; number += step) {
  Atomics.store(at, 0, number);
  const { reader, bytes } = inputOf(readers, seed, number);
  const started = performance.now();
  const outcome = outcomeOf(readers[reader]!, bytes);
  const ms = performance.now() - started;
  if (typeof outcome === 'string') note(tallies[reader]!, outcome, ms, number);
  else {
    note(tallies[reader]!, 'CRASH', ms, number);
    parentPort!.postMessage({ crash: outcome.crash, number } satisfies Report);
  }
  // parts, so that what a later input ends is not lost
  if (((number - from) / step) % 5000 === 4999 || number + step >= count) {
    parentPort!.postMessage({ done: Object.fromEntries(readers.map(({ name }, i) => [name, tallies[i]!])) } satisfies Report);
    for (let i = 0; i < tallies.length; i++) tallies[i] = emptyTally();
  }
}
