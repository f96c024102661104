// Work that can be looked up from: a generator that stops between two pieces of work, wherever its caller may want to turn to something else. Source:
// ours; the stops of vm/library/unsteady.ts are of the same kind. Caveat: one operation of one node on one sample is not cut in two; and no stop lies
// inside a budget (budget.ts), which belongs to whoever runs.

export type Steps<T> = Generator<void, T, void>;

/** between two stops, about: a stop goes through all generators on the way to whoever called the first one */
const STOP_MS = 50;
/** when the last stop was, whoever's */
let last = 0;

/** Whether it is time for a stop: asked after each piece of work. */
export function isTime(): boolean {
  const now = performance.now();
  if (now - last < STOP_MS) return false;
  last = now;
  return true;
}

/** The whole work without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The work with a pause wherever it stops. @param pause rejected where nobody wants the result any more */
export async function inTurns<T>(steps: Steps<T>, pause: () => Promise<void>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await pause();
  }
}

/** What is there already, where work is asked for. */
export function* atHand<T>(value: T): Steps<T> {
  if (isTime()) yield;
  return value;
}

/** `list.map` of work that stops. */
export function* eachOf<A, B>(list: readonly A[], work: (one: A, at: number) => Steps<B>): Steps<B[]> {
  const results: B[] = [];
  for (const [at, one] of list.entries()) results.push(yield* work(one, at));
  return results;
}
