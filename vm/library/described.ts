// What a program says of its inputs and outputs, for whoever has to fill or read them: names, shapes, kinds and ranges in real units.
// Source: the regions and the metadata, which the model id covers. Caveat: a range is that of the calibration data with some headroom; of an input
// whose features have steps of their own it is the widest of them.
import { isCommitted } from '../program/committed.ts';
import { encodingOf, stepOf } from '../program/encoding.ts';
import type { Program, Region } from '../program/types.ts';

/**
 * What the elements of a tensor are. `compared`: numbers that the model only compares with thresholds, so that any number is allowed and those
 * between the same thresholds are the same input.
 * @example const numbers = model.inputs.filter(({ kind }: { kind: TensorKind }) => kind === 'real');
 */
export type TensorKind = 'real' | 'integer' | 'boolean' | 'compared';

/**
 * One input or output of a model.
 * @example for (const { name, shape, range, step } of model.inputs) console.log(name, shape, range, step);
 */
export interface TensorInfo {
  readonly name: string;
  /** with the batch, as ONNX has it */
  readonly shape: readonly number[];
  readonly kind: TensorKind;
  /** the smallest and the largest value that an element may have, in real units */
  readonly range: readonly [least: number, most: number];
  /** distance of neighbouring values, in real units: inputs are rounded to it; the largest where features differ, 0 for what is only compared */
  readonly step: number;
  /** there where statements have the input's root and not its elements (`commitInput`) */
  readonly committed?: true;
}

/** an element of each index along the axis that has its own steps, or one element */
function someElements({ shape }: Region, axis: number | undefined): number[] {
  if (axis === undefined) return [0];
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Array.from({ length: shape[axis]! }, (_, i) => i * inner);
}

function described(region: Region, of: 'input' | 'output', { metadata }: Pick<Program, 'metadata'>): TensorInfo {
  const { name, shape, lo, hi, scale } = region;
  const encoding = encodingOf(metadata, of, name);
  const committed = of === 'input' && isCommitted(region) ? { committed: true as const } : {};
  if (encoding && 'thresholds' in encoding)
    return {
      name,
      shape: [...shape],
      kind: 'compared',
      range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      step: 0,
      ...committed,
    };
  const whole = of === 'input' ? metadata.integers?.includes(name) === true : scale === 1 && !encoding;
  const step = Math.max(...someElements(region, encoding?.axis).map(stepOf(region, encoding)));
  const kind = !whole ? 'real' : lo === 0 && hi === 1 ? 'boolean' : 'integer';
  return { name, shape: [...shape], kind, range: [lo * step, hi * step], step, ...committed };
}

/** All inputs or all outputs, in the model's order. */
export const describedTensors = (
  program: Pick<Program, 'inputs' | 'outputs' | 'metadata'>,
  of: 'input' | 'output',
): readonly TensorInfo[] => program[`${of}s`].map((region) => described(region, of, program));
