// Integer tensors <-> words of a region. Executor, prover and verifier use this one definition, so the verifier packs the
// public words itself: zero junk lanes, every element in its declared range (AIR.md §4, §9 items 8-9).
// Caveat: an input region covers whole channels, gap words included; an output region only the words that hold elements.
import { usage, type ZkvmError } from '../../fri/core/errors.ts';
import { LANES, toField, toSigned } from './isa.ts';
import type { IntegerTensors, Region } from './types.ts';

/** Words at addresses: `words` has 16 lanes for each address. */
export interface PackedRegion {
  addresses: Uint32Array;
  words: Uint32Array;
}

/** Number of elements of the region's tensor. */
export const elementCount = (region: Region): number => region.shape.reduce((product, size) => product * size, 1);

/** Words of one row. */
export const rowWords = (region: Region): number => Math.ceil(region.width / LANES);

/** Tensor coordinates of a flat index, for messages: `pixels[0,3,7]`. */
export function elementName(region: Region, index: number): string {
  const place: number[] = [];
  for (let i = region.shape.length - 1, rest = index; i >= 0; i--) {
    place.unshift(rest % region.shape[i]!);
    rest = Math.floor(rest / region.shape[i]!);
  }
  return `${region.name}[${place.join(',')}]`;
}

/** Calls `visit` for each row of words: address of its first word, channel and row. */
function eachRow(region: Region, visit: (address: number, channel: number, row: number) => void): void {
  for (let channel = 0; channel < region.channels; channel++)
    for (let row = 0; row < region.rows; row++) visit(region.address + channel * region.channelStep + row * region.rowStep, channel, row);
}

/** The number of words that hold elements. */
export const elementWords = (region: Region): number => region.channels * region.rows * rowWords(region);

/** Addresses of the words that hold elements, in the order channel, row, word. */
export function elementAddresses(region: Region): Uint32Array {
  const words = rowWords(region);
  const addresses = new Uint32Array(elementWords(region));
  let at = 0;
  eachRow(region, (address) => {
    for (let j = 0; j < words; j++) addresses[at++] = address + j;
  });
  return addresses;
}

/** The number of words an input region occupies: everything from its address to the end of its last channel. */
export const inputWords = (region: Region): number => region.channels * region.channelStep;

/** Addresses of all words of an input region. */
function inputAddresses(region: Region): Uint32Array {
  const addresses = new Uint32Array(inputWords(region));
  for (let i = 0; i < addresses.length; i++) addresses[i] = region.address + i;
  return addresses;
}

/**
 * Checks a tensor against its region: length, integers, range.
 * @throws ZK0320 (length), ZK0321 (no integer), ZK0322 (out of range), each naming the element
 */
export function checkTensor(region: Region, tensor: ArrayLike<number> | undefined, kind: 'input' | 'output'): void {
  if (!tensor) throw usage('ZK0320', { what: `${kind} "${region.name}" is missing`, why: `it needs shape [${region.shape.join(', ')}]` });
  const count = elementCount(region);
  if (tensor.length !== count)
    throw usage('ZK0320', {
      what: `${kind} "${region.name}" has ${tensor.length} elements`,
      why: `shape [${region.shape.join(', ')}] has ${count}`,
    });
  for (let i = 0; i < count; i++) {
    const value = tensor[i]!;
    if (!Number.isInteger(value))
      throw usage('ZK0321', { what: `${kind} has an element that is no integer`, where: `${elementName(region, i)} = ${value}` });
    if (value < region.lo || value > region.hi) throw outOfRange(region, i, value, kind);
  }
}

const outOfRange = (region: Region, index: number, value: number, kind: string): ZkvmError =>
  usage('ZK0322', {
    what: `${kind} "${region.name}" has an element outside the range this model was compiled for`,
    // integers: what real numbers they stand for is the metadata's to say (encoding.ts)
    where: `${elementName(region, index)} is the integer ${value}, allowed [${region.lo}, ${region.hi}]`,
    fix:
      kind === 'input'
        ? 'scale the input, or compile again with --calibrate on data that covers it'
        : 'the claimed output cannot come from this model',
  });

