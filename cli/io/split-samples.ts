// Several samples in one file of tensors: EZKL's flat lists, and arrays whose first axis counts samples. Source: the README's input forms.
// Caveat: what could be one sample as well as several is one.
import { flatShape, type OpenSpec } from '../../vm/library/samples.ts';
import type { GivenTensor, TensorFile } from '../../vm/library/tensors.ts';

const isOpen = (size: number | string | undefined): boolean => typeof size !== 'number';

/** EZKL writes all samples of an input into one flat list: as many samples as it holds. */
export function splitSamples(sample: TensorFile, specs: readonly OpenSpec[]): TensorFile[] {
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

/** what there is to know of an array without its numbers */
interface ArrayForm {
  shape: readonly number[] | undefined;
  data: { readonly length: number };
}

/** How many samples an array holds for an input, and the shape of one; undefined where its first axis counts none. */
export function samplesIn(
  { shape: given, data }: ArrayForm,
  { shape }: OpenSpec,
): { count: number; each: number[] | undefined } | undefined {
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
export function splitArrays(sample: TensorFile, specs: readonly OpenSpec[]): TensorFile[] {
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
