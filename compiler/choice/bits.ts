// The integers of a graph: bits for the accuracy that was asked for, held against the samples, and a choice beside it that is accurate between the
// samples too; scales for the channels of an output where one step loses them. Source: DESIGN §6. Caveat: between samples is not everywhere.

import { augmented } from '../graph/augmented.ts';
import { samplesBetween } from '../graph/between.ts';
import { stretched } from '../graph/declared.ts';
import { type EncodedGraph, withOutputScales } from '../graph/encoded.ts';
import type { RealTensors } from '../graph/reference.ts';
import type { Steps } from '../onnx/steps.ts';
import { type Calibration, calibrate, declaredCalibration } from '../quantise/calibrate.ts';
import { NOISES_WITH_HEADROOM, stops } from '../quantise/headroom.ts';
import type { IntegerGraph, QuantisationOptions } from '../quantise/integer-graph.ts';
import { quantise, valuesToKeep } from '../quantise/quantise.ts';
import { KnownMoments } from '../quantise/rounding.ts';
import { spread } from '../quantise/spread.ts';
import { isArgument } from '../quantise/steep.ts';
import { chooseBits, type Trial, worstError } from '../report/accuracy.ts';
import type { OutputAccuracy } from '../report/report.ts';
import { amongAll, searchOnFew } from '../report/search.ts';
import { type Measured, measure, ownErrors, valuesToMeasure } from '../report/summary.ts';
import type { StageGraph } from '../stages/stage.ts';
import { Effort } from './effort.ts';
import { stagesOf } from './stages.ts';

/** samples that accuracy is measured on, at most */
const MOST_TRIED = 1024;
/** share of the target that errors between the samples are held against: more lie there than are looked at */
export const SAFE = 0.6;
/** share of the accuracy that was asked for which headroom may cost */
export const HARMLESS = 0.4;

/** noise of weights that is tried with fewer bits */
const NOISES = [undefined, ...NOISES_WITH_HEADROOM] as const;
/** bits that are tried where a program is mostly tables, at least */
const FEWEST = { activationBits: 7, outputBits: 8 } as const;

/** numbers in tries that are kept for another search, 32 MB */
const MOST_KEPT = 2 ** 22;

/** A graph in integers, with what they were chosen from. */
export interface Quantised extends Trial {
  encoded: EncodedGraph;
  /** the samples that accuracy is measured on */
  tried: readonly RealTensors[];
  stages: StageGraph;
  calibration: Calibration;
  trials: Pick<WeakMap<IntegerGraph, Measured>, 'get'>;
  own(integers: IntegerGraph): Steps<ReadonlyMap<string, number>>;
  /** what is more accurate between the samples, the most accurate first, and undefined for a stop; none where that is not needed, or where no bits help */
  safer(): Iterable<Trial | undefined>;
  /** a trial with larger noise of weights; undefined where that is less exact */
  coarser(trial: Trial, noise: number): Steps<Trial | undefined>;
  /** the same with fewer bits, one choice after the other, and undefined for a stop; none where the search has no work left */
  fewer(trial: Trial): Iterable<Trial | undefined>;
  /** its error between the samples too */
  everywhere(trial: Trial): Steps<number>;
}

/** What a compilation is held to and whom it tells. */
export interface Aim {
  target: number;
  /** the number of bits is given */
  forced: boolean;
  /** inputs are made beside few samples */
  augment: boolean;
  /** inputs of which a statement has roots: the program copies them first */
  committed: ReadonlySet<string>;
  progress(step: string): void;
}

/** the largest error of a channel of real outputs, relative to what it spans */
const channelError = (outputs: readonly OutputAccuracy[], whole: ReadonlySet<string>): number =>
  outputs.reduce((most, output) => Math.max(most, whole.has(output.name) ? 0 : output.channelError), 0);

const numbersIn = ({ stages }: IntegerGraph, { runs }: Measured): number =>
  stages.reduce((sum, stage) => sum + (stage.kind === 'linear' ? stage.weights.reduce((all, { length }) => all + length, 0) : 0), 0) +
  runs.reduce((sum, values) => sum + [...values.values()].reduce((all, { length }) => all + length, 0), 0);

