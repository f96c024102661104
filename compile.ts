// `zkvm/compiler`: ONNX in, a model out. Source: compiler/index.ts, which does the work. Caveat: between two operations of the model's nodes, twenty times a
// second or less, the thread is let go for a moment; one operation of a large node on one sample, and reading the file, are not cut in two.
import { compiling } from './compiler/index.ts';
import { inputSpecs } from './compiler/onnx/inputs.ts';
import { readOnnx } from './compiler/onnx/model.ts';
import { atHand, eachOf, inTurns, type Steps } from './compiler/onnx/steps.ts';
import { kindOf } from './compiler/onnx/tensor-proto.ts';
import { fewSamples } from './compiler/report/few-samples.ts';
import { drawnModel, type ModelPicture, type PictureNode, type PictureOwner } from './compiler/report/picture.ts';
import type { CompileReport } from './compiler/report/report.ts';
import { decodeReport, encodeReport, type StoredReport } from './compiler/report/stored.ts';
import type { ModelValues, NodeValues } from './compiler/report/values.ts';
import { usage } from './fri/core/errors.ts';
import { DEFAULT_PROFILE, type ProfileName, profileNamed } from './fri/pcs/profile.ts';
import { costOf, countingRun } from './vm/estimate/cost.ts';
import { outlineOf } from './vm/estimate/outline.ts';
import { ownedCost } from './vm/estimate/owned.ts';
import { encodeProgram } from './vm/files/zkb.ts';
import { type OptionKinds, requireBytes, requireModel, requireOptions } from './vm/library/arguments.ts';
import type { TensorKind } from './vm/library/described.ts';
import { givenTensors, type ModelTensors } from './vm/library/given.ts';
import { Model } from './vm/library/model.ts';
import type { ModelRecord } from './vm/library/record.ts';
import { fittedSample } from './vm/library/samples.ts';
import { pause } from './vm/library/signals.ts';

/**
 * What is being done.
 * @example await compile(onnx, { calibration, onProgress: ({ phase }) => console.log(phase) });
 */
export interface CompileProgress {
  /** the step that begins now, for people */
  phase: string;
}

/**
 * How a model is compiled.
 * @example const options: CompileOptions = { calibration, labels: ['cat', 'dog'], accuracy: 0.02, strict: true };
 */
export interface CompileOptions {
  /** typical inputs, one a sample, at least one: ranges and accuracy are theirs. Sizes that the model leaves open are those of the samples. */
  calibration: readonly ModelTensors[];
  /** name of the model; the ONNX graph's own if left out */
  name?: string;
  /** labels of the classes of the first output; part of the model id */
  labels?: readonly string[];
  /** samples that one proof computes, 1 to 16, for models without convolutions */
  batch?: number;
  /** largest error of an output relative to its largest value that bits are chosen for, 0.01 by default */
  accuracy?: number;
  /** a larger error that is taken knowingly */
  acceptError?: number;
  /** bits of activations, 8 to 15, instead of an accuracy */
  bits?: number;
  /** make a model in which inputs that leave the calibrated ranges cannot be proved */
  strict?: boolean;
  /** beside fewer than 16 samples, inputs near them are made that widen ranges and steady the choice of bits; false leaves them out */
  augment?: boolean;
  /** names of inputs that a statement names by a root (`commitInput`) and has no elements of; they are not hidden: proofs show cells of them */
  commitInputs?: readonly string[];
  /** sizes that model and samples leave open, by name */
  sizes?: { readonly [name: string]: number };
  /** least and most of inputs, by name, instead of what the samples show: none inside saturates at the input, none outside can be run. Zero is inside */
  ranges?: { readonly [name: string]: readonly [low: number, high: number] };
  /** reads the files in which a large ONNX model keeps its tensors (external data) */
  external?: (location: string) => Uint8Array;
  /** ends the work where it stands */
  signal?: AbortSignal;
  /** told before each step, from inside the work */
  onProgress?: (progress: CompileProgress) => void;
  /** told what was taken otherwise than the file says, and of samples that are few, for people */
  onNote?: (note: string) => void;
  /** told how the values of every node lie, float model against integers, which no file keeps: `pictureOf` shows them. Not where one sample is too large */
  onValues?: (values: ModelValues) => void;
}

const OPTIONS: OptionKinds<CompileOptions> = {
  calibration: 'tensors',
  name: 'text',
  labels: 'list',
  batch: 'number',
  accuracy: 'number',
  acceptError: 'number',
  bits: 'number',
  strict: 'flag',
  augment: 'flag',
  commitInputs: 'list',
  sizes: 'table',
  ranges: 'table',
  external: 'callback',
  signal: 'signal',
  onProgress: 'callback',
  onNote: 'callback',
  onValues: 'callback',
};

/**
 * Compiles an ONNX model.
 * @param onnx the file
 * @throws ZkvmError kind `unsupported` naming the node that is not supported; ZK05xx for files, samples and options that do not fit, and for a model
 * that misses the accuracy
 * @example
 * const model = await compile(await readFile('model.onnx'), { calibration: images.map((image) => ({ image })), labels: ['cat', 'dog'] });
 * await writeFile('model.zkb', model.bytes());
 */
