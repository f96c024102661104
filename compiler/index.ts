// ONNX -> program: the compiler's front door. Source: DESIGN §6. Caveat: what the program computes is the integer model; the report says how
// far that is from the float one on the calibration inputs, and nothing beyond them.

import { usage } from '../fri/core/errors.ts';
import { LANES } from '../vm/program/isa.ts';
import type { Program } from '../vm/program/types.ts';
import { buildGraph } from './graph/build.ts';
import { type EncodedGraph, encodedGraph, likeEncoded, withOutputScales } from './graph/encoded.ts';
import { withoutLarge } from './graph/masks.ts';
import type { Graph } from './graph/node.ts';
import type { RealTensors } from './graph/reference.ts';
import { Lowering } from './lower/program.ts';
import { at, requireRam, within } from './onnx/budget.ts';
import { withSizes } from './onnx/dimensions.ts';
import { type OnnxModel, readOnnx } from './onnx/model.ts';
import { elementsOf } from './onnx/tensor.ts';
import type { ExternalData } from './onnx/tensor-proto.ts';
import { forBatch } from './quantise/batch.ts';
import { type Calibration, calibrate } from './quantise/calibrate.ts';
import { asItIs, isAffordable, withHeadroom } from './quantise/headroom.ts';
import type { IntegerGraph, QuantisationOptions } from './quantise/integer-graph.ts';
import { quantise, valuesToKeep } from './quantise/quantise.ts';
import { KnownMoments } from './quantise/rounding.ts';
import { spread } from './quantise/spread.ts';
import { isArgument } from './quantise/steep.ts';
import { chooseBits, requireAccuracy, type Trial, worstError } from './report/accuracy.ts';
import { findCause } from './report/cause.ts';
import { amongAll, searchOnFew } from './report/search.ts';
import { requirePassable } from './report/strict.ts';
import {
  type CompileReport,
  type Measured,
  makeReport,
  measure,
  type OutputAccuracy,
  ownErrors,
  valuesToMeasure,
} from './report/summary.ts';
import { withAbsorbed } from './stages/absorb.ts';
import { StageBuilder, type StageGraph } from './stages/stage.ts';

export interface CompileOptions extends Partial<QuantisationOptions> {
  /** typical inputs, one object a sample: at least one */
  calibration: readonly RealTensors[];
  /** name of the model; the ONNX graph's own name if left out */
  name?: string;
  /** labels of the classes of the first output */
  labels?: readonly string[];
  /** samples that one run computes, 1 … 16 in the lanes; only for models whose inputs have a first axis of 1 */
  batch?: number;
  /** name of the file, for messages */
  file?: string;
  /**
   * largest error of an output on the calibration inputs, relative to its largest value: bits are chosen to meet it, 0.01 by default. Where it
   * cannot be met, compiling fails; integer outputs must be exact. Not together with `activationBits`, which forces the bits.
   */
  accuracy?: number;
  /** a larger error that is taken knowingly: the report says so, and so does whoever reads it; integers that are off count as 1 */
  acceptError?: number;
  /** tables end where they are not exact any more: an input that leaves the calibrated ranges cannot be run or proved, instead of saturating */
  strict?: boolean;
  /** sizes that the model leaves open and the samples do not say, by name */
  sizes?: ReadonlyMap<string, number>;
  /** reads the files in which a large model keeps its tensors */
  external?: ExternalData;
  /** called before each step of the work, with its name */
  progress?: (step: string) => void;
}

export interface CompileResult {
  program: Program;
  /** what the program computes, on tensors */
  integers: IntegerGraph;
  report: CompileReport;
  /** samples that the accuracy was measured on */
  measuredOn: number;
  /** what was taken otherwise than the file says, for people */
  notes: string[];
}

const MAX_BATCH = 16;
/** samples that accuracy is measured on, at most */
const MOST_TRIED = 1024;
/** largest error of an output relative to its largest value that is good enough, where nobody says otherwise */
const DEFAULT_ACCURACY = 0.01;

