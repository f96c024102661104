// How far a proof is: the step of the protocol that has ended, as a share of all of them. Source: medians of proofs of some million cells on the
// WASM backend. Caveat: shares are those of a typical model; proofs of work are a lottery, so the fraction is not the time.

/**
 * What a proof goes through; the protocol's own steps have the names of air/prove.ts.
 * @example const label = (phase: Phase): string => (phase === 'prepare' ? 'committing the model' : phase);
 */
export type Phase = 'run' | 'prepare' | (string & {});

/**
 * How far the work is.
 * @example const onProgress = ({ phase, fraction }: Progress): void => console.log(phase, `${Math.round(100 * fraction)} %`);
 */
export interface Progress {
  /** what has just ended */
  phase: Phase;
  /** of the whole, from 0 to 1, never less than before */
  fraction: number;
  /** cells of the proof; 0 as long as it is not known */
  cells: number;
}

/** hundredths of a proof, in the order in which they come */
const SHARES: readonly (readonly [phase: string, share: number])[] = [
  ['run', 4],
  ['prepare', 10],
  ['trace', 6],
  ['base', 20],
  ['interaction work', 2],
  ['interaction', 20],
  ['composition', 12],
  ['samples', 4],
  ['deep', 6],
  ['fri', 5],
  ['query work', 9],
  ['openings', 2],
];

const ONCE = ['run', 'prepare', 'interaction work'];
const COMMITTED = ['trace', 'base'];

/** how often a phase comes: each shard goes through its own, and all but the last are committed to twice */
const timesOf = (phase: string, shards: number): number => (ONCE.includes(phase) ? 1 : COMMITTED.includes(phase) ? 2 * shards - 1 : shards);

/** @returns what is told that a phase has ended, and of how many shards the proof has; a phase that it does not know adds nothing */
export function progressTo(listener: ((progress: Progress) => void) | undefined): (phase: Phase, cells: number, shards?: number) => void {
  let fraction = 0;
  let hundredths = 0;
  return (phase, cells, shards = 1) => {
    const last = SHARES.findIndex(([name]) => name === phase);
    const [, share] = SHARES[last] ?? [phase, 0];
    if (shards > 1) hundredths += share / timesOf(phase, shards);
    else hundredths = SHARES.slice(0, last + 1).reduce((sum, [, each]) => sum + each, 0);
    fraction = Math.min(1, Math.max(fraction, hundredths / 100));
    listener?.({ phase, fraction, cells });
  };
}
