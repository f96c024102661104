// Integers -> program, of several choices the best that costs little: accurate between the samples, and with tables that go on beyond what calibration
// saw. Source: DESIGN §6. Caveat: small models have little of either, because their lookup table is half of them.

import { Lowering } from '../lower/program.ts';
import type { Steps } from '../onnx/steps.ts';
import { forBatch } from '../quantise/batch.ts';
import { asItIs, FREE_ROWS, isAffordable, isTables, padded, rowsOfHalf, tableRows, withHeadroom } from '../quantise/headroom.ts';
import type { IntegerGraph } from '../quantise/integer-graph.ts';
import { clipOf } from '../quantise/targets.ts';
import { type Trial, worstError } from '../report/accuracy.ts';
import { type Measured, measure } from '../report/summary.ts';
import type { StageGraph } from '../stages/stage.ts';
import { isProduct } from '../stages/terms/index.ts';
import { type Aim, HARMLESS, type Quantised, SAFE } from './bits.ts';

/** rows of lookup table that accuracy between the samples may always cost */
const BETWEEN_ROWS = 2 ** 18;
/** noise of weights that is tried where a program is mostly tables: smaller weights reach less far */
const NOISES = [1, 2, 4];
/**
 * Share of the target that fewer bits may use up where they halve a table that is most of the program. Probabilities are as large for every input;
 * of sums some inputs have small ones only, for which the same error is a larger share.
 */
const LEAN = 0.75;
const LEAN_SUMS = 0.25;
/** times what they may use up, beyond which even fewer bits are not tried */
const HOPELESS = 3;
/** how much of an error beyond that may be noise of the tables */
const NO_WORSE = 1.05;

/**
 * The program with tables that go on beyond what calibration saw, as far as they cost little and what calibration saw stays as exact.
 * @param several the stages of a batch
 */
export function* chosenProgram(
  { integers, error, safer, coarser, fewer, everywhere, encoded: { graph }, tried: samples, calibration }: Quantised,
  several: StageGraph | undefined,
  { target, forced, committed, progress }: Aim,
) {
  const lowered = (wide: IntegerGraph) => {
    progress('instructions');
    const lowering = new Lowering(several ? forBatch(wide, several) : wide, committed);
    const regions = lowering.run();
    return { wide, lowering, regions, tables: lowering.tables.finish() };
  };
  // what is reported is the program itself
  const measured = (wide: IntegerGraph): Steps<Measured> => {
    progress('accuracy with headroom');
    return measure({ integers: wide, calibration, samples, graph });
  };
  // instructions hold all weights: those of the plain model are made again where nothing else will do
  const plain = () => lowered(asItIs(integers));
  const { chips, lookup } = sizesOf(plain());
  const isMostlyTables = ({ integers }: Trial): boolean => !forced && isTables(chips, tableRows(integers));
  /** the same with a smaller lookup table, where that is most of the program */
  function* slim(trial: Trial): Steps<Trial> {
    if (!isMostlyTables(trial)) return trial;
    const most = Math.max(SAFE * target, yield* everywhere(trial));
    let best = trial;
    for (const noise of NOISES) {
      const other = yield* coarser(trial, noise);
      if (!other) break;
      if (isSmaller(other, best) && (yield* everywhere(other)) <= most) best = other;
    }
    return best;
  }
  /** fewer bits than the search gave, where they make the table smaller than that of the slim trial */
  function* lean(trial: Trial, small: Trial): Steps<Trial | undefined> {
    if (!isMostlyTables(trial)) return undefined;
    const enough = target * (givesSums(trial.integers, graph.whole) ? LEAN_SUMS : LEAN);
    let [best, least]: [Trial | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
    for (const other of fewer(trial)) {
      if (!other) {
        yield;
        continue;
      }
      if (other.error > HOPELESS * enough) break;
      if (!isSmaller(other, small) || other.error > enough) continue;
      const found = yield* everywhere(other);
      // half of the table is enough: of those that have no more, the most accurate one
      if (found <= enough && found < least) [best, least] = [other, found];
    }
    return best;
  }
  const affordable = (rows: number): boolean => isAffordable(chips, lookup, rows);
  /** @param isLean what was made small stays at half of what it was */
  function* extended(trial: Trial, isLean: boolean) {
    const most = isLean ? Math.max(rowsOfHalf(chips, lookup), padded(lowered(asItIs(trial.integers)).tables.rows)) : undefined;
    const affords = (rows: number): boolean => (most === undefined ? affordable(rows) : rows <= most);
    const coarserIntegers = function* (noise: number): Steps<IntegerGraph | undefined> {
      return (yield* coarser(trial, noise))?.integers;
    };
    for (const one of withHeadroom(trial.integers, committed, coarserIntegers)) {
      if (!one) yield;
      if (!one || !affords(one.rows)) continue;
      const { wide } = one;
      const result = yield* measured(wide);
      if (!(worstError(result.outputs, graph.whole) <= Math.max(trial.error * NO_WORSE, target * HARMLESS))) continue;
      const made = lowered(wide);
      if (affords(made.tables.rows)) return { ...made, measured: result };
    }
    return undefined;
  }
  /** the same made smaller, with headroom if it has any; fewer bits where that table is large, and they leave headroom where there was some */
  function* fitted(trial: Trial) {
    const small = yield* slim(trial);
    const wide = yield* extended(small, false);
    if (wide && wide.tables.rows <= FREE_ROWS) return { small, wide };
    const less = yield* lean(trial, small);
    if (!less) return { small, wide };
    const other = yield* extended(less, true);
    return wide && !other ? { small, wide } : { small: less, wide: other };
  }
  for (const trial of safer()) {
    if (!trial) {
      yield;
      continue;
    }
    const { small: careful, wide } = yield* fitted(trial);
    const made = lowered(asItIs(careful.integers));
    const { rows } = made.tables;
    if (rows <= BETWEEN_ROWS || affordable(rows)) {
      return wide ? { ...wide, hasHeadroom: true } : { ...made, measured: yield* measured(made.wide), hasHeadroom: false };
    }
  }
  const { small, wide } = yield* fitted({ integers, error });
  if (wide) return { ...wide, hasHeadroom: true };
  const made = small.integers === integers ? plain() : lowered(asItIs(small.integers));
  return { ...made, measured: yield* measured(made.wide), hasHeadroom: false };
}

/** Whether a real output is a sum, which may be of any size. */
const givesSums = ({ graph: { outputs, stages } }: IntegerGraph, whole: ReadonlySet<string>): boolean =>
  outputs.some(({ name, view }) => {
    const stage = stages.find(({ id }) => id === view.root);
    if (whole.has(name) || stage?.kind !== 'linear') return false;
    return clipOf(stage.functions) !== undefined && !stage.terms.some(isProduct);
  });

const isSmaller = (a: Trial, b: Trial): boolean => padded(tableRows(a.integers)) < padded(tableRows(b.integers));

const sizesOf = ({ lowering, tables }: { lowering: Lowering; tables: { rows: number } }) => ({
  chips: lowering.emitter.rows,
  lookup: tables.rows,
});