/** share of the accuracy that was asked for which headroom may cost */
const HARMLESS = 0.4;
/** how much of an error beyond that may be noise of the tables */
const NO_WORSE = 1.05;

/** Fuses the graph's nodes into stages. */
export function stagesOf(graph: Graph): StageGraph {
  const known = [...graph.constants.values()].reduce((sum, { data }) => sum + data.length, 0);
  return within(known, () => staged(graph));
}

function staged(graph: Graph): StageGraph {
  const builder = new StageBuilder(graph.shapes, graph.constants, graph.uses, graph.whole, graph.known);
  for (const { name, limits, complete, bits } of graph.inputs) builder.input(name, limits, complete, bits);
  for (const { context, operator } of graph.nodes) {
    builder.where = context.where;
    at(context.where, () => operator.stage(context, builder));
  }
  builder.where = 'graph output';
  const finished = builder.finish(graph.outputs.map(({ name }) => name));
  const stages = graph.scaled ? withAbsorbed(finished, graph.scaled) : finished;
  // before anything is evaluated: every stage stores its result, 16 elements a word at best
  let words = graph.inputs.reduce((sum, { shape }) => sum + Math.ceil(elementsOf(shape) / LANES), 0);
  for (const { shape, where } of stages.stages) {
    words += Math.ceil(elementsOf(shape) / LANES);
    requireRam(words, where);
  }
  return stages;
}

/** @throws ZK0531 for a number of bits or samples that is out of range */
function checked(options: CompileOptions): QuantisationOptions {
  const within = (name: string, value: number, least: number, most: number): number => {
    if (!Number.isInteger(value) || value < least || value > most)
      throw usage('ZK0531', { what: `${name} = ${value}`, why: `a whole number from ${least} to ${most} is needed` });
    return value;
  };
  within('batch', options.batch ?? 1, 1, MAX_BATCH);
  const { accuracy } = options;
  if (accuracy !== undefined && !(accuracy > 0 && accuracy < 1))
    throw usage('ZK0531', { what: `accuracy = ${accuracy}`, why: 'a number between 0 and 1 is needed' });
  const { acceptError } = options;
  if (acceptError !== undefined && !(acceptError > 0 && Number.isFinite(acceptError)))
    throw usage('ZK0531', { what: `acceptError = ${acceptError}`, why: 'a positive number is needed' });
  if (accuracy !== undefined && options.activationBits !== undefined)
    throw usage('ZK0531', { what: 'both an accuracy and a number of bits', fix: 'give one of them' });
  return {
    activationBits: within('activationBits', options.activationBits ?? 10, 8, 15),
    outputBits: within('outputBits', options.outputBits ?? 11, 8, 15),
    inputBits: options.inputBits === undefined ? undefined : within('inputBits', options.inputBits, 4, 15),
    weightBits: within('weightBits', options.weightBits ?? 16, 4, 24),
  };
}

/**
 * Compiles an ONNX model into a program of the machine.
 * @param onnxBytes the file
 * @returns the program and what to know about it before it is run
 * @throws ZkvmError: ZK0501-ZK0506 (file), ZK0510-ZK0514 (graph; kind 'unsupported' names node and what is supported), ZK0520-ZK0522
 *   (calibration), ZK0530 (bounds), ZK0531 (options), ZK0532-ZK0533 (integers, accuracy)
 * @example const { program, report } = compileModel(bytes, { calibration: [{ input: { shape: [1, 64], data: pixels } }] })
 */
export function compileModel(onnxBytes: Uint8Array, options: CompileOptions): CompileResult {
  checked(options);
  return compileOnnx(readOnnx(onnxBytes, options.external), options);
}

/** A graph in integers, with what they were chosen from. */
interface Quantised extends Trial {
  encoded: EncodedGraph;
  /** the samples that accuracy is measured on */
  tried: readonly RealTensors[];
  stages: StageGraph;
  calibration: Calibration;
  trials: Pick<WeakMap<IntegerGraph, Measured>, 'get'>;
  own(integers: IntegerGraph): ReadonlyMap<string, number>;
  /** the same with larger noise of weights; undefined where that is less exact */
  coarser(noise: number): IntegerGraph | undefined;
}

