// Real numbers of a tensor <-> its integers: one step for all elements, or what the metadata says for each index of one axis: a scale of its own, or
// the thresholds between which a number lies. Compiler, `run` and `verify` use this one definition. Source: DESIGN §6.
// Caveat: the model id covers the rule, not who applies it: a proof is about the integers that the rule gave.
import { usage } from '../../fri/core/errors.ts';
import type { Encoding, Metadata, Region } from './types.ts';

type Scaled = Pick<Region, 'shape' | 'scale'>;

/** The rule of a tensor, where it has one. */
export const encodingOf = ({ encodings }: Pick<Metadata, 'encodings'>, of: Encoding['of'], name: string): Encoding | undefined =>
  encodings?.find((encoding) => encoding.of === of && encoding.name === name);

/** Index along an axis of the element at a flat index. */
export function indexAlong(shape: readonly number[], axis: number): (element: number) => number {
  const size = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  return (element) => Math.floor(element / inner) % size;
}

/** How many numbers of an ascending list are at most x. */
function bucketOf(list: readonly number[], x: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A number that lies in a bucket: its lower end, where it has one. */
function standsFor(list: readonly number[], bucket: number): number {
  if (bucket > 0) return list[Math.min(bucket, list.length) - 1] ?? 0;
  const [first = 0] = list;
  return list.length > 0 ? first - Math.max(1, Math.abs(first)) : 0;
}

/** The nearest integer of a real number at a flat index; nothing limits it to the region's range. */
export function encoderOf({ shape, scale }: Scaled, encoding: Encoding | undefined): (real: number, element: number) => number {
  if (!encoding) return (real) => Math.round(real / scale);
  const index = indexAlong(shape, encoding.axis);
  if ('thresholds' in encoding) return (real, element) => bucketOf(encoding.thresholds[index(element)]!, real);
  return (real, element) => Math.round(real / (scale * encoding.scales[index(element)]!));
}

/** The real number of an integer at a flat index; of a bucket one that lies in it. */
export function decoderOf({ shape, scale }: Scaled, encoding: Encoding | undefined): (integer: number, element: number) => number {
  if (!encoding) return (integer) => integer * scale;
  const index = indexAlong(shape, encoding.axis);
  if ('thresholds' in encoding) return (integer, element) => standsFor(encoding.thresholds[index(element)]!, integer);
  return (integer, element) => integer * (scale * encoding.scales[index(element)]!);
}

/** Real distance of neighbouring integers at a flat index; 0 for buckets. */
export function stepOf({ shape, scale }: Scaled, encoding: Encoding | undefined): (element: number) => number {
  if (!encoding) return () => scale;
  if ('thresholds' in encoding) return () => 0;
  const index = indexAlong(shape, encoding.axis);
  return (element) => scale * encoding.scales[index(element)]!;
}

const isPositive = (x: number): boolean => Number.isFinite(x) && x > 0;

/** -0 would be written as 0 */
const isAscending = (list: readonly number[]): boolean =>
  list.every((x, i) => Number.isFinite(x) && !Object.is(x, -0) && (i === 0 || x > list[i - 1]!));

/** @throws ZK0343 for a rule that names no region, or does not fit it */
export function checkEncodings(
  { encodings }: Pick<Metadata, 'encodings'>,
  regions: Readonly<Record<Encoding['of'], readonly Region[]>>,
): void {
  const named = new Set<string>();
  for (const encoding of encodings ?? []) {
    const { of, name, axis } = encoding;
    const rule = (holds: boolean, what: string): void => {
      if (!holds)
        throw usage('ZK0343', { what, where: `the encoding of ${of} "${name}"`, fix: 'compile the model again; the file may be damaged' });
    };
    const region = Object.hasOwn(regions, of) ? regions[of].find((one) => one.name === name) : undefined;
    if (!region) throw usage('ZK0343', { what: `an encoding names no ${of} of the model`, where: JSON.stringify(name) });
    const key = JSON.stringify([of, name]);
    rule(!named.has(key), 'it is there twice');
    named.add(key);
    const { shape, scale, lo, hi } = region;
    rule(Number.isInteger(axis) && axis >= 0 && axis < shape.length, `it has no axis ${axis}`);
    const lists = 'thresholds' in encoding ? encoding.thresholds : encoding.scales;
    rule(lists.length === shape[axis], `it has ${lists.length} entries, axis ${axis} has ${shape[axis]} indices`);
    if ('scales' in encoding)
      rule(
        encoding.scales.every((x) => isPositive(x) && isPositive(x * scale)),
        'a scale is not a positive number',
      );
    else {
      rule(of === 'input', 'only inputs have thresholds');
      rule(encoding.thresholds.every(isAscending), 'its thresholds are no ascending finite numbers');
      const most = encoding.thresholds.reduce((longest, list) => Math.max(longest, list.length), 0);
      rule(scale === 1 && lo === 0 && hi >= most, `its integers are 0 … ${most}, the region has [${lo}, ${hi}] and scale ${scale}`);
    }
  }
}
