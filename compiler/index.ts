// ONNX -> program: the compiler's front door. Source: DESIGN §6. Caveat: what the program computes is the integer model; the report says how
// far that is from the float one on the calibration inputs, and nothing beyond them.

import { usage, ZkvmError } from '../fri/core/errors.ts';
import type { Program } from '../vm/program/types.ts';
import { type Aim, channelled, type Quantised, quantised } from './choice/bits.ts';
import { chosenProgram } from './choice/program.ts';
import { stagesOf } from './choice/stages.ts';
import { countBeside } from './graph/augmented.ts';
import { buildGraph } from './graph/build.ts';
import { type DeclaredRanges, requireRanges, withRanges } from './graph/declared.ts';
import { encodedGraph, likeEncoded } from './graph/encoded.ts';
import { withoutLarge } from './graph/masks.ts';
import { mixedRows } from './graph/mixed-rows.ts';
import type { Graph } from './graph/node.ts';
import type { RealTensors } from './graph/reference.ts';
import { withSizes } from './onnx/dimensions.ts';
import { inputSpecs } from './onnx/inputs.ts';
import { type OnnxModel, readOnnx } from './onnx/model.ts';
import { atOnce, type Steps } from './onnx/steps.ts';
import type { ExternalData } from './onnx/tensor-proto.ts';
import type { IntegerGraph, QuantisationOptions } from './quantise/integer-graph.ts';
import { requireAccuracy, worstError } from './report/accuracy.ts';
import { findCause } from './report/cause.ts';
import type { CompileReport } from './report/report.ts';
import { requirePassable } from './report/strict.ts';
import { type Measured, makeReport } from './report/summary.ts';
import { type ModelValues, valuesOf } from './report/values.ts';

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
  /** least and most of inputs, by name, instead of what the samples show: none inside saturates at the input, none outside can be run. Zero is inside */
  ranges?: DeclaredRanges;
  /** names of inputs of which a statement has the root of a tree of their words, and not their elements (vm/program/committed.ts) */
  commitInputs?: readonly string[];
  /** beside fewer than 16 samples inputs near them are made, for ranges and bits; true if left out */
  augment?: boolean;
  /** sizes that the model leaves open and the samples do not say, by name */
  sizes?: ReadonlyMap<string, number>;
  /** reads the files in which a large model keeps its tensors */
  external?: ExternalData;
  /** called before each step of the work, with its name */
  progress?: (step: string) => void;
  /** count the values of every node too, which takes a pass over them */
  values?: boolean;
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
  /** where the options ask for it and a sample was measured whole: none is where one alone is too large */
  values?: ModelValues;
}

const MAX_BATCH = 16;
/** largest error of an output relative to its largest value that is good enough, where nobody says otherwise */
const DEFAULT_ACCURACY = 0.01;
/** share of it that bits are chosen for where samples are few */
const SAFE_OF_FEW = 0.5;

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
  if (options.ranges) requireRanges(options.ranges);
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

/** @throws ZK0531 for an input that the model does not have, or that is named twice */
function requireInputs(model: OnnxModel, names: readonly string[]): void {
  const known = inputSpecs(model).map(({ name }) => name);
  for (const [i, name] of names.entries())
    if (!known.includes(name) || names.indexOf(name) < i)
      throw usage('ZK0531', {
        what:
          names.indexOf(name) < i ? `input "${name}" is to be committed twice` : `the model has no input "${name}" that could be committed`,
        why: `it has ${known.map((one) => `"${one}"`).join(', ')}`,
      });
}

const measuredNote = (some: number, all: number): string =>
  `ranges are those of all ${all} calibration samples; accuracy was measured on ${some} of them, evenly spread`;

const comparedNote = (name: string): string =>
  `the range that is declared for input "${name}" has no part: it is only compared, so any number is exact`;

/** `compileModel` for a model that is read already. */
export const compileOnnx = (open: OnnxModel, options: CompileOptions): CompileResult => atOnce(compiling(open, options));

