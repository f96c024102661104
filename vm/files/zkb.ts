// `.zkb`: a program as a file. Magic, version, then sections (id, byte length, payload) in ascending order, little-endian, each
// exactly once. A file is canonical: what decodes also encodes back to the same bytes, so a content hash, of all bytes, names one file.
// Caveat: the report is a text for people at the end, opaque here; the content hash covers it and the model id, which names the program, does not.
import { usage } from '../../fri/core/errors.ts';
import { LANES } from '../program/isa.ts';
import { checkProgram } from '../program/loader.ts';
import type { Encoding, Metadata, Program, Region, Slot, SourceEntry } from '../program/types.ts';
import { type ByteReader, type ByteWriter, damaged, decodeContainer, encodeContainer, requireCanonical, requireEnds } from './container.ts';

/** Everything in a `.zkb`. */
export interface ProgramFile {
  program: Program;
  /** what the compiler says about the program (compiler/report/stored.ts), unread; empty if it said nothing */
  report: Uint8Array;
}

const MAX_REPORT_BYTES = 2 ** 22;

const ZKB = {
  name: '.zkb',
  magic: 0x42564b5a, // "ZKVB"
  version: 4,
  sections: ['rom', 'slots', 'ram', 'inputs', 'outputs', 'metadata', 'sourceMap', 'report'],
} as const;

/** An encoding with its keys in the order in which they are written. */
const ordered = (encoding: Encoding): Encoding => {
  const { of, name, axis } = encoding;
  return { of, name, axis, ...('scales' in encoding ? { scales: encoding.scales } : { thresholds: encoding.thresholds }) };
};

/** Metadata as the bytes that are stored: JSON with the keys name, labels, integers and encodings (if there are any) and no blanks. */
const metadataBytes = ({ name, labels, integers, encodings }: Metadata): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({
      name,
      labels,
      ...(integers?.length && { integers }),
      ...(encodings?.length && { encodings: encodings.map(ordered) }),
    }),
  );

function writeRegions(to: ByteWriter, regions: readonly Region[]): void {
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

function readRegions(from: ByteReader): Region[] {
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

/**
 * A program as bytes.
 * @param report bytes for people, no part of the program; at most 4 MiB
 * @param expectedBytes length of the file, if that is known
 * @throws ZK034x if the program does not pass the loader, ZK0313 for a report that is too long
 */
export function encodeProgram(program: Program, report: Uint8Array = new Uint8Array(0), expectedBytes?: number): Uint8Array {
  checkProgram(program);
  if (report.length > MAX_REPORT_BYTES)
    throw usage('ZK0313', { what: 'the report of a .zkb is too long', why: `${report.length} bytes, at most ${MAX_REPORT_BYTES}` });
  return encodeContainer(
    ZKB,
    {
      rom: (to) => {
        to.u32(program.codeWords, program.rom.length / LANES);
        to.words(program.rom);
      },
      slots: (to) => {
        to.u32(program.slots.length);
        for (const { id, name, intervals, exact } of program.slots) {
          to.u32(id);
          to.text(name);
          to.u32(intervals.length / 3);
          to.words(intervals);
          // no ranges known and no range that is exact are two things
          to.u32(exact ? 1 : 0, ...(exact ? [exact.length] : []));
          if (exact) to.words(exact);
        }
      },
      ram: (to) => to.u32(program.ramLogSize),
      inputs: (to) => writeRegions(to, program.inputs),
      outputs: (to) => writeRegions(to, program.outputs),
      metadata: (to) => to.bytes(metadataBytes(program.metadata)),
      sourceMap: (to) => {
        to.u32(program.sourceMap.length);
        for (const { from, to: until, node } of program.sourceMap) {
          to.u32(from, until);
          to.text(node);
        }
      },
      report: (to) => to.bytes(report),
    },
    expectedBytes,
  );
}

function readMetadata(from: ByteReader): Metadata {
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

/**
 * Reads and checks a `.zkb`.
 * @throws ZK0301-ZK0308 for bytes that are no canonical file, ZK034x for a program that does not pass the loader
 */
export function decodeZkb(bytes: Uint8Array): ProgramFile {
  const sections = decodeContainer(ZKB, bytes);
  const { rom, slots, ram, inputs, outputs, metadata, sourceMap } = sections;
  const codeWords = rom.u32();
  const program: Program = {
    codeWords,
    rom: rom.words(rom.count(4 * LANES) * LANES),
    slots: Array.from({ length: slots.count(16) }, (): Slot => {
      const id = slots.u32();
      const name = slots.text();
      const intervals = new Int32Array(slots.words(3 * slots.count(12)));
      return { id, name, intervals, ...(slots.u32() ? { exact: new Int32Array(slots.words(slots.count(4))) } : {}) };
    }),
    ramLogSize: ram.u32(),
    inputs: readRegions(inputs),
    outputs: readRegions(outputs),
    metadata: readMetadata(metadata),
    sourceMap: Array.from({ length: sourceMap.count(12) }, (): SourceEntry => {
      const [from, to] = [sourceMap.u32(), sourceMap.u32()];
      return { from, to, node: sourceMap.text() };
    }),
  };
  const report = sections.report.take(sections.report.left).slice();
  requireEnds(sections);
  requireCanonical(ZKB.name, bytes, encodeProgram(program, report, bytes.length));
  return { program, report };
}

/** The program of a `.zkb`, checked. @throws as `decodeZkb` */
export const decodeProgram = (bytes: Uint8Array): Program => decodeZkb(bytes).program;
