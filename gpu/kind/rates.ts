// How long a proof takes from a few measured rates of a backend. Source: measurements, one thread at 2.5 GHz, Node 20, in a warm process;
// fitted to six models of 0.2 to 28 M cells, within 20 %. Caveat: proof of work is a lottery: the median is predicted, and one proof in four
// takes more than twice as many tries.
import { foldSteps, type Layout } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';

export interface Rates {
  /** what does not grow with the trace: small transforms, messages to threads */
  fixedMs: number;
  /** openings: a queried position */
  msPerQuery: number;
  /** filling, interaction, composition, samples: a committed cell */
  nsPerCell: number;
  /** transform and hash of a committed value: a cell times the blowup */
  nsPerValue: number;
  /** trees, DEEP quotient and FRI: a point of the domain */
  nsPerPoint: number;
  /** tries a millisecond of a proof of work */
  triesPerMs: number;
}

/** milliseconds that more than one thread cost: the pieces of a phase are handed out, and its end is waited for */
const THREADS_MS = 4;
/** share of a proof that is done by the calling thread alone: trace fill, messages, openings */
const SERIAL_SHARE = 0.13;

/** committed cells of a layout */
export const cellsOf = ({ blocks }: Layout): number => blocks.reduce((sum, { columns, logSize }) => sum + columns * 2 ** logSize, 0);

/** median tries of all proofs of work of a proof: that of the largest one, and the others' mean */
function medianTries(profile: Profile, logSize: number): number {
  const { interaction, deep, fold, query } = profile.work;
  const tries = [interaction, deep, query, ...foldSteps(logSize).map(() => fold)].map((bits) => 2 ** bits - 1).sort((a, b) => b - a);
  return tries.reduce((sum, mean, i) => sum + (i === 0 ? Math.LN2 * mean : mean), 0);
}

/** interpolation, extension and hash of columns, which all threads share: most of what a proof does, and all that a model's commitment does */
export const commitMs = ({ nsPerValue }: Rates, columns: number, logSize: number, logBlowup: number, threads: number): number =>
  (columns * 2 ** (logSize + logBlowup) * nsPerValue) / 1e6 / threads;

export function proveMs(rates: Rates, layout: Layout, profile: Profile, threads: number): number {
  const { fixedMs, msPerQuery, nsPerCell, nsPerValue, nsPerPoint, triesPerMs } = rates;
  const blowup = 2 ** profile.logBlowup;
  const parallel = SERIAL_SHARE + (1 - SERIAL_SHARE) / threads;
  const columnsMs = (cellsOf(layout) * (nsPerCell + nsPerValue * blowup) + nsPerPoint * blowup * 2 ** layout.logSize) / 1e6;
  const threadsMs = threads > 1 ? THREADS_MS : 0;
  const workMs = medianTries(profile, layout.logSize) / triesPerMs / threads;
  return fixedMs + msPerQuery * profile.queries + threadsMs + columnsMs * parallel + workMs;
}