/** `compileOnnx` with stops between the nodes of a run, for who has other things to do. */
export function* compiling(open: OnnxModel, options: CompileOptions): Steps<CompileResult> {
  const committed = new Set(options.commitInputs ?? []);
  const bits = { ...checked(options), committed };
  const { model, notes } = withSizes(open, options.calibration, options.sizes);
  const { batch = 1, file = 'model.onnx', ranges = new Map() } = options;
  requireInputs(model, options.commitInputs ?? []);
  const { graph: unlimited, masks } = yield* withoutLarge(model, options.calibration, file);
  const target = options.accuracy ?? DEFAULT_ACCURACY;
  const forced = options.activationBits !== undefined;
  const augment = options.augment ?? true;
  const aim: Aim = { target, forced, augment, committed, progress: options.progress ?? (() => {}) };
  function* integersFor(graph: Graph, aim: Aim): Steps<Quantised> {
    const built = withRanges(graph, options.calibration, ranges);
    return yield* channelled(yield* quantised(yield* encodedGraph(built, options.calibration, target), bits, aim), bits, aim);
  }
  /** The integers that were chosen for an aim, and the program of them. */
  function* made(aim: Aim) {
    const straight = yield* integersFor(unlimited, aim);
    // rows of different sizes that one step does not serve are divided by their sizes first
    const rows = forced || straight.error <= target ? undefined : yield* mixedRows(unlimited, options.calibration);
    const divided = rows?.size ? yield* integersFor(buildGraph(model, 1, file, masks, rows), aim) : straight;
    const chosen = divided.error < straight.error ? divided : straight;
    const { encoded, tried: samples, integers, own } = chosen;
    const { graph: single, encodings } = encoded;
    const required = ({ outputs }: Measured): Steps<void> =>
      requireAccuracy(outputs, { target, acceptError: options.acceptError, forced, whole: single.whole }, function* (output) {
        return yield* findCause({ integers, graph: single, samples, own: yield* own(integers) }, output);
      });
    yield* required(chosen.trials.get(integers)!);
    // samples in the lanes change shapes only: ranges, scales and weights are those of one sample
    const several =
      batch === 1
        ? undefined
        : stagesOf(likeEncoded(buildGraph(model, batch, file, masks, chosen === straight ? undefined : rows), encodings));
    const result = yield* chosenProgram(chosen, several, aim);
    // tables of a program have coarse intervals, of which the tries know nothing
    yield* required(result.measured);
    return { chosen, result };
  }
  const isCareful = augment && !forced && options.accuracy === undefined && countBeside(unlimited, options.calibration.length) > 0;
  let careful: ReturnType<typeof made> extends Steps<infer Made> ? Made | undefined : never;
  try {
    if (isCareful) careful = yield* made({ ...aim, target: target * SAFE_OF_FEW });
  } catch (error) {
    // what cannot be met is said of the accuracy that was asked for
    if (!(error instanceof ZkvmError) || error.kind === 'bug') throw error;
  }
  // an input beyond few samples is likelier than one that such bits alone serve
  const plain = careful?.result.hasHeadroom ? undefined : yield* made(aim);
  const { chosen, result } = careful && !plain?.result.hasHeadroom ? careful : plain!;
  const { encoded, tried: samples, stages, calibration } = chosen;
  const { graph: single, encodings } = encoded;
  const { wide, lowering, regions, tables, measured } = result;
  const { inputs, outputs } = regions;
  const { slots, rows: lookupRows } = options.strict ? lowering.tables.finish(true) : tables;
  if (options.strict) yield* requirePassable(wide, single, samples, lowering.tables);
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
  const report = yield* makeReport(parts, measured, { target, error: worstError(measured.outputs, single.whole) });
  const values =
    options.values && calibration.measured.length > 0 ? yield* valuesOf(wide, single.constants, calibration, measured.runs) : undefined;
  const measuredOn = samples.length;
  const some = encoded.samples.length > measuredOn ? [measuredNote(measuredOn, encoded.samples.length)] : [];
  const compared = encodings.flatMap((rule) => ('thresholds' in rule && ranges.has(rule.name) ? [comparedNote(rule.name)] : []));
  return {
    program,
    integers: wide,
    report,
    measuredOn,
    notes: [...notes, ...single.notes, ...compared, ...some],
    ...(values && { values }),
  };
}

export { stagesOf } from './choice/stages.ts';
export type { RealTensors } from './graph/reference.ts';
export type { CompileReport } from './report/report.ts';