/**
 * Words of a region with the tensor's elements in their lanes and zeros everywhere else.
 * For an input these are all words of the region, for an output the words that hold elements.
 * @throws ZK0320, ZK0321, ZK0322 (see `checkTensor`)
 */
export function packRegion(region: Region, tensor: ArrayLike<number> | undefined, kind: 'input' | 'output'): PackedRegion {
  checkTensor(region, tensor, kind);
  const addresses = kind === 'input' ? inputAddresses(region) : elementAddresses(region);
  const words = new Uint32Array(addresses.length * LANES);
  const [channelStride, rowStride, stride] = region.strides;
  let packed = 0;
  eachRow(region, (address, channel, row) => {
    let lane = (kind === 'input' ? address - region.address : packed) * LANES;
    packed += rowWords(region);
    let index = channel * channelStride + row * rowStride;
    for (let x = 0; x < region.width; x++, index += stride) words[lane++] = toField(tensor![index]!);
  });
  return { addresses, words };
}

/**
 * The tensor whose elements lie in a memory that `wordOffset` reads: offset into `words` of an address's first lane.
 * @throws ZK0323 if a lane beyond the width is not zero, ZK0322 if an element is out of range
 */
export function unpackRegion(region: Region, words: Uint32Array, wordOffset: (address: number) => number): Int32Array {
  const tensor = new Int32Array(elementCount(region));
  const [channelStride, rowStride, stride] = region.strides;
  const lanes = rowWords(region) * LANES;
  eachRow(region, (address, channel, row) => {
    let index = channel * channelStride + row * rowStride;
    for (let x = 0; x < lanes; x++) {
      const value = toSigned(words[wordOffset(address + Math.floor(x / LANES)) + (x % LANES)]!);
      if (x >= region.width) {
        if (value !== 0)
          throw usage('ZK0323', {
            what: `output "${region.name}" has a value in a lane that belongs to no element`,
            where: `channel ${channel}, row ${row}, lane ${x}`,
            fix: 'the program must mask the lanes beyond the width',
          });
        continue;
      }
      if (value < region.lo || value > region.hi) throw outOfRange(region, index, value, 'output');
      tensor[index] = value;
      index += stride;
    }
  });
  return tensor;
}

/** An object for tensors of any name: it has no prototype, of which "__proto__" would be a part. */
export const emptyTensors = (): IntegerTensors => Object.create(null) as IntegerTensors;

/** The tensor of a name, if there is one: every object also has what its prototype has, "constructor" for one. */
export const tensorOf = (tensors: IntegerTensors, name: string): Int32Array | undefined =>
  Object.hasOwn(tensors, name) ? tensors[name] : undefined;

/**
 * Canonical M31 words of a list of tensors in region order, for the statement: per tensor its elements.
 * @throws ZK0320-ZK0322 (see `checkTensor`), ZK0324 for a tensor that has no region
 */
export function tensorWords(regions: readonly Region[], tensors: IntegerTensors, kind: 'input' | 'output'): Uint32Array[] {
  requireNames(regions, tensors, kind);
  return regions.map((region) => wordsOf(region, tensors, kind));
}

/** The same of one region. @throws ZK0320-ZK0322 */
export function wordsOf(region: Region, tensors: IntegerTensors, kind: 'input' | 'output'): Uint32Array {
  const tensor = tensorOf(tensors, region.name);
  checkTensor(region, tensor, kind);
  const words = new Uint32Array(tensor!.length); // not `from` with a function: it steps through an iterator, a megabyte of garbage
  for (let i = 0; i < words.length; i++) words[i] = toField(tensor![i]!);
  return words;
}

/** @throws ZK0324 if a tensor has no region of its name */
export function requireNames(regions: readonly Region[], tensors: IntegerTensors, kind: 'input' | 'output'): void {
  const names = new Set(regions.map((region) => region.name)); // a file may have 2^16 regions
  for (const name of Object.keys(tensors)) {
    if (!names.has(name))
      throw usage('ZK0324', {
        what: `the model has no ${kind} "${name}"`,
        why: `it has ${regions.map((region) => `"${region.name}"`).join(', ')}`,
      });
  }
}