/** The integers of a graph. Loops that miss the target while their steps share ranges are tried with ranges of their own, which are larger programs. */
export function* quantised(encoded: EncodedGraph, bits: QuantisationOptions, aim: Aim): Steps<Quantised> {
  const shared = yield* searched(encoded, bits, aim);
  const { roles, ...graph } = encoded.graph;
  if (!roles || aim.forced || shared.error <= aim.target) return shared;
  const own = yield* searched({ ...encoded, graph }, bits, aim);
  return own.error < shared.error ? own : shared;
}

function* searched(encoded: EncodedGraph, bits: QuantisationOptions, { target, forced, augment, progress }: Aim): Steps<Quantised> {
  const { graph, samples } = encoded;
  const stages = stagesOf(graph);
  const places = spread(samples.length, MOST_TRIED);
  const tried = places.map((place) => samples[place]!);
  const seen = yield* calibrate(graph, samples, valuesToKeep(stages), valuesToMeasure(stages), places, (share) =>
    progress(`calibration, ${Math.round(100 * share)} % of ${samples.length} samples`),
  );
  const beside = augment ? yield* augmented(graph, samples) : { samples: [], outputs: [] };
  const calibration = yield* declaredCalibration(graph, seen, [...stretched(graph, samples), ...beside.samples]);
  const used = new WeakMap<IntegerGraph, QuantisationOptions>();
  const moments = new KnownMoments();
  const effort = new Effort(stages);
  let count = 0;
  function* integersOf(finer: QuantisationOptions): Steps<IntegerGraph> {
    progress(`choice of bits, ${Math.round(100 * effort.share)} % of what it may take, try ${++count}`);
    const integers = yield* quantise(stages, calibration, finer, moments, (share) =>
      progress(`weights, ${Math.round(100 * share)} % of them rounded in try ${count}`),
    );
    used.set(integers, finer);
    effort.rounded();
    return integers;
  }
  const first = yield* integersOf(bits);
  const steepInputs = stages.inputs.some(({ name, whole }) => !whole && isArgument(stages, name));
  /** The search on samples of which the float model's outputs are known. @param room numbers in tries that are kept: another search makes many again; @param goes whether it may go on */
  const searchOn = (samples: readonly RealTensors[], outputs: Calibration['outputs'], room = 0, goes = () => true) => {
    const kept = new Map<string, { trial: Trial; seen: Measured }>();
    const trials = new WeakMap<IntegerGraph, Measured>();
    function* measured(integers: IntegerGraph, on?: readonly number[]): Steps<Measured> {
      const found = yield* measure({ integers, calibration: { ...calibration, outputs }, samples, graph, on });
      trials.set(integers, found);
      return found;
    }
    function* everywhere({ integers }: Pick<Trial, 'integers'>): Steps<Trial> {
      effort.measured(samples.length);
      return { integers, error: worstError((yield* measured(integers)).outputs, graph.whole) };
    }
    let all: OutputAccuracy[] | undefined;
    function* attempt(finer: QuantisationOptions, on?: readonly number[]): Steps<Trial> {
      const key = JSON.stringify({ ...finer, bitsOf: [...(finer.bitsOf ?? [])], on });
      const known = kept.get(key);
      if (known) {
        // other samples may have been looked at since
        trials.set(known.trial.integers, known.seen);
        return known.trial;
      }
      const integers = finer === bits ? first : yield* integersOf(finer);
      effort.measured((on ?? samples).length);
      const seen = yield* measured(integers, on);
      const { outputs } = seen;
      all ??= outputs;
      const trial = { integers, error: worstError(on ? amongAll(outputs, all) : outputs, graph.whole) };
      room -= numbersIn(integers, seen);
      if (room >= 0) kept.set(key, { trial, seen });
      return trial;
    }
    const own = (integers: IntegerGraph) => ownErrors({ integers, calibration, graph, runs: trials.get(integers)!.runs });
    /** of stages of one role the most that one of them adds */
    function* byRole(integers: IntegerGraph): Steps<Map<string, number>> {
      const errors = yield* own(integers);
      const most = new Map<string, number>();
      for (const { id, role = id } of stages.stages) most.set(role, Math.max(most.get(role) ?? 0, errors.get(id)!));
      return most;
    }
    const errors = ({ integers }: Trial): Float64Array => trials.get(integers)!.errors;
    const tries = { options: bits, count: samples.length, attempt, everywhere, errors };
    const may = { search: goes, refine: () => effort.isLeft };
    const search = (target: number): Steps<Trial> =>
      searchOnFew({ ...tries, target }, (few) => chooseBits(few, bits, byRole, target, steepInputs, may));
    return { trials, attempt, everywhere, own, search };
  };
  const { trials, attempt, own, search } = searchOn(tried, calibration.outputs);
  const trial = yield* forced ? attempt(bits) : search(target);
  let known: ReturnType<typeof searchOn> | undefined;
  function* withBetween(): Steps<ReturnType<typeof searchOn>> {
    if (known) return known;
    const between = yield* samplesBetween(graph, tried, calibration.outputs);
    known = searchOn(
      [...tried, ...between.samples, ...beside.samples],
      [...calibration.outputs, ...between.outputs, ...beside.outputs],
      MOST_KEPT,
      () => effort.isLeft,
    );
    return known;
  }
  function* safer(): Generator<Trial | undefined, void, void> {
    if (forced || trial.error > target) return;
    const both = yield* stops(withBetween());
    for (const most of [SAFE * target, target]) {
      if ((yield* stops(both.everywhere(trial))).error <= most) return;
      const found = yield* stops(both.search(most));
      if (found.error <= most) yield found;
      // no bits were accurate enough for the target itself: another search would try the same ones
      if (found.error > target) return;
    }
  }
  function* coarser({ integers, error }: Trial, noise: number): Steps<Trial | undefined> {
    const other = yield* attempt({ ...used.get(integers)!, noise });
    return other.error <= Math.max(error, target * HARMLESS) ? other : undefined;
  }
  function* fewer({ integers }: Trial): Generator<Trial | undefined, void, void> {
    const options = used.get(integers)!;
    const channels = (one: IntegerGraph): number => channelError((trials.get(one) ?? known!.trials.get(one)!).outputs, graph.whole);
    const most = Math.max(target, channels(integers));
    for (let activationBits = options.activationBits - 1; activationBits >= FEWEST.activationBits; activationBits--) {
      const less = options.activationBits - activationBits;
      const own = [...(options.bitsOf ?? [])].map(([id, count]) => [id, Math.max(FEWEST.activationBits, count - less)] as const);
      for (let outputBits = options.outputBits - 1; outputBits >= FEWEST.outputBits; outputBits--) {
        for (const noise of NOISES) {
          if (!effort.isLeft) return;
          const finer = { ...options, activationBits, outputBits, noise, ...(options.bitsOf && { bitsOf: new Map(own) }) };
          const other = yield* stops(attempt(finer));
          if (channels(other.integers) <= most) yield other;
        }
      }
    }
  }
  function* everywhere(one: Trial): Steps<number> {
    const both = yield* withBetween();
    return (yield* both.everywhere(one)).error;
  }
  return { encoded, tried, stages, calibration, trials, own, safer, coarser, fewer, everywhere, ...trial };
}

/** The same with a scale for each channel of an output, where one step loses a channel, scales keep it, and they cost no stage. */
export function* channelled(plain: Quantised, bits: QuantisationOptions, aim: Aim): Steps<Quantised> {
  const { target } = aim;
  const errorOf = ({ trials, integers, encoded: { graph } }: Quantised): number => channelError(trials.get(integers)!.outputs, graph.whole);
  if (errorOf(plain) <= target) return plain;
  const encoded = withOutputScales(plain.encoded, plain.calibration.outputs);
  if (!encoded || stagesOf(encoded.graph).stages.length > plain.stages.stages.length) return plain;
  const finer = yield* quantised(encoded, bits, aim);
  return errorOf(finer) < errorOf(plain) && finer.error <= Math.max(target, plain.error) ? finer : plain;
}
