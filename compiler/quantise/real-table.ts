// A stage on real numbers with its table, which can be made again for sources with wider ranges: weights and steps stay, the table goes on.
// Source: DESIGN §6. Caveat: undefined where the accumulator bound forbids it, and then whoever asked has to do with less.
import { ZkvmError } from '../../fri/core/errors.ts';
import type { Limits } from '../stages/known.ts';
import type { LinearStage } from '../stages/stage.ts';
import { provedReach } from './bounds.ts';
import type { Range } from './calibrate.ts';
import type { IntegerLinear, Source } from './integer-graph.ts';
import { hasRoom } from './intervals.ts';
import { intersection } from './proved.ts';
import type { SlotRequest } from './request.ts';
import { slotAfter, truthOf } from './slots.ts';
import { goneOn, nearestInUse, stairsOf, type Target } from './targets.ts';

/** Ranges of a stage on real numbers, before and after its functions. */
export interface Ends {
  before: Range;
  after: Range;
}

const limited = (x: number, [low, high]: Limits): number => Math.min(Math.max(x, low), high);

/**
 * A stage on real numbers with its table; undefined where the accumulator bound forbids it.
 * @param given as the graph has it
 * @param parts `own` gives the real number that an accumulator is, `argument` that number on the grid of its function's jumps
 */
export function ended(
  given: LinearStage,
  stage: LinearStage,
  name: string,
  parts: Pick<IntegerLinear, 'weights' | 'constant' | 'constantFor' | 'unit'>,
  { target, u, argument, own }: { target: Target; u: number; argument: (c: number) => number; own: (c: number) => number },
  sources: readonly Source[],
): IntegerLinear | undefined {
  // no rounding: equal divisors make equal tables
  const inSteps = (c: number): number => (u > 1 ? (c - u / 2) / u : c);
  const made = (now: readonly Source[], aimed: (reached: Limits) => Target, share: number): Omit<IntegerLinear, 'again'> | undefined => {
    const reach = provedReach(stage, parts.weights, parts.constant, now);
    if (!reach) return undefined;
    const aim = aimed([reach.low * parts.unit, reach.high * parts.unit]);
    const { straight, result } = aim;
    const table = (real: (c: number) => number): SlotRequest => {
      const value = straight
        ? (c: number): number => limited(nearestInUse(limited(inSteps(c), straight), result.fine), [result.lo, result.hi]) || 0
        : (c: number): number => aim.y(real(c));
      return slotAfter(stage, name, u, aim, reach, value, truthOf(stage, aim, target.result, real, share));
    };
    const stairs = straight ? undefined : stairsOf(stage.functions);
    const climbing = stairs && { ...table(own), stairs: (c: number): number => stairs(own(c)) };
    const slot = climbing && hasRoom(climbing) ? climbing : table(straight ? (c) => inSteps(c) * target.step : argument);
    return { kind: 'linear', stage: given, ...parts, reach, slot, result: aim.result };
  };
  const found = made(sources, () => target, 0);
  return (
    found && {
      ...found,
      again: (now, limits, growth, share) =>
        made(
          now,
          (reached) => {
            // steps of a loop share a table that goes on as far as any of them may need it
            const before = stage.role === undefined ? intersection([limits.before, reached]) : limits.before;
            return goneOn(stage, target, { ...limits, before }, growth);
          },
          share,
        ),
    }
  );
}

export const outOfBounds = (stage: LinearStage): ZkvmError =>
  new ZkvmError('unsupported', 'ZK0530', {
    what: 'the integers of a layer do not fit into an accumulator',
    where: stage.where,
    why: 'Σ|weight|·max|input| must stay below 2^30 for every input',
    fix: 'fewer activation bits, or smaller weights',
  });
