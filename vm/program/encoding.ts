// Real numbers of a tensor <-> its integers: one step for all elements, or what the metadata says for each index of one axis: a scale of its own, or
// the thresholds between which a number lies. Compiler, `run` and `verify` use this one definition. Source: DESIGN §5, §6.
// Caveat: the model id covers the rule, not who applies it: a proof is about the integers that the rule gave. Many real numbers have the same
// integer (the nearest one; of two as near, the upper). A region has one range, so a contract, which sees no rules, takes a bucket above the thresholds
// of its own feature; `checkBuckets` does not.
import { usage } from '../../fri/core/errors.ts';
import { elementName, tensorOf } from './packing.ts';
import type { Encoding, IntegerTensors, Metadata, Program, Region } from './types.ts';

/** scales and thresholds of all rules together: each is some 20 bytes of what is hashed, while a file spells it in two */
const MAX_RULE_NUMBERS = 2 ** 20;

type Scaled = Pick<Region, 'shape' | 'scale'>;

const found = new WeakMap<readonly Encoding[], Record<Encoding['of'], Map<string, Encoding>>>();

/** The rule of a tensor, where it has one; a list of rules is never changed afterwards, and may be as long as a file makes it. */
export function encodingOf({ encodings }: Pick<Metadata, 'encodings'>, of: Encoding['of'], name: string): Encoding | undefined {
  if (!encodings) return undefined;
  let rules = found.get(encodings);
  if (!rules) {
    rules = { input: new Map(), output: new Map() };
    for (const encoding of encodings) rules[encoding.of].set(encoding.name, encoding);
    found.set(encodings, rules);
  }
  return rules[of].get(name);
}

/** Index along an axis of the element at a flat index. */
export function indexAlong(shape: readonly number[], axis: number): (element: number) => number {
  const size = shape[axis]!;
  const inner = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  return (element) => Math.floor(element / inner) % size;
}

