// A record file: what a verifier needs of a model and no weights, kilobytes instead of megabytes. Source: DESIGN §5, statement/record.ts.
// Version 1 holds programs of one tree that is the same under every blowup, version 2 the others: what version 1 can hold is written as such.
// Reading computes the ids again from what the file says, so a changed record is one of another model. Caveat: that a root is the root of a
// program with one answer is the word of who made the file: trust a record that you made yourself, or whose id you found by compiling and auditing.
import { airHash } from '../../air/machine.ts';
import { DIGEST_WORDS, type Digest, digestEqual, isDigest } from '../../fri/core/digest.ts';
import { rejected } from '../../fri/core/errors.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { CHIP_LIST, MACHINE } from '../chips/machine.ts';
import type { ByteSink } from '../files/bytes.ts';
import {
  type ByteReader,
  damaged,
  decodeContainer,
  encodeContainer,
  type Payload,
  requireCanonical,
  requireEnds,
  versionOf,
} from '../files/container.ts';
import { magicWord } from '../files/magic.ts';
import { metadataBytes, readMetadata, readRegions, writeRegions } from '../files/signature.ts';
import { checkEncodings } from '../program/encoding.ts';
import type { TableKind } from '../program/exact.ts';
import { P } from '../program/isa.ts';
import { checkRegions, MAX_RAM_LOG_SIZE } from '../program/regions.ts';
import type { Metadata, Region } from '../program/types.ts';
import { MAX_LOG_SIZE } from './instances.ts';
import type { VerifiableModel } from './model.ts';
import { type Exactness, type FixedInstance, type FixedTree, metadataHash, modelId } from './record.ts';

/** What a record file holds. */
export interface RecordFile {
  airHash: Digest;
  /** what was committed to, by the log2 of the blowup, ascending: profiles with one blowup share their trees */
  roots: readonly { logBlowup: number; trees: readonly FixedTree[] }[];
  ramLogSize: number;
  inputs: readonly Region[];
  outputs: readonly Region[];
  metadata: Metadata;
  exactness: Exactness;
  /** the compile report as the `.zkb` has it, unread: a claim that no id covers */
  report: Uint8Array;
}

const ONE_TREE = {
  name: 'record',
  magic: magicWord('record'),
  version: 1,
  sections: ['roots', 'sizes', 'inputs', 'outputs', 'metadata', 'exactness', 'report'],
} as const;
const SEVERAL_TREES = { ...ONE_TREE, version: 2 } as const;

/** the one tree that a program has under every blowup, its root aside; undefined where there is none */
function commonTree({ roots }: Pick<RecordFile, 'roots'>): FixedTree | undefined {
  const [first] = roots;
  const tree = first?.trees[0];
  const shape = (trees: readonly FixedTree[]): string =>
    JSON.stringify(trees.map(({ logSize, instances }) => [logSize, instances.map((i) => [i.type, i.logSize, i.base])]));
  return tree && first.trees.length === 1 && roots.every(({ trees }) => shape(trees) === shape(first.trees)) ? tree : undefined;
}

const writeInstances = (to: ByteSink, instances: readonly FixedInstance[]): void => {
  to.u32(instances.length);
  for (const { type, logSize, base } of instances) to.u32(type, logSize, base);
};

const MAX_REPORT_BYTES = 2 ** 22;
const ALL = Object.values(PROFILES);

/** profiles that a record has an id for */
export const profilesOf = ({ roots }: Pick<RecordFile, 'roots'>): Profile[] =>
  ALL.filter(({ logBlowup }) => roots.some((root) => root.logBlowup === logBlowup));

export const encodeRecord = (file: RecordFile): Uint8Array => encodeContainer(commonTree(file) ? ONE_TREE : SEVERAL_TREES, payloadOf(file));

