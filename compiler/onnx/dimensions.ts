// Sizes that a model leaves open - a name ("batch", "seq"), nothing, or less than 1 - from the shapes of the samples, then from the caller.
// Source: onnx/onnx.proto3 (TensorShapeProto.Dimension). Caveat: one program has one size; other sizes are other programs.
import { usage, ZkvmError } from '../../fri/core/errors.ts';
import type { OnnxValue } from './graph.ts';
import type { OnnxModel } from './model.ts';
import type { Shape } from './tensor.ts';

/** Samples as far as their shapes go. */
export type SampleShapes = readonly Readonly<Record<string, { shape: Shape }>>[];

/** What an open size is called: the file's name for it, or input and axis. */
export const sizeName = (input: string, axis: number, size: string | undefined): string => size ?? `${input}:${axis}`;

/** A sample's shape with as many axes as the model has: a leading 1 may be missing or extra. */
function aligned(given: Shape, rank: number): Shape | undefined {
  if (given.length === rank) return given;
  if (given.length + 1 === rank) return [1, ...given];
  return given.length === rank + 1 && given[0] === 1 ? given.slice(1) : undefined;
}

interface OpenAxis {
  input: string;
  axis: number;
  name: string;
}

const openAxes = (inputs: readonly OnnxValue[]): OpenAxis[] =>
  inputs.flatMap(({ name: input, shape }) =>
    (shape ?? []).flatMap((size, axis) => (typeof size === 'number' ? [] : [{ input, axis, name: sizeName(input, axis, size) }])),
  );

/** Sizes by name, as the samples have them. @throws ZK0516 where they differ */
function sampledSizes(axes: readonly OpenAxis[], inputs: readonly OnnxValue[], samples: SampleShapes): Map<string, number> {
  const ranks = new Map(inputs.map(({ name, shape }) => [name, shape?.length ?? 0]));
  const sizes = new Map<string, number>();
  if (axes.length === 0) return sizes;
  for (const [i, sample] of samples.entries())
    for (const { input, axis, name } of axes) {
      if (!Object.hasOwn(sample, input)) continue;
      const size = aligned(sample[input]!.shape, ranks.get(input)!)?.[axis];
      if (size === undefined) continue;
      const before = sizes.get(name) ?? size;
      if (size !== before)
        throw usage('ZK0516', {
          what: `"${name}" is ${before} and ${size} in the calibration samples`,
          where: `sample ${i}, input "${input}"`,
          why: 'one program has one size of each input',
          fix: 'give samples of one size, and compile again for another',
        });
      sizes.set(name, size);
    }
  return sizes;
}

/**
 * The model with all sizes that can be known, and what was taken for open ones.
 * @param given sizes by name, from the caller
 * @throws ZK0516 for a name that the model has not, for no size, and for samples that differ from each other or from what is given
 */
export function withSizes<M extends Pick<OnnxModel, 'inputs'>>(
  model: M,
  samples: SampleShapes,
  given: ReadonlyMap<string, number> = new Map(),
): { model: M; notes: string[] } {
  const axes = openAxes(model.inputs);
  const sizes = sampledSizes(axes, model.inputs, samples);
  const notes = [...sizes].map(([name, size]) => `"${name}" is ${size}, as in the calibration samples`);
  for (const [name, size] of given) {
    const names = [...new Set(axes.map((axis) => axis.name))];
    if (!names.includes(name))
      throw usage('ZK0516', {
        what: `the model leaves no size "${name}" open`,
        why: names.length ? `it has ${names.map((known) => `"${known}"`).join(', ')}` : 'all sizes are fixed',
        fix: 'leave it out',
      });
    if (!Number.isSafeInteger(size) || size < 1)
      throw usage('ZK0516', { what: `"${name}" = ${size} is no size`, fix: 'give a whole number from 1 on' });
    const sampled = sizes.get(name) ?? size;
    if (sampled !== size)
      throw usage('ZK0516', {
        what: `"${name}" is to be ${size} and is ${sampled} in the calibration samples`,
        fix: 'give samples of the size that is wanted',
      });
    sizes.set(name, size);
  }
  for (const { axis, name } of axes)
    if (axis === 0 && !sizes.has(name)) {
      sizes.set(name, 1);
      notes.push(`"${name}" is taken as 1: it comes first, and no sample says otherwise`);
    }
  const inputs = model.inputs.map((input) => {
    const { name, shape } = input;
    return shape
      ? { ...input, shape: shape.map((size, axis) => (typeof size === 'number' ? size : (sizes.get(sizeName(name, axis, size)) ?? size))) }
      : input;
  });
  return { model: { ...model, inputs }, notes };
}

/** Sizes of an input that must be numbers by now. @throws ZK0513 */
export function fixedShape({ name, shape }: OnnxValue, where: string): number[] {
  if (!shape)
    throw new ZkvmError('unsupported', 'ZK0513', { what: 'an input has no shape', where, fix: 'export the model with input shapes' });
  return shape.map((size, axis) => {
    if (typeof size === 'number') return size;
    throw new ZkvmError('unsupported', 'ZK0513', {
      what: `axis ${axis}${size === undefined ? '' : ` ("${size}")`} of an input is not known`,
      where,
      why: 'neither the model nor a calibration sample says it',
      fix: `give samples of the shape that is wanted, or --dim ${sizeName(name, axis, size)}=128`,
    });
  });
}
