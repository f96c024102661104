// Calibration samples as the compiler takes them: every tensor under its input's name and with the model's shape.
// Source: the graph inputs of the ONNX file. Caveat: sizes that the model leaves open are the samples' own; whether they agree is the compiler's to say.
import { Limits } from '../../compiler/onnx/budget.ts';
import { fixedShape, withSizes } from '../../compiler/onnx/dimensions.ts';
import type { OnnxModel } from '../../compiler/onnx/model.ts';
import { elementsOf } from '../../compiler/onnx/tensor.ts';
import { kindOf } from '../../compiler/onnx/tensor-proto.ts';
import { fittedSample, type OpenSpec } from '../../vm/library/samples.ts';
import type { RealTensor, TensorSpec } from '../../vm/library/tensors.ts';
import { repeatableNumbers } from '../../vm/program/repeatable.ts';
import { splitArrays, splitSamples } from './split-samples.ts';
import { streamedSamples } from './streamed-samples.ts';
import { NAMED_FILE, readInputs, readSamples } from './tensors.ts';

/**
 * Samples of one file, or of files of the form name=file, one for each input. Of large ones they are read when they are looked at.
 * @throws ZK080x, ZK081x naming file and sample, ZK0821
 */
export function readCalibration(files: string | readonly string[], specs: readonly OpenSpec[]): readonly Record<string, RealTensor>[] {
  const list = [files].flat();
  const streamed = streamedSamples(list, specs);
  if (streamed) return streamed;
  const several = list.length > 1 || (list[0] !== undefined && NAMED_FILE.test(list[0]));
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
  const random = repeatableNumbers();
  const limits = new Limits(0);
  for (const { name, shape } of specs) limits.public(elementsOf(shape), `input "${name}"`);
  const each = specs.reduce((sum, { shape }) => sum + elementsOf(shape), 1);
  const samples = Math.max(1, Math.min(RANDOM_SAMPLES, Math.floor(RANDOM_ELEMENTS / each)));
  return Array.from({ length: samples }, () =>
    Object.fromEntries(
      specs.map(({ name, shape }) => {
        const [low, high] = ranges.get(name) ?? (whole.has(name) ? [0, 1] : [-1, 1]);
        const data = Float64Array.from({ length: elementsOf(shape) }, () => {
          const share = random();
          return whole.has(name) ? Math.min(high, Math.floor(low + share * (high - low + 1))) : (1 - share) * low + share * high;
        });
        return [name, { shape: [...shape], data }];
      }),
    ),
  );
}
