// What a STORE needs of a table: the value for each accumulator, and what it stands for, so that it is known where it is that.
// Source: AIR.md §5.4, DESIGN §6. Caveat: a request says nothing of the intervals beyond its fine ones; intervals.ts makes them.
import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';

/** What a table stands for, in its own integers, so that it is known where it is that. */
export interface Truth {
  /** neither rounded nor limited; not finite at a pole */
  ideal: (c: number) => number;
  /** how far the value of a coarse interval may be from it anywhere in the interval */
  near: number;
  /** the same as a share of the value itself, where the table goes on beyond the calibrated values */
  share?: number;
  /** how far the value of a fine interval may be from it at the interval's ends */
  steep: number;
}

/** How far the value of a coarse interval may be from what it stands for. */
export const tolerance = ({ near, share = 0 }: Truth, ideal: number): number => Math.max(near, share * Math.abs(ideal));

/** of a table that computes with integers; @param octave how many integers an octave has beyond those that are all in use */
export const exactly = (ideal: Truth['ideal'], octave?: number): Truth => ({
  ideal,
  near: 0.5,
  steep: Number.POSITIVE_INFINITY,
  ...(octave && { share: 1 / octave }),
});

/** What a STORE needs: y = value(c) for the accumulator c, exactly at the centre of each interval. */
export interface SlotRequest {
  name: string;
  /** requests with the same one have the same table, but for how far it reaches; a table of its own if left out */
  key?: string;
  /** divisor of the fine intervals, a power of two */
  u: number;
  /** first and last fine interval: q from … to */
  from: number;
  to: number;
  /** every valid accumulator lies in [low, high] */
  low: number;
  high: number;
  value: (c: number) => number;
  truth: Truth;
  /** the table goes on from here to there: outside of the fine intervals none is wider than `share` of its distance from zero */
  gradual?: { low: number; high: number; share: number };
  /** the value depends on the accumulator through this alone, which grows or stays: fine intervals are as wide as it is constant */
  stairs?: (c: number) => number;
  /** no intervals where it is not what it stands for */
  ends?: boolean;
}

/** accumulators are proved to stay this far inside (-2^30, 2^30), so that the last coarse interval fits too */
export const REACH_LIMIT = ACCUMULATOR_BOUND - 2 ** 17;