export async function compile(onnx: Uint8Array, options: CompileOptions): Promise<Model> {
  requireOptions(options, 'compile', OPTIONS);
  requireBytes(onnx, 'the ONNX file');
  const {
    calibration,
    name,
    labels,
    batch,
    accuracy,
    acceptError,
    bits,
    strict,
    augment,
    commitInputs,
    sizes,
    ranges,
    external,
    signal,
    onProgress,
    onNote,
    onValues,
  } = options;
  await pause(signal);
  const model = readOnnx(onnx, external);
  const specs = inputSpecs(model);
  const names = specs.map((spec) => spec.name);
  if (!Array.isArray(calibration))
    throw usage('ZK0520', { what: 'the calibration is no list of samples', fix: 'give calibration: [sample, …], one entry a sample' });
  const turns = <T>(steps: Steps<T>): Promise<T> => inTurns(steps, () => pause(signal));
  const samples = await turns(
    eachOf(calibration, (sample: ModelTensors, i) => atHand(fittedSample(givenTensors(sample, names, `calibration sample ${i}`), specs))),
  );
  const compiled = compiling(model, {
    calibration: samples,
    ...(name !== undefined && { name }),
    ...(labels && { labels }),
    ...(batch !== undefined && { batch }),
    ...(accuracy !== undefined && { accuracy }),
    ...(acceptError !== undefined && { acceptError }),
    ...(bits !== undefined && { activationBits: bits }),
    ...(strict !== undefined && { strict }),
    ...(augment !== undefined && { augment }),
    ...(commitInputs && { commitInputs }),
    ...(sizes && { sizes: new Map(Object.entries(sizes)) }),
    ...(ranges && { ranges: new Map(Object.entries(ranges)) }),
    ...(onProgress && { progress: (phase) => onProgress({ phase }) }),
    ...(onValues && { values: true }),
  });
  const { program, report, measuredOn, notes, values } = await turns(compiled);
  await pause(signal);
  for (const note of [...notes, ...fewSamples(measuredOn)]) onNote?.(note);
  if (values) onValues?.(values);
  const bytes = encodeProgram(program, encodeReport({ samples: measuredOn, report }));
  await pause(signal);
  return Model.load(bytes);
}

/**
 * An input that an ONNX file asks for, before anything is compiled.
 * @example const open = (input: OnnxInput): boolean => input.shape.some((size) => typeof size !== 'number');
 */
export interface OnnxInput {
  readonly name: string;
  /** a size that the file leaves open is its name, or undefined where it has none */
  readonly shape: readonly (number | string | undefined)[];
  readonly kind: Extract<TensorKind, 'real' | 'integer' | 'boolean'>;
}

/**
 * What an ONNX file wants to be given, for whoever has to make samples or ask for them.
 * @throws ZkvmError ZK05xx for bytes that are no ONNX file
 * @example for (const { name, shape, kind } of onnxInputs(onnx)) console.log(name, shape, kind);
 */
export function onnxInputs(onnx: Uint8Array, options: Pick<CompileOptions, 'external'> = {}): readonly OnnxInput[] {
  requireOptions(options, 'onnxInputs', { external: 'callback' });
  const model = readOnnx(requireBytes(onnx, 'the ONNX file'), options.external);
  const types = new Map(model.inputs.map(({ name, elementType }) => [name, elementType]));
  return inputSpecs(model).map(({ name, shape, boolean }) => ({
    name,
    shape,
    kind: boolean ? 'boolean' : (kindOf(types.get(name)!) ?? 'real'),
  }));
}

/**
 * What the compiler said about the accuracy and the cost of a model. Whoever made the file wrote it: no id covers it and nothing proves it.
 * @returns undefined for a model without a report
 * @throws ZkvmError ZK054x for a report that cannot be read
 * @example console.log(reportOf(model)?.report.accuracy);
 */
export const reportOf = ({ report }: Model | ModelRecord): StoredReport | undefined => (report ? decodeReport(report) : undefined);

/**
 * What a picture is drawn of, besides the model.
 * @example const options: PictureOptions = { profile: 'fast' };
 */
export interface PictureOptions {
  /** of the proof whose cells are counted; `proven` if left out */
  profile?: ProfileName;
  /** of `onValues`, for histograms */
  values?: ModelValues | undefined;
}

/**
 * A model as plain data to draw: its graph with shapes, ranges, errors and cells of every node, and all cells of a proof by chip and node.
 * What is said of errors, shapes and saturation is the file's claim; cells are counted here.
 * @throws ZkvmError ZK054x for a report that cannot be read
 * @example
 * const { nodes, owned, cells } = pictureOf(model, { profile: 'proven' });
 * for (const { name, parts, shape, error } of nodes) console.log(name, parts[0]?.operator, shape, error);
 */
export function pictureOf(model: Model, options: PictureOptions = {}): ModelPicture {
  requireOptions(options, 'pictureOf', { profile: 'text', values: 'table' });
  requireModel(model);
  const { program } = model;
  const profile = profileNamed(options.profile ?? (DEFAULT_PROFILE.name as ProfileName));
  const run = outlineOf(program) ?? countingRun(program);
  return drawnModel({
    program,
    stored: reportOf(model),
    values: options.values,
    counted: ownedCost(run, profile),
    profile: profile.name,
    proofBytes: costOf(program, profile, run).proof.bytes,
  });
}

export { ZkvmError } from './fri/core/errors.ts';
export type { CompileReport, Model, ModelPicture, ModelTensors, ModelValues, NodeValues, PictureNode, PictureOwner, StoredReport };
