// The table that ends a stage, and what it stands for. Source: AIR.md §5.4, DESIGN §6. Caveat: how far a table may miss before it is said to is a
// share of the calibrated range, so noise beside a narrow range is none.
import type { LinearStage } from '../stages/stage.ts';
import type { Reach } from './bounds.ts';
import { exactly, REACH_LIMIT, type SlotRequest, type Truth } from './request.ts';
import type { Quantity, Target } from './targets.ts';

/** the widest interval beyond the fine ones, as a share of its distance from zero */
const WIDEST = 1 / 256;

/** @param like what tables with these functions may share one for, if they may */
const named = (functions: string, like: unknown[] | false, where: string): Pick<SlotRequest, 'name' | 'key'> =>
  like ? { name: functions, key: JSON.stringify([functions, ...like.map(String)]) } : { name: `${functions} after ${where}` };

/** The table of a stage. @param otherwise its name where the stage has no functions */
export const slotAfter = (
  { functions, where, role }: LinearStage,
  otherwise: string,
  u: number,
  { step, from, to, span, straight, result }: Target,
  { low, high }: Reach,
  value: SlotRequest['value'],
  truth: Truth,
): SlotRequest => ({
  ...named(
    functions.map(({ name }) => name).join(', ') || otherwise,
    straight
      ? [u, ...straight, result.lo, result.hi, result.fine, span, truth.share]
      : role !== undefined && [role, u, step, from, to, result.scale, result.lo, result.hi, result.fine, span, truth.share],
    where,
  ),
  u,
  // beyond the accumulator's bound nothing needs an interval
  from: Math.max(from, -Math.floor(REACH_LIMIT / u)),
  to: Math.min(to, Math.floor(REACH_LIMIT / u) - 1),
  low,
  high,
  value,
  truth,
  ...(span && { gradual: { low: span[0] * u, high: (span[1] + 1) * u, share: WIDEST } }),
});

/** share of the result's range by which a fine interval may miss at its ends, where its function is steep; never less than these integers */
const STEEP = { share: 0.01, least: 8 } as const;
/** share of it by which a coarse interval may miss anywhere: half of the usual target, so that noise beside a narrow range is none */
const NEAR = { share: 0.005, least: 1 } as const;

/** What a stage's table stands for. @param real the real argument of an accumulator; @param range of the result where it was calibrated */
export function truthOf(
  { functions, whole }: LinearStage,
  { ideal, span }: Target,
  range: Pick<Quantity, 'lo' | 'hi'>,
  real: (c: number) => number,
  share = 0,
): Truth {
  const exact = (c: number): number => ideal(real(c));
  if (whole?.result) return exactly(exact);
  const of = ({ share, least }: { share: number; least: number }): number => Math.max(least, share * (range.hi - range.lo));
  const steep = functions.some(({ jumps }) => jumps) ? Number.POSITIVE_INFINITY : of(STEEP);
  return { ideal: exact, near: of(NEAR), steep, ...(span && { share }) };
}
