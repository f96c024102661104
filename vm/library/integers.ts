// Real numbers to the integers that a model computes with, and back. Source: DESIGN §6, real = integer · scale, or the rule in the metadata.
// Caveat: rounding is to the nearest integer; what is proved is the computation on the rounded input, and `verify` prints its hash.
import { usage } from '../../fri/core/errors.ts';
import { decoderOf, encoderOf, encodingOf, stepOf } from '../program/encoding.ts';
import { elementName } from '../program/packing.ts';
import type { Encoding, IntegerTensors, Metadata, Program, Region } from '../program/types.ts';
import { bindTensors, type TensorFile } from './tensors.ts';

/** What the metadata says of tensors: which are integers or booleans in the model too, and the rules of those that have one. */
type Rules = Pick<Metadata, 'integers' | 'encodings'>;

const NO_RULES: Rules = {};

/** What an element may be, for messages. */
function rangeText(region: Region, element: number, encoding: Encoding | undefined): string {
  const step = stepOf(region, encoding)(element);
  return `[${region.lo * step}, ${region.hi * step}]`;
}

/**
 * Integers of one tensor.
 * @throws ZK0811 naming the first element outside the range the model was compiled for, or a fraction where an integer is needed
 */
export function toIntegers(region: Region, real: Float64Array, kind: 'input' | 'output', rules: Rules = NO_RULES): Int32Array {
  const { lo, hi } = region;
  const encoding = encodingOf(rules, kind, region.name);
  const encode = encoderOf(region, encoding);
  const whole = kind === 'input' && rules.integers?.includes(region.name);
  return Int32Array.from(real, (value, i) => {
    if (whole && !Number.isInteger(value))
      throw usage('ZK0811', {
        what: `${kind} "${region.name}" takes integers`,
        where: `${elementName(region, i)} = ${value}`,
        fix: 'give whole numbers; booleans are 0 and 1, or true and false',
      });
    const integer = encode(value, i);
    if (!(integer >= lo && integer <= hi))
      throw usage('ZK0811', {
        what: `${kind} "${region.name}" has an element outside the range this model was compiled for`,
        where: `${elementName(region, i)} = ${value}, allowed ${rangeText(region, i, encoding)}`,
        fix:
          kind === 'input'
            ? 'scale the input, or compile again with --calibrate on data that covers it'
            : 'this model cannot give that output',
      });
    return integer;
  });
}

/** Real numbers of one tensor; of an input that is only compared, numbers that compare alike. */
export const toReals = (region: Region, integers: ArrayLike<number>, kind: 'input' | 'output', rules: Rules = NO_RULES): number[] =>
  Array.from(integers, decoderOf(region, encodingOf(rules, kind, region.name)));

/**
 * Binds a file of tensors to regions and rounds it.
 * @param rules the model's metadata
 * @throws ZK081x
 */
export function integersOf(
  file: TensorFile,
  regions: readonly Region[],
  kind: 'input' | 'output',
  rules: Rules = NO_RULES,
): IntegerTensors {
  const isBoolean = ({ name, scale, lo, hi }: Region): boolean => scale === 1 && lo === 0 && hi === 1 && !encodingOf(rules, kind, name);
  const specs = regions.map((region) => ({ ...region, boolean: isBoolean(region) }));
  const reals = bindTensors(file, specs, kind);
  return Object.fromEntries(regions.map((region) => [region.name, toIntegers(region, reals[region.name]!, kind, rules)]));
}

/** Integers of a program's inputs, and what they were rounded from in the same units. */
export interface RoundedInputs {
  integers: IntegerTensors;
  /** by name; the integer itself where nothing was rounded */
  exact: Readonly<Record<string, Float64Array>>;
}

/** `integersOf` for the inputs of a program, with what was lost. @throws ZK081x */
export function roundedInputs(file: TensorFile, { inputs, metadata }: Pick<Program, 'inputs' | 'metadata'>): RoundedInputs {
  const integers = integersOf(file, inputs, 'input', metadata);
  const reals = bindTensors(
    file,
    inputs.map((region) => ({ ...region, boolean: true })),
    'input',
  );
  const exact = inputs.map((region) => {
    const rule = encodingOf(metadata, 'input', region.name);
    const step = stepOf(region, rule);
    const own = integers[region.name]!;
    return [region.name, Float64Array.from(reals[region.name]!, (x, e) => (step(e) > 0 ? x / step(e) : own[e]!))];
  });
  return { integers, exact: Object.fromEntries(exact) };
}
