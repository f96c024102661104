// One numbered input: which reader, which bytes, and what became of it. Source: CONTRIBUTING "npm run fuzz".
// Caveat: an input's number means the same bytes only for the same seed and the same readers.
import { ZkvmError } from '../../fri/core/errors.ts';
import { mutated, numbers } from './mutate.ts';
import type { Reader } from './readers.ts';

/** kinds of errors that bad bytes may end in; everything else is a crash, a `bug` too */
const REFUSALS: ReadonlySet<string> = new Set(['usage', 'rejected', 'unsupported']);

export interface Input {
  reader: number;
  bytes: Uint8Array;
}

/** The input of this number. */
export function inputOf(readers: readonly Reader[], seed: number, number: number): Input {
  const random = numbers(Math.imul(seed, 0x85ebca6b) ^ number);
  let place = random(readers.reduce((sum, { share }) => sum + share, 0));
  const reader = readers.findIndex(({ share }) => {
    place -= share;
    return place < 0;
  });
  return { reader, bytes: mutated(readers[reader]!.seeds, random) };
}

/** `accepted`, the code of a refusal, or the crash itself. */
export function outcomeOf(reader: Reader, bytes: Uint8Array): string | { crash: string } {
  try {
    reader.read(bytes);
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError && REFUSALS.has(error.kind)) return error.code;
    return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** What became of the inputs of one reader. */
export interface Tally {
  outcomes: Record<string, number>;
  slowestMs: number;
  slowest: number;
}

export const emptyTally = (): Tally => ({ outcomes: {}, slowestMs: 0, slowest: -1 });

/** Notes one input. */
export function note(tally: Tally, outcome: string, ms: number, number: number): void {
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
  if (ms > tally.slowestMs) Object.assign(tally, { slowestMs: ms, slowest: number });
}
