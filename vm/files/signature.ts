// What a user sees of a program, as bytes: its inputs and outputs, and the metadata. A `.zkb` and a record of one hold them alike.
// Source: DESIGN §5. Caveat: reading checks the form; what the numbers have to satisfy is for program/regions.ts and program/encoding.ts.
import type { Encoding, Metadata, Region } from '../program/types.ts';
import type { ByteSink } from './bytes.ts';
import { type ByteReader, damaged } from './container.ts';

/** An encoding with its keys in the order in which they are written. */
const ordered = (encoding: Encoding): Encoding => {
  const { of, name, axis } = encoding;
  return { of, name, axis, ...('scales' in encoding ? { scales: encoding.scales } : { thresholds: encoding.thresholds }) };
};

/** Metadata as the bytes that are stored: JSON with the keys name, labels, integers and encodings (if there are any) and no blanks. */
export const metadataBytes = ({ name, labels, integers, encodings }: Metadata): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({
      name,
      labels,
      ...(integers?.length && { integers }),
      ...(encodings?.length && { encodings: encodings.map(ordered) }),
    }),
  );

/** Regions, counted. */
export function writeRegions(to: ByteSink, regions: readonly Region[]): void {
  to.u32(regions.length);
  for (const region of regions) {
    to.text(region.name);
    to.u32(region.shape.length, ...region.shape);
    to.u32(
      region.address,
      region.channels,
      region.rows,
      region.width,
      region.channelStep,
      region.rowStep,
      ...region.strides,
      region.lo,
      region.hi,
    );
    to.f64(region.scale);
  }
}

/** What `writeRegions` wrote; whether they are regions of a program is for checkRegions to say. */
export function readRegions(from: ByteReader): Region[] {
  return Array.from({ length: from.count(60) }, () => ({
    name: from.text(),
    shape: [...from.words(from.count(4))],
    address: from.u32(),
    channels: from.u32(),
    rows: from.u32(),
    width: from.u32(),
    channelStep: from.u32(),
    rowStep: from.u32(),
    strides: [from.u32(), from.u32(), from.u32()],
    lo: from.i32(),
    hi: from.i32(),
    scale: from.f64(),
  }));
}

/** @throws ZK0307 for bytes that are no metadata */
export function readMetadata(from: ByteReader): Metadata {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(from.take(from.left)));
  } catch (cause) {
    throw damaged('ZK0307', 'the metadata is no JSON', from.place, '', cause);
  }
  const { name, labels, integers, encodings } = (value ?? {}) as Partial<Metadata>;
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === 'string');
  if (typeof name !== 'string' || !labels || !isList(labels)) throw damaged('ZK0307', 'the metadata has no name or labels', from.place);
  if (integers !== undefined && !isList(integers)) throw damaged('ZK0307', 'the metadata names integers that are no texts', from.place);
  if (encodings !== undefined && !(Array.isArray(encodings) && encodings.every(isEncoding)))
    throw damaged('ZK0307', 'the metadata has encodings that are none', from.place);
  return { name, labels, ...(integers && { integers }), ...(encodings && { encodings: encodings.map(ordered) }) };
}

/** True for a value that has the form of an encoding; whether it fits its region is the loader's to say. */
function isEncoding(value: unknown): value is Encoding {
  if (typeof value !== 'object' || value === null) return false;
  const { of, name, axis, ...lists } = value as Record<string, unknown>;
  const isNumbers = (list: unknown): boolean => Array.isArray(list) && list.every((x) => typeof x === 'number');
  const { scales, thresholds, ...others } = lists;
  return (
    (of === 'input' || of === 'output') &&
    typeof name === 'string' &&
    typeof axis === 'number' &&
    Object.keys(others).length === 0 &&
    (scales === undefined ? Array.isArray(thresholds) && thresholds.every(isNumbers) : thresholds === undefined && isNumbers(scales))
  );
}