function payloadOf(file: RecordFile): Payload<(typeof ONE_TREE.sections)[number]> {
  const common = commonTree(file);
  return {
    roots: (to) => {
      to.words(file.airHash);
      to.u32(file.roots.length);
      for (const { logBlowup, trees } of file.roots) {
        to.u32(logBlowup);
        if (!common) to.u32(trees.length);
        for (const { root, logSize, instances } of trees) {
          to.words(root);
          if (common) continue;
          to.u32(logSize);
          writeInstances(to, instances);
        }
      }
    },
    sizes: (to) => {
      if (common) to.u32(common.logSize);
      to.u32(file.ramLogSize);
      if (common) writeInstances(to, common.instances);
    },
    inputs: (to) => writeRegions(to, file.inputs),
    outputs: (to) => writeRegions(to, file.outputs),
    metadata: (to) => to.bytes(metadataBytes(file.metadata)),
    exactness: (to) => {
      if (file.exactness === 'strict') return to.u32(1);
      to.u32(0, file.exactness.length);
      for (const ranges of file.exactness) {
        to.u32(ranges ? 1 : 0);
        if (!ranges) continue;
        to.u32(ranges.length);
        to.words(Int32Array.from(ranges));
      }
    },
    report: (to) => to.bytes(file.report),
  };
}

function readDigest(from: ByteReader): Digest {
  const words = from.words(DIGEST_WORDS);
  if (!isDigest(words)) throw damaged('ZK0306', 'a digest is not below 2^248', from.place);
  return words;
}

/** u32 numbers of the file within bounds */
function number(from: ByteReader, what: string, least: number, most: number): number {
  const value = from.u32();
  if (value < least || value > most) throw damaged('ZK0306', `${what} ${value}, ${least} to ${most} are possible`, from.place);
  return value;
}

function readExactness(from: ByteReader): Exactness {
  if (number(from, 'exactness', 0, 1) === 1) return 'strict';
  return Array.from({ length: from.count(4) }, () =>
    number(from, 'exactness', 0, 1) ? [...Int32Array.from(from.words(from.count(4)))] : null,
  );
}

/** least bytes of an instance, and of a tree */
const INSTANCE_BYTES = 12;
const TREE_BYTES = 4 * DIGEST_WORDS + 8;

const readInstances = (from: ByteReader): FixedInstance[] =>
  Array.from({ length: from.count(INSTANCE_BYTES) }, () => ({
    type: from.u32(),
    logSize: number(from, 'log size', 1, MAX_LOG_SIZE),
    base: from.u32(),
  }));

function readTree(from: ByteReader): FixedTree {
  const root = readDigest(from);
  return { root, logSize: number(from, 'log size', 1, MAX_LOG_SIZE), instances: readInstances(from) };
}

/** the sections that the two versions lay out in their own ways */
function readTrees(roots: ByteReader, sizes: ByteReader, version: number): Pick<RecordFile, 'airHash' | 'roots' | 'ramLogSize'> {
  const airHash = readDigest(roots);
  const ramOf = (): number => number(sizes, 'log size of RAM', 1, MAX_RAM_LOG_SIZE);
  if (version === SEVERAL_TREES.version) {
    const list = Array.from({ length: roots.count(4 + 4) }, () => ({
      logBlowup: roots.u32(),
      trees: Array.from({ length: roots.count(TREE_BYTES) }, () => readTree(roots)),
    }));
    return { airHash, roots: list, ramLogSize: ramOf() };
  }
  const list = Array.from({ length: roots.count(4 + 4 * DIGEST_WORDS) }, () => ({ logBlowup: roots.u32(), root: readDigest(roots) }));
  const logSize = number(sizes, 'log size', 1, MAX_LOG_SIZE);
  const ramLogSize = ramOf();
  const instances = readInstances(sizes);
  return { airHash, roots: list.map(({ logBlowup, root }) => ({ logBlowup, trees: [{ root, logSize, instances }] })), ramLogSize };
}

