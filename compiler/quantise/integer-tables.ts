// Tables of stages that keep integers: copies, positive parts, and the two of a maximum. Source: AIR.md §6 (pooling).
// Caveat: where only some integers are in use, a difference of two may lie between those, and is rounded once more.
import { exactly, type SlotRequest } from './request.ts';
import { nearestInUse, OCTAVE, type Quantity } from './targets.ts';

/** Integers, and those of them that are all in use: beyond, only every second, fourth, ... is. */
export type Integers = Pick<Quantity, 'lo' | 'hi' | 'fine'>;

/** The integers that are all in use in some of the sources; undefined where all are. */
export function allFine(sources: readonly Integers[]): Quantity['fine'] {
  if (sources.every(({ fine }) => !fine)) return undefined;
  const ends = sources.map(({ lo, hi, fine }) => fine ?? [lo, hi]);
  return [Math.min(0, ...ends.map(([lo]) => lo)), Math.max(0, ...ends.map(([, hi]) => hi))];
}

/** y = c for lo ≤ c ≤ hi: exactly for what a tensor with this quantity has. */
export function identityRequest({ lo, hi, fine }: Integers, slack = 0): SlotRequest {
  const [from, to] = fine ?? [lo, hi];
  const name = `identity ${lo} … ${hi}${fine ? `, fine ${from} … ${to}` : ''}`;
  return {
    name,
    key: name,
    u: 1,
    from,
    to,
    low: lo - slack,
    high: hi + slack,
    value: (c) => limited(nearestInUse(c, fine), lo, hi),
    truth: exactly((c) => c, fine && OCTAVE),
    ...(fine && { gradual: { low: lo, high: hi, share: 1 / OCTAVE } }),
  };
}

/** y = max(0, c) for |c| ≤ hi − lo. */
function positiveRequest({ lo, hi, fine }: Integers): SlotRequest {
  const reach = hi - lo;
  const exact = fine ? fine[1] - fine[0] : reach;
  const name = `positive part up to ${reach}${fine ? `, fine to ${exact}` : ''}`;
  return {
    name,
    key: name,
    u: 1,
    from: 0,
    to: exact,
    low: -reach - slackOf({ lo, hi, fine }),
    high: reach + slackOf({ lo, hi, fine }),
    value: (c) => limited(nearestInUse(Math.max(0, c), fine && [0, exact]), 0, reach),
    truth: exactly((c) => Math.max(0, c), fine && OCTAVE),
    ...(fine && { gradual: { low: 0, high: reach, share: 1 / OCTAVE } }),
  };
}

/** Tables of max(a, b) = a + positive(b − a), twice: the positive part, and what the sum is stored with. */
export function maximumRequests(result: Integers): { larger: SlotRequest; last: SlotRequest } {
  const larger = positiveRequest(result);
  return { larger, last: result.lo >= 0 && !result.fine ? larger : identityRequest(result, 2 * slackOf(result)) };
}

const limited = (x: number, lo: number, hi: number): number => Math.min(Math.max(x, lo), hi);

/** what a maximum of such integers may be off by: the positive part of a difference is that of the middle of an interval */
const slackOf = ({ lo, hi, fine }: Integers): number => (fine ? Math.ceil((hi - lo) / OCTAVE) : 0);
