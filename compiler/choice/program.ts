// Integers -> program, of several choices the best that costs little: accurate between the samples, and with tables that go on beyond what calibration
// saw. Source: DESIGN §6. Caveat: small models have little of either, because their lookup table is half of them.

import { Lowering } from '../lower/program.ts';
import type { Steps } from '../onnx/steps.ts';
import { forBatch } from '../quantise/batch.ts';
import { asItIs, isAffordable, isTables, padded, tableRows, withHeadroom } from '../quantise/headroom.ts';
import type { IntegerGraph } from '../quantise/integer-graph.ts';
import { type Trial, worstError } from '../report/accuracy.ts';
import { type Measured, measure } from '../report/summary.ts';
import type { StageGraph } from '../stages/stage.ts';
import { type Aim, HARMLESS, type Quantised, SAFE } from './bits.ts';

/** rows of lookup table that accuracy between the samples may always cost */
const BETWEEN_ROWS = 2 ** 18;
/** noise of weights that is tried where a program is mostly tables: smaller weights reach less far */
const NOISES = [1, 2, 4];
/** how much of an error beyond that may be noise of the tables */
const NO_WORSE = 1.05;

/**
 * The program with tables that go on beyond what calibration saw, as far as they cost little and what calibration saw stays as exact.
 * @param several the stages of a batch
 */
export function* chosenProgram(
  { integers, error, safer, coarser, everywhere, encoded: { graph }, tried: samples, calibration }: Quantised,
  several: StageGraph | undefined,
  { target, forced, progress }: Aim,
) {
  const lowered = (wide: IntegerGraph) => {
    progress('instructions');
    const lowering = new Lowering(several ? forBatch(wide, several) : wide);
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
  /** the same with a smaller lookup table, where that is most of the program */
  function* slim(trial: Trial): Steps<Trial> {
    if (forced || !isTables(chips, tableRows(trial.integers))) return trial;
    const most = Math.max(SAFE * target, yield* everywhere(trial));
    let best = trial;
    for (const noise of NOISES) {
      const other = yield* coarser(trial, noise);
      if (!other) break;
      if (isSmaller(other, best) && (yield* everywhere(other)) <= most) best = other;
    }
    return best;
  }
  const affords = (rows: number): boolean => isAffordable(chips, lookup, rows);
  function* extended(trial: Trial) {
    const coarserIntegers = function* (noise: number): Steps<IntegerGraph | undefined> {
      return (yield* coarser(trial, noise))?.integers;
    };
    for (const one of withHeadroom(trial.integers, coarserIntegers)) {
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
  for (const trial of safer()) {
    if (!trial) {
      yield;
      continue;
    }
    const careful = yield* slim(trial);
    const made = lowered(asItIs(careful.integers));
    const { rows } = made.tables;
    if (rows <= BETWEEN_ROWS || affords(rows)) return (yield* extended(careful)) ?? { ...made, measured: yield* measured(made.wide) };
  }
  const small = yield* slim({ integers, error });
  const wide = yield* extended(small);
  if (wide) return wide;
  const made = small.integers === integers ? plain() : lowered(asItIs(small.integers));
  return { ...made, measured: yield* measured(made.wide) };
}

const isSmaller = (a: Trial, b: Trial): boolean => padded(tableRows(a.integers)) < padded(tableRows(b.integers));

const sizesOf = ({ lowering, tables }: { lowering: Lowering; tables: { rows: number } }) => ({
  chips: lowering.emitter.rows,
  lookup: tables.rows,
});
