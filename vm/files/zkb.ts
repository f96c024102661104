// `.zkb`: a program as a file. Magic, version, then sections (id, byte length, payload) in ascending order, little-endian, each
// exactly once. A file is canonical: what decodes also encodes back to the same bytes, so a content hash, of all bytes, names one file.
// Caveat: the report is a text for people at the end, opaque here; the content hash covers it and the model id, which names the program, does not.
import { usage } from '../../fri/core/errors.ts';
import { LANES } from '../program/isa.ts';
import { checkProgram } from '../program/loader.ts';
import type { Program, Slot, SourceEntry } from '../program/types.ts';
import { decodeContainer, encodeContainer, type Payload, requireCanonical, requireEnds } from './container.ts';
import { magicWord } from './magic.ts';
import { metadataBytes, readMetadata, readRegions, writeRegions } from './signature.ts';

/** Everything in a `.zkb`. */
export interface ProgramFile {
  program: Program;
  /** what the compiler says about the program (compiler/report/stored.ts), unread; empty if it said nothing */
  report: Uint8Array;
}

const MAX_REPORT_BYTES = 2 ** 22;

const ZKB = {
  name: '.zkb',
  magic: magicWord('model'),
  version: 4,
  sections: ['rom', 'slots', 'ram', 'inputs', 'outputs', 'metadata', 'sourceMap', 'report'],
} as const;

/**
 * A program as bytes.
 * @param report bytes for people, no part of the program; at most 4 MiB
 * @throws ZK034x if the program does not pass the loader, ZK0313 for a report that is too long
 */
export function encodeProgram(program: Program, report: Uint8Array = new Uint8Array(0)): Uint8Array {
  checkProgram(program);
  if (report.length > MAX_REPORT_BYTES)
    throw usage('ZK0313', { what: 'the report of a .zkb is too long', why: `${report.length} bytes, at most ${MAX_REPORT_BYTES}` });
  return encodeContainer(ZKB, payloadOf(program, report));
}

const payloadOf = (program: Program, report: Uint8Array): Payload<(typeof ZKB.sections)[number]> => ({
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
});

/**
 * Reads and checks a `.zkb`.
 * @param isOwned nobody changes the bytes afterwards: the program's words are then a part of them and no copy
 * @throws ZK0301-ZK0308 for bytes that are no canonical file, ZK034x for a program that does not pass the loader
 */
export function decodeZkb(bytes: Uint8Array, isOwned = false): ProgramFile {
  const sections = decodeContainer(ZKB, bytes, isOwned);
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
  checkProgram(program);
  requireCanonical(ZKB, bytes, payloadOf(program, report));
  return { program, report };
}

/** The program of a `.zkb`, checked. @throws as `decodeZkb` */
export const decodeProgram = (bytes: Uint8Array, isOwned = false): Program => decodeZkb(bytes, isOwned).program;
