// Calibration samples as the compiler takes them: every tensor under its input's name and with the model's shape.
// Source: the graph inputs of the ONNX file. Caveat: sizes that the model leaves open are the samples' own; whether they agree is the compiler's to say.
import { Limits } from '../../compiler/onnx/budget.ts';
import { fixedShape, withSizes } from '../../compiler/onnx/dimensions.ts';
import type { OnnxModel } from '../../compiler/onnx/model.ts';
import { elementsOf } from '../../compiler/onnx/tensor.ts';
import { kindOf } from '../../compiler/onnx/tensor-proto.ts';
import { fittedSample, flatShape, type OpenSpec } from '../../vm/library/samples.ts';
import type { GivenTensor, RealTensor, TensorFile, TensorSpec } from '../../vm/library/tensors.ts';
import { readInputs, readSamples } from './tensors.ts';

const isOpen = (size: number | string | undefined): boolean => typeof size !== 'number';

/** EZKL writes all samples of an input into one flat list: as many samples as it holds. */
function splitSamples(sample: TensorFile, specs: readonly OpenSpec[]): TensorFile[] {
  const { ordered } = sample;
  if (ordered?.length !== specs.length || ordered.some(({ shape }) => shape)) return [sample];
  const counts = specs.map(({ shape }, i) => {
    const each = flatShape(shape, ordered[i]!.data.length).reduce((product, size) => product * size, 1);
    return ordered[i]!.data.length / each;
  });
  const [count] = counts as [number];
  if (!Number.isInteger(count) || count < 2 || counts.some((other) => other !== count)) return [sample];
  return Array.from({ length: count }, (_, i) => ({
    ...sample,
    file: `${sample.file}, sample ${i}`,
    ordered: ordered.map(({ data }) => {
      const each = data.length / count;
      return { shape: undefined, data: data.subarray(i * each, (i + 1) * each) };
    }),
  }));
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

/** How many samples an array holds for an input, and the shape of one; undefined where its first axis counts none. */
function samplesIn({ shape: given, data }: GivenTensor, { shape }: OpenSpec): { count: number; each: number[] | undefined } | undefined {
  const [count, ...rest] = given ?? [];
  if (count === undefined) return undefined;
  const fits = (wanted: OpenSpec['shape']): boolean =>
    wanted.length === rest.length && wanted.every((size, i) => isOpen(size) || size === rest[i]);
  // an axis more than the model has
  if (fits(shape)) return { count, each: rest };
  // the model's own first axis, which is 1 or open: one sample is 1 long there
  if ((isOpen(shape[0]) || shape[0] === 1) && shape.length > 0 && fits(shape.slice(1))) return { count, each: [1, ...rest] };
  // a row of numbers a sample, which take the model's shape
  if (
    rest.length === 1 &&
    shape.every((size, axis) => axis === 0 || !isOpen(size)) &&
    data.length / count === product(flatShape(shape, data.length / count))
  )
    return { count, each: undefined };
  return undefined;
}

/** Arrays whose first axis counts samples, as many in each. */
function splitArrays(sample: TensorFile, specs: readonly OpenSpec[]): TensorFile[] {
  if (!sample.arrays) return [sample];
  const given = specs.map((spec, i) => (sample.ordered ? sample.ordered[i] : sample.named?.get(spec.name)));
  const found = specs.map((spec, i) => given[i] && samplesIn(given[i], spec));
  const count = found[0]?.count;
  if (count === undefined || found.some((one) => one?.count !== count)) return [sample];
  return Array.from({ length: count }, (_, s) => {
    const part = specs.map((_spec, i): GivenTensor => {
      const length = given[i]!.data.length / count;
      return { shape: found[i]!.each, data: given[i]!.data.subarray(s * length, (s + 1) * length) };
    });
    return {
      file: `${sample.file}, sample ${s}`,
      named: sample.ordered ? undefined : new Map(specs.map(({ name }, i) => [name, part[i]!])),
      ordered: sample.ordered && part,
    };
  });
}

/**
 * Samples of one file, or of files of the form name=file, one for each input.
 * @throws ZK080x, ZK081x naming file and sample, ZK0821
 */
export function readCalibration(files: string | readonly string[], specs: readonly OpenSpec[]): Record<string, RealTensor>[] {
  const list = [files].flat();
  const several = list.length > 1 || (list[0] !== undefined && /^[^=/\\]+=/.test(list[0]));
  return (several ? [readInputs(list)] : readSamples(list[0]!))
    .flatMap((sample) => splitSamples(sample, specs))
    .flatMap((sample) => splitArrays(sample, specs))
    .map((sample) => fittedSample(sample, specs));
}

/** The inputs with all sizes known, where no sample says them. @throws ZK0513, ZK0516 */
export const fixedSpecs = (
  model: Pick<OnnxModel, 'inputs' | 'initializers'>,
  sizes: ReadonlyMap<string, number>,
  file: string,
): TensorSpec[] =>
  withSizes(model, [], sizes)
    .model.inputs.filter(({ name }) => !model.initializers.has(name))
    .map((input) => ({ name: input.name, shape: fixedShape(input, `${file} input "${input.name}"`) }));

const RANDOM_SAMPLES = 8;
/** of all random samples together, 32 MB; there is one sample at least */
const RANDOM_ELEMENTS = 2 ** 22;

/** Names of the inputs that take integers or booleans. */
export const wholeInputs = ({ inputs }: Pick<OnnxModel, 'inputs'>): ReadonlySet<string> =>
  new Set(inputs.filter(({ elementType }) => kindOf(elementType) === 'integer').map(({ name }) => name));

/**
 * Samples for a caller who has none, unless they are too many elements (ZK0515): uniform in [-1, 1], zeros and ones for the inputs named in `whole`, or
 * uniform in the range that is declared; the same every time.
 */
export function uniformSamples(
  specs: readonly TensorSpec[],
  whole: ReadonlySet<string> = new Set(),
  ranges: ReadonlyMap<string, readonly [low: number, high: number]> = new Map(),
): Record<string, RealTensor>[] {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const limits = new Limits(0);
  for (const { name, shape } of specs) limits.public(elementsOf(shape), `input "${name}"`);
  const each = specs.reduce((sum, { shape }) => sum + elementsOf(shape), 1);
  const samples = Math.max(1, Math.min(RANDOM_SAMPLES, Math.floor(RANDOM_ELEMENTS / each)));
  return Array.from({ length: samples }, () =>
    Object.fromEntries(
      specs.map(({ name, shape }) => {
        const [low, high] = ranges.get(name) ?? (whole.has(name) ? [0, 1] : [-1, 1]);
        const data = Float64Array.from({ length: product(shape) }, () => {
          const x = random();
          return whole.has(name)
            ? Math.min(high, Math.floor(low + ((x + 1) / 2) * (high - low + 1)))
            : ((1 - x) * low + (1 + x) * high) / 2;
        });
        return [name, { shape: [...shape], data }];
      }),
    ),
  );
}
