// Real numbers to the integers that a model computes with, and back. Source: DESIGN §6, real = integer · scale.
// Caveat: rounding is to the nearest integer; what is proved is the computation on the rounded input, and `verify` prints its hash.
import { usage } from '../../fri/core/errors.ts';
import { elementName } from '../../vm/program/packing.ts';
import type { IntegerTensors, Region } from '../../vm/program/types.ts';
import { bindTensors, type TensorFile } from './tensors.ts';

/**
 * Integers of one tensor.
 * @param whole the tensor's elements are integers or booleans in the model too
 * @throws ZK0811 naming the first element outside the range the model was compiled for, or a fraction where an integer is needed
 */
export function toIntegers(region: Region, real: Float64Array, kind: 'input' | 'output', whole = false): Int32Array {
  const { scale, lo, hi } = region;
  return Int32Array.from(real, (value, i) => {
    if (whole && !Number.isInteger(value))
      throw usage('ZK0811', {
        what: `${kind} "${region.name}" takes integers`,
        where: `${elementName(region, i)} = ${value}`,
        fix: 'give whole numbers; booleans are 0 and 1, or true and false',
      });
    const integer = Math.round(value / scale);
    if (!(integer >= lo && integer <= hi))
      throw usage('ZK0811', {
        what: `${kind} "${region.name}" has an element outside the range this model was compiled for`,
        where: `${elementName(region, i)} = ${value}, allowed [${lo * scale}, ${hi * scale}]`,
        fix:
          kind === 'input'
            ? 'scale the input, or compile again with --calibrate on data that covers it'
            : 'this model cannot give that output',
      });
    return integer;
  });
}

/** Real numbers of one tensor. */
export const toReals = (region: Region, integers: ArrayLike<number>): number[] => Array.from(integers, (value) => value * region.scale);

/**
 * Binds a file of tensors to regions and rounds it.
 * @param whole names of tensors that are integers or booleans in the model: those that its metadata lists
 * @throws ZK081x
 */
export function integersOf(
  file: TensorFile,
  regions: readonly Region[],
  kind: 'input' | 'output',
  whole: readonly string[] = [],
): IntegerTensors {
  const isBoolean = ({ scale, lo, hi }: Region): boolean => scale === 1 && lo === 0 && hi === 1;
  const specs = regions.map((region) => ({ ...region, boolean: isBoolean(region) }));
  const reals = bindTensors(file, specs, kind);
  return Object.fromEntries(
    regions.map((region) => [region.name, toIntegers(region, reals[region.name]!, kind, whole.includes(region.name))]),
  );
}
