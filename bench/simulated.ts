// What n machines would take for a proof, from what one took for each of its pieces: a list of pieces, who is free first takes the next. Source: the order
// of cli/serve/cluster/. Caveat: what it assumes is in `ASSUMPTIONS`, which whoever prints a number of it prints too.

/** milliseconds of one worker's core, bytes, and what the way through the queue takes */
export interface Measured {
  planMs: number;
  /** of each shard */
  rootMs: readonly number[];
  beginMs: number;
  /** of each shard, with the columns that its root left in memory */
  partMs: readonly number[];
  lookMs: number;
  /** of each part, in a thread of the service; and of all of them together at the end */
  checkMs: readonly number[];
  sumMs: number;
  partBytes: number;
  beginningBytes: number;
  inputBytes: number;
  /** from the end of a piece to the beginning of the next one */
  hopMs: number;
}

export interface Setting {
  workers: number;
  /** threads of the service that look at parts */
  checkers: number;
  /** bytes a millisecond of one machine to or from the store, and what a request takes before the first one */
  storeBandwidth: number;
  storeMs: number;
}

export const ASSUMPTIONS = [
  'each worker has a core of its own, as fast as the one measured; no two of them share caches or memory bandwidth',
  'the model is in each worker and committed to; the run is made by all of them while one plans',
  'the store serves all at its bandwidth at once; the service has as many threads as it is given for checks, and fetches each part once',
  'a part that is not made where its root was costs the root again',
  'nobody fails, and there is no other proof',
];

/** who is free first takes the next task. @returns when each worker is free */
function dealt(
  workers: number,
  tasks: readonly number[],
  take: (worker: number, open: readonly number[]) => number,
  cost: (worker: number, task: number, at: number) => number,
): number[] {
  const free = Array.from({ length: workers }, () => 0);
  let open = [...tasks];
  while (open.length > 0) {
    const worker = free.indexOf(Math.min(...free));
    const task = take(worker, open);
    free[worker]! += cost(worker, task, free[worker]!);
    open = open.filter((one) => one !== task);
  }
  return free;
}

/** milliseconds from the request to the proof */
export function simulated(measured: Measured, { workers, checkers, storeBandwidth, storeMs }: Setting): number {
  const { planMs, rootMs, beginMs, partMs, lookMs, checkMs, sumMs, partBytes, beginningBytes, inputBytes, hopMs } = measured;
  const store = (bytes: number): number => storeMs + bytes / storeBandwidth;
  const order = [...partMs.keys()].sort((a, b) => partMs[b]! - partMs[a]!);
  // in: the input is put; then fetched while the proof is planned
  let now = store(inputBytes) + hopMs + store(inputBytes) + planMs;
  const rootedBy: number[] = [];
  const roots = dealt(
    workers,
    order,
    (_, open) => open[0]!,
    (worker, shard) => {
      rootedBy[shard] = worker;
      return hopMs + rootMs[shard]!;
    },
  );
  now += Math.max(...roots) + hopMs + beginMs + store(beginningBytes);
  const ends: number[] = [];
  const LOOK = -1;
  const free = dealt(
    workers,
    [LOOK, ...order],
    (worker, open) => (open[0] === LOOK ? LOOK : (open.find((shard) => rootedBy[shard] === worker) ?? open[0]!)),
    (worker, shard, at) => {
      if (shard === LOOK) return hopMs + lookMs;
      const again = rootedBy[shard] === worker ? 0 : rootMs[shard]!;
      const ms = hopMs + store(beginningBytes) + again + partMs[shard]! + store(partBytes);
      ends[shard] = at + ms;
      return ms;
    },
  );
  // parts are looked at in the order in which they come
  const checker = Array.from({ length: checkers }, () => 0);
  for (const shard of [...ends.keys()].sort((a, b) => ends[a]! - ends[b]!)) {
    const first = checker.indexOf(Math.min(...checker));
    checker[first] = Math.max(checker[first]!, ends[shard]! + store(partBytes)) + checkMs[shard]!;
  }
  // the last part ends, a worker names them all, the service hears it
  return now + Math.max(Math.max(...free) + 2 * hopMs, ...checker) + sumMs;
}