/** How many numbers of an ascending list are at most x; no number has no bucket. */
function bucketOf(list: readonly number[], x: number): number {
  if (Number.isNaN(x)) return x;
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A finite number that lies in a bucket: its lower end, where it has one. */
function standsFor(list: readonly number[], bucket: number): number {
  if (bucket > 0) return list[Math.min(bucket, list.length) - 1] ?? 0;
  const [first = 0] = list;
  return list.length > 0 ? Math.max(-Number.MAX_VALUE, first - Math.max(1, Math.abs(first))) : 0;
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

/**
 * Refuses inputs of integers that no real number has: a prover who makes them up would have them told as the numbers of another bucket.
 * @param tensors inside the ranges of their regions
 * @throws ZK0322 naming the element
 */
export function checkBuckets({ inputs, metadata }: Pick<Program, 'inputs' | 'metadata'>, tensors: IntegerTensors): void {
  for (const region of inputs) {
    const rule = encodingOf(metadata, 'input', region.name);
    if (!rule || !('thresholds' in rule)) continue;
    const index = indexAlong(region.shape, rule.axis);
    for (const [e, bucket] of tensorOf(tensors, region.name)?.entries() ?? []) {
      const { length } = rule.thresholds[index(e)]!;
      if (bucket > length)
        throw usage('ZK0322', {
          what: `input "${region.name}" has an element in a bucket that no number is in`,
          where: `${elementName(region, e)} is the integer ${bucket}, its thresholds make [0, ${length}]`,
          fix: 'give the real number to zkvm run, which counts the thresholds that it reaches',
        });
    }
  }
}

/** Real distance of neighbouring integers at a flat index; 0 for buckets. */
export function stepOf({ shape, scale }: Scaled, encoding: Encoding | undefined): (element: number) => number {
  if (!encoding) return () => scale;
  if ('thresholds' in encoding) return () => 0;
  const index = indexAlong(shape, encoding.axis);
  return (element) => scale * encoding.scales[index(element)]!;
}

/** The real numbers that an input or output may be, for people; of elements with steps of their own the narrowest and the widest range. */
export function realRange({ lo, hi, scale }: Pick<Region, 'lo' | 'hi' | 'scale'>, encoding: Encoding | undefined): string {
  const range = (step: number): string => `[${lo * step}, ${hi * step}]`;
  if (!encoding) return range(scale);
  if ('thresholds' in encoding) return 'any number';
  const least = encoding.scales.reduce((a, b) => Math.min(a, b));
  const most = encoding.scales.reduce((a, b) => Math.max(a, b));
  return least === most ? range(scale * least) : `${range(scale * least)} to ${range(scale * most)}`;
}

/** A step that is a number, and neither end of the range beyond all numbers. */
const isStep = (step: number, { lo, hi }: Pick<Region, 'lo' | 'hi'>): boolean =>
  Number.isFinite(step) && step > 0 && Number.isFinite(lo * step) && Number.isFinite(hi * step);

/** Ascending finite numbers with one below the first. -0 would be written as 0. */
const isAscending = (list: readonly number[]): boolean =>
  list.every((x, i) => Number.isFinite(x) && !Object.is(x, -0) && x > (list[i - 1] ?? -Number.MAX_VALUE));

type Regions = Readonly<Record<Encoding['of'], readonly Region[]>>;

const refused = (what: string, where: string): Error =>
  usage('ZK0343', { what, where, fix: 'compile the model again; the file may be damaged' });

/** @throws ZK0343 for a rule that names no region, or does not fit it; for inputs of integers that are none, or have a step or a rule */
export function checkEncodings(
  { encodings = [], integers = [] }: Pick<Metadata, 'encodings' | 'integers'>,
  { input, output }: Regions,
): void {
  const regions = { input: byName(input), output: byName(output) };
  for (const [of, list] of Object.entries(regions))
    for (const [name, region] of list)
      if (!isStep(region.scale, region)) throw refused(`scale ${region.scale} makes no real numbers`, `${of} "${name}"`);
  const named = { input: new Set<string>(), output: new Set<string>() };
  let numbers = 0;
  for (const encoding of encodings) {
    const { of, name } = encoding;
    const region = Object.hasOwn(regions, of) ? regions[of].get(name) : undefined;
    if (!region) throw refused(`an encoding names no ${of} of the model`, JSON.stringify(name));
    if (named[of].has(name)) throw refused('it is there twice', `the encoding of ${of} "${name}"`);
    named[of].add(name);
    numbers += checkEncoding(encoding, region);
    if (numbers > MAX_RULE_NUMBERS) throw refused(`scales and thresholds are more than ${MAX_RULE_NUMBERS} numbers`, 'the encodings');
  }
  for (const name of integers) {
    const where = `the integer input "${name}"`;
    const region = regions.input.get(name);
    if (!region) throw refused('the metadata calls an input one of integers that is none of the model', where);
    // each whole number has to be an integer of its own
    if (region.scale !== 1 || named.input.has(name)) throw refused('it has a scale or a rule, or is there twice', where);
    named.input.add(name);
  }
}

const byName = (regions: readonly Region[]): Map<string, Region> => new Map(regions.map((region) => [region.name, region]));

/** @returns how many numbers the rule has */
function checkEncoding(encoding: Encoding, region: Region): number {
  const { of, name, axis } = encoding;
  const { shape, scale, lo, hi } = region;
  const rule = (holds: boolean, what: string): void => {
    if (!holds) throw refused(what, `the encoding of ${of} "${name}"`);
  };
  rule(Number.isInteger(axis) && axis >= 0 && axis < shape.length, `it has no axis ${axis}`);
  rule('thresholds' in encoding !== 'scales' in encoding, 'it has scales and thresholds');
  const lists = 'thresholds' in encoding ? encoding.thresholds : encoding.scales;
  rule(lists.length === shape[axis], `it has ${lists.length} entries, axis ${axis} has ${shape[axis]} indices`);
  if ('scales' in encoding) {
    rule(
      encoding.scales.every((x) => x > 0 && isStep(x * scale, region)),
      'a scale is not a positive number, or makes no real numbers',
    );
    return lists.length;
  }
  rule(of === 'input', 'only inputs have thresholds');
  rule(encoding.thresholds.every(isAscending), 'its thresholds are no ascending finite numbers');
  const most = encoding.thresholds.reduce((longest, list) => Math.max(longest, list.length), 0);
  rule(scale === 1 && lo === 0 && hi >= most, `its integers are 0 … ${most}, the region has [${lo}, ${hi}] and scale ${scale}`);
  return encoding.thresholds.reduce((sum, list) => sum + list.length, lists.length);
}