/** a program's chips as its trees must have them: all of them, in the order of the machine, each chip's addresses in one row without a gap */
function requireChips({ logBlowup, trees }: RecordFile['roots'][number], place: string): void {
  const fixed = CHIP_LIST.flatMap(({ sizedBy }, type) => (sizedBy === 'program' ? [type] : []));
  const types = trees.flatMap(({ instances }) => instances.map(({ type }) => type));
  const wrong = types.some((type, i) => !fixed.includes(type) || type < (types[i - 1] ?? 0)) || fixed.some((type) => !types.includes(type));
  if (wrong || trees.some(({ instances }) => instances.length === 0))
    throw damaged('ZK0306', 'the record sizes other chips than those that a program sizes', `${place}, log blowup ${logBlowup}`);
  const rows = new Map<number, number>();
  for (const { type, logSize, base } of trees.flatMap(({ instances }) => instances)) {
    const chip = CHIP_LIST[type]!;
    const first = rows.get(type) ?? 0;
    rows.set(type, first + 2 ** logSize);
    if (base !== (chip.base && chip.base + first) || chip.base + rows.get(type)! > P)
      throw damaged(
        'ZK0306',
        `${chip.component.name} at ${base}, where ${first} rows of it stand before`,
        `${place}, log blowup ${logBlowup}`,
      );
  }
}

/**
 * Reads and checks a record.
 * @throws ZK0301-ZK0308 for bytes that are no canonical record; ZK0343 for regions or rules that no program has
 */
export function decodeRecord(bytes: Uint8Array): RecordFile {
  const kind = versionOf(bytes) === SEVERAL_TREES.version ? SEVERAL_TREES : ONE_TREE;
  const sections = decodeContainer(kind, bytes);
  const { roots, sizes, exactness, report } = sections;
  const file: RecordFile = {
    ...readTrees(roots, sizes, kind.version),
    inputs: readRegions(sections.inputs),
    outputs: readRegions(sections.outputs),
    metadata: readMetadata(sections.metadata),
    exactness: readExactness(exactness),
    report: report.take(report.left),
  };
  requireEnds(sections);
  if (file.report.length > MAX_REPORT_BYTES) throw damaged('ZK0306', `a report of ${file.report.length} bytes`, report.place);
  if (file.roots.length === 0) throw damaged('ZK0306', 'the record has no root', roots.place);
  let last = -1;
  for (const { logBlowup } of file.roots) {
    if (logBlowup <= last || !ALL.some((profile) => profile.logBlowup === logBlowup))
      throw damaged('ZK0306', `a root for a blowup of 2^${logBlowup}`, roots.place, 'roots ascend, each for a profile that there is');
    last = logBlowup;
  }
  for (const root of file.roots) requireChips(root, sizes.place);
  checkRegions(file);
  checkEncodings(file.metadata, { input: file.inputs, output: file.outputs });
  requireCanonical(commonTree(file) ? ONE_TREE : SEVERAL_TREES, bytes, payloadOf(file));
  return file;
}

/** For a file that says nothing of intervals: what can be told of the tables. */
const tablesOf = (exactness: Exactness): TableKind =>
  exactness === 'strict' ? 'strict' : exactness.length > 0 && exactness.every((ranges) => ranges) ? 'saturating' : 'unknown';

/**
 * The model of a record under a profile, for verification.
 * @throws rejected ZK0358 for a record of another machine, ZK0359 for a profile that it has no root for
 */
export function recordedModel(file: RecordFile, profile: Profile): VerifiableModel {
  const { inputs, outputs, metadata, exactness } = file;
  if (!digestEqual(file.airHash, airHash(MACHINE)))
    throw rejected('ZK0358', 'the record is of another version of the machine', 'AIR hash', 'make it again from the .zkb: zkvm record');
  const found = file.roots.find(({ logBlowup }) => logBlowup === profile.logBlowup);
  if (!found)
    throw rejected(
      'ZK0359',
      `the record has no id under profile ${profile.name}`,
      'roots',
      `it has ${profilesOf(file)
        .map(({ name }) => name)
        .join(', ')}`,
    );
  const record = {
    airHash: file.airHash,
    profile,
    trees: found.trees,
    inputs,
    outputs,
    metadataHash: metadataHash(metadata, inputs, outputs, exactness),
  };
  // only programs with one answer are recorded
  const program = { inputs: [...inputs], outputs: [...outputs], metadata };
  return { program, record, id: modelId(record), audit: { determined: true }, tables: tablesOf(exactness) };
}
