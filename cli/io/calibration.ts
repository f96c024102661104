// Calibration samples as the compiler takes them: every tensor under its input's name and with the model's shape.
// Source: the graph inputs of the ONNX file. Caveat: a size that the model leaves open is taken as 1 when it comes first (the batch).
import { Limits } from '../../compiler/onnx/budget.ts';
import type { OnnxModel } from '../../compiler/onnx/model.ts';
import { elementsOf } from '../../compiler/onnx/tensor.ts';
import { kindOf } from '../../compiler/onnx/tensor-proto.ts';
import type { RealTensor } from './npy.ts';
import { bindTensors, readSamples, type TensorSpec } from './tensors.ts';

/** element type of booleans */
const BOOL = 9;

/** Inputs that a caller gives: those that no initializer fills. An open first size is 1; other open sizes are the compiler's to refuse. */
export const inputSpecs = ({ inputs, initializers }: Pick<OnnxModel, 'inputs' | 'initializers'>): TensorSpec[] =>
  inputs
    .filter(({ name }) => !initializers.has(name))
    .map(({ name, shape, elementType }) => ({
      name,
      shape: (shape ?? []).map((size) => size ?? 1),
      ...(elementType === BOOL && { boolean: true }),
    }));

/** @throws ZK080x, ZK081x naming file and sample */
export function readCalibration(file: string, specs: readonly TensorSpec[]): Record<string, RealTensor>[] {
  return readSamples(file).map((sample) => {
    const bound = bindTensors(sample, specs, 'input');
    return Object.fromEntries(specs.map(({ name, shape }) => [name, { shape: [...shape], data: bound[name]! }]));
  });
}

const RANDOM_SAMPLES = 8;
/** of all random samples together, 32 MB; there is one sample at least */
const RANDOM_ELEMENTS = 2 ** 22;

/** Names of the inputs that take integers or booleans. */
export const wholeInputs = ({ inputs }: Pick<OnnxModel, 'inputs'>): ReadonlySet<string> =>
  new Set(inputs.filter(({ elementType }) => kindOf(elementType) === 'integer').map(({ name }) => name));

/** Samples for a caller who has none, unless they are too many elements (ZK0515): uniform in [-1, 1], or zeros and ones for the inputs named in `whole`; the same every time. */
export function uniformSamples(specs: readonly TensorSpec[], whole: ReadonlySet<string> = new Set()): Record<string, RealTensor>[] {
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
        const data = Float64Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () =>
          whole.has(name) ? Number(random() > 0) : random(),
        );
        return [name, { shape: [...shape], data }];
      }),
    ),
  );
}