/** What a compilation is held to and whom it tells. */
interface Aim {
  target: number;
  /** the number of bits is given */
  forced: boolean;
  progress(step: string): void;
}

function quantised(encoded: EncodedGraph, bits: QuantisationOptions, { target, forced, progress }: Aim): Quantised {
  const { graph, samples } = encoded;
  const stages = stagesOf(graph);
  const places = spread(samples.length, MOST_TRIED);
  const tried = places.map((place) => samples[place]!);
  const calibration = calibrate(graph, samples, valuesToKeep(stages), valuesToMeasure(stages), places, (share) =>
    progress(`calibration, ${Math.round(100 * share)} % of ${samples.length} samples`),
  );
  const trials = new WeakMap<IntegerGraph, Measured>();
  const used = new WeakMap<IntegerGraph, QuantisationOptions>();
  const moments = new KnownMoments();
  const measured = (integers: IntegerGraph, on?: readonly number[]): Measured => {
    const found = measure({ integers, calibration, samples: tried, graph, on });
    trials.set(integers, found);
    return found;
  };
  const everywhere = ({ integers }: Pick<Trial, 'integers'>): Trial => ({
    integers,
    error: worstError(measured(integers).outputs, graph.whole),
  });
  let [first, count]: [{ integers: IntegerGraph; outputs: OutputAccuracy[] } | undefined, number] = [undefined, 0];
  const attempt = (finer: QuantisationOptions, on?: readonly number[]): Trial => {
    progress(`choice of bits, try ${++count}`);
    const integers = finer === bits && first ? first.integers : quantise(stages, calibration, finer, moments);
    used.set(integers, finer);
    const { outputs } = measured(integers, on);
    first ??= { integers, outputs };
    return { integers, error: worstError(on ? amongAll(outputs, first.outputs) : outputs, graph.whole) };
  };
  const own = (integers: IntegerGraph) => ownErrors({ integers, calibration, graph, runs: trials.get(integers)!.runs });
  const errors = ({ integers }: Trial): Float64Array => trials.get(integers)!.errors;
  const steepInputs = stages.inputs.some(({ name, whole }) => !whole && isArgument(stages, name));
  const tries = { options: bits, target, count: tried.length, attempt, everywhere, errors };
  const trial = forced ? attempt(bits) : searchOnFew(tries, (few) => chooseBits(few, bits, own, target, steepInputs));
  const coarser = (noise: number): IntegerGraph | undefined => {
    const other = attempt({ ...used.get(trial.integers)!, noise });
    return other.error <= Math.max(trial.error, target * HARMLESS) ? other.integers : undefined;
  };
  return { encoded, tried, stages, calibration, trials, own, coarser, ...trial };
}

/**
 * The program with tables that go on beyond what calibration saw, as far as they cost little and what calibration saw stays as exact.
 * @param several the stages of a batch
 */
function goneOn(
  { integers, coarser, encoded: { graph }, tried: samples, calibration, error }: Quantised,
  several: StageGraph | undefined,
  { target, progress }: Aim,
) {
  const lowered = (wide: IntegerGraph) => {
    progress('instructions');
    const lowering = new Lowering(several ? forBatch(wide, several) : wide);
    const regions = lowering.run();
    return { wide, lowering, regions, tables: lowering.tables.finish() };
  };
  // what is reported is the program itself
  const measured = (wide: IntegerGraph): Measured => {
    progress('accuracy with headroom');
    return measure({ integers: wide, calibration, samples, graph });
  };
  const asIs = lowered(asItIs(integers));
  const affords = (rows: number): boolean => isAffordable(asIs.lowering.emitter.rows, asIs.tables.rows, rows);
  for (const { wide, rows } of withHeadroom(integers, coarser)) {
    if (!affords(rows)) continue;
    const result = measured(wide);
    if (!(worstError(result.outputs, graph.whole) <= Math.max(error * NO_WORSE, target * HARMLESS))) continue;
    const made = lowered(wide);
    if (affords(made.tables.rows)) return { ...made, measured: result };
  }
  return { ...asIs, measured: measured(asIs.wide) };
}

const channelError = ({ trials, integers, encoded }: Quantised): number =>
  trials.get(integers)!.outputs.reduce((most, output) => Math.max(most, encoded.graph.whole.has(output.name) ? 0 : output.channelError), 0);

/** The same with a scale for each channel of an output, where one step loses a channel, scales keep it, and they cost no stage. */
function channelled(plain: Quantised, bits: QuantisationOptions, aim: Aim): Quantised {
  const { target } = aim;
  if (channelError(plain) <= target) return plain;
  const encoded = withOutputScales(plain.encoded, plain.calibration.outputs);
  if (!encoded || stagesOf(encoded.graph).stages.length > plain.stages.stages.length) return plain;
  const finer = quantised(encoded, bits, aim);
  return channelError(finer) < channelError(plain) && finer.error <= Math.max(target, plain.error) ? finer : plain;
}

const measuredNote = (some: number, all: number): string =>
  `ranges are those of all ${all} calibration samples; accuracy was measured on ${some} of them, evenly spread`;

/** `compileModel` for a model that is read already. */
export function compileOnnx(open: OnnxModel, options: CompileOptions): CompileResult {
  const bits = checked(options);
  const { model, notes } = withSizes(open, options.calibration, options.sizes);
  const { batch = 1, file = 'model.onnx' } = options;
  const { graph: built, masks } = withoutLarge(model, options.calibration, file);
  const target = options.accuracy ?? DEFAULT_ACCURACY;
  const forced = options.activationBits !== undefined;
  const aim = { target, forced, progress: options.progress ?? (() => {}) };
  const plain = quantised(encodedGraph(built, options.calibration, target), bits, aim);
  const chosen = channelled(plain, bits, aim);
  const { encoded, tried: samples, stages, calibration, trials, integers, own } = chosen;
  const { graph: single, encodings } = encoded;
  const required = ({ outputs }: Measured): void =>
    requireAccuracy(outputs, { target, acceptError: options.acceptError, forced, whole: single.whole }, (output) =>
      findCause({ integers, graph: single, samples, own: own(integers) }, output),
    );
  required(trials.get(integers)!);
  // samples in the lanes change shapes only: ranges, scales and weights are those of one sample
  const several = batch === 1 ? undefined : stagesOf(likeEncoded(buildGraph(model, batch, file, masks), encodings));
  const { wide, lowering, regions, tables, measured } = goneOn(chosen, several, aim);
  // tables of a program have coarse intervals, of which the tries know nothing
  required(measured);
  const { inputs, outputs } = regions;
  const { slots, rows: lookupRows } = options.strict ? lowering.tables.finish(true) : tables;
  if (options.strict) requirePassable(wide, single, samples, lowering.tables);
  const { rom, codeWords, ramLogSize, sourceMap } = lowering.emitter.finish();
  const ruled = new Set(encodings.flatMap(({ of, name }) => (of === 'input' ? [name] : [])));
  const integerInputs = stages.inputs.filter(({ name, whole }) => whole && !ruled.has(name)).map(({ name }) => name);
  const program: Program = {
    rom,
    codeWords,
    slots,
    ramLogSize,
    inputs,
    outputs,
    metadata: {
      name: options.name ?? (model.name || 'model'),
      labels: [...(options.labels?.length ? options.labels : single.labels)],
      ...(integerInputs.length && { integers: integerInputs }),
      ...(encodings.length && { encodings }),
    },
    sourceMap,
  };
  const parts = { integers: wide, calibration, samples, graph: single, program, lowering, lookupRows };
  const report = makeReport(parts, measured, { target, error: worstError(measured.outputs, single.whole) });
  const measuredOn = samples.length;
  const some = encoded.samples.length > measuredOn ? [measuredNote(measuredOn, encoded.samples.length)] : [];
  return { program, integers: wide, report, measuredOn, notes: [...notes, ...single.notes, ...some] };
}

export type { RealTensors } from './graph/reference.ts';
export type { CompileReport } from './report/summary.ts';
