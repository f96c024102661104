// The model record: everything about a model that a verdict rests on, as words; its hash is the model id, one per profile.
// Source: DESIGN §5, AIR.md §9 item 8. Off chain the roots are recomputed from the `.zkb`, on chain the record comes from the registry.
// Caveat: the source map, names of slots and the compile report are not part of it; the `.zkb` file has a content hash that covers all bytes. That
// tables are exact where the file says so is covered as what it is: a claim of whoever compiled the model.
import { hash, hashBytes, PURPOSE } from '../../fri/core/blake2s.ts';
import { type Digest, truncate } from '../../fri/core/digest.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { committedInstance } from '../chips/committed.ts';
import { isCommitted } from '../program/committed.ts';
import { tableKind } from '../program/exact.ts';
import { P, RAM_BASE, toField } from '../program/isa.ts';
import type { Metadata, Region, Slot } from '../program/types.ts';

/** versions of the record's word layout: of one tree, which a contract reads too, and of several */
const [ONE_TREE, SEVERAL_TREES] = [1, 2];

/** an instance whose rows the model fixes */
export interface FixedInstance {
  type: number;
  logSize: number;
  base: number;
}

/** Instances that are committed to together. */
export interface FixedTree {
  root: Digest;
  /** log size of the tree's largest column; its height is that plus the profile's blowup */
  logSize: number;
  /** the chips' rows in AIR order, each chip's ascending */
  instances: readonly FixedInstance[];
}

/** What the instances with preprocessed columns of a proof must be, by the root they are under: the model's trees, then one for each committed input. */
export const statementTrees = ({ trees, inputs }: Pick<ModelRecord, 'trees' | 'inputs'>): Pick<FixedTree, 'instances'>[] => [
  ...trees,
  ...inputs.filter(isCommitted).map((region, i) => ({ instances: [committedInstance(region, trees.length + i)] })),
];

export interface ModelRecord {
  airHash: Digest;
  profile: Profile;
  /** what the program fixes: one tree, or one for each page of a large program, in the order of `pagesOf` */
  trees: readonly FixedTree[];
  inputs: readonly Region[];
  outputs: readonly Region[];
  /** hash of names, scales, labels and rules, and of where tables are exact */
  metadataHash: Digest;
}

/**
 * Hash of what a human reads: names, scales, labels, which inputs are integers, and the rules of those that have one for each feature or channel;
 * scales and thresholds as IEEE doubles, so that no rounding can hide a change.
 * @param exactness of the program's tables, so that nobody makes `run` silent about a table under the same id
 */
export function metadataHash(metadata: Metadata, inputs: readonly Region[], outputs: readonly Region[], exactness: Exactness = []): Digest {
  const exact = (value: number): string => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return view.getBigUint64(0).toString(16);
  };
  const regions = [inputs, outputs].map((list) => list.map((r) => [r.name, exact(r.scale)]));
  const { name, labels, integers, encodings } = metadata;
  const rules = encodings?.map((encoding) => [
    encoding.of,
    encoding.name,
    encoding.axis,
    ...('scales' in encoding ? ['scales', encoding.scales.map(exact)] : ['thresholds', encoding.thresholds.map((list) => list.map(exact))]),
  ]);
  // what is there only sometimes: an id of earlier models does not change, and a list, a text and an object cannot pass for one another
  const rest = [...(integers?.length ? [integers] : []), ...exactnessWords(exactness), ...(rules?.length ? [{ encodings: rules }] : [])];
  const text = JSON.stringify([name, labels, ...regions, ...rest]);
  return truncate(hashBytes(PURPOSE.METADATA, new TextEncoder().encode(text)));
}

/**
 * Where the tables of a program are what they stand for: wherever they have a value (program/exact.ts), or else where each is, and null for one that
 * does not say.
 */
export type Exactness = 'strict' | readonly (readonly number[] | null)[];

export const exactnessOf = (slots: readonly Pick<Slot, 'intervals' | 'exact'>[]): Exactness =>
  tableKind({ slots }) === 'strict' ? 'strict' : slots.map(({ exact }) => (exact ? [...exact] : null));

/** Nothing for a program by hand, which does not say where its tables are exact; ranges that cover everything follow from the intervals. */
function exactnessWords(exactness: Exactness): unknown[] {
  if (exactness === 'strict') return ['strict'];
  return exactness.some((ranges) => ranges) ? [{ exact: exactness }] : [];
}

const regionWords = (r: Region): number[] => [
  r.address,
  r.shape.length,
  ...r.shape,
  r.channels,
  r.rows,
  r.width,
  r.channelStep,
  r.rowStep,
  ...r.strides,
  toField(r.lo),
  toField(r.hi),
];

/** the record as u32 words, every part length-prefixed */
export function recordWords(record: ModelRecord): number[] {
  const section = (words: readonly number[]): number[] => [words.length, ...words];
  const { trees } = record;
  return [
    trees.length === 1 ? ONE_TREE : SEVERAL_TREES,
    P,
    RAM_BASE,
    ...section([...record.airHash]),
    ...section([record.profile.id, record.profile.logBlowup]),
    ...(trees.length === 1 ? [] : [trees.length]),
    ...trees.flatMap(({ root, logSize, instances }) => [
      ...section([...root, logSize]),
      ...section(instances.flatMap((i) => [i.type, i.logSize, i.base])),
    ]),
    record.inputs.length,
    ...record.inputs.flatMap((r) => section(regionWords(r))),
    record.outputs.length,
    ...record.outputs.flatMap((r) => section(regionWords(r))),
    ...section([...record.metadataHash]),
  ];
}

export const modelId = (record: ModelRecord): Digest => truncate(hash(PURPOSE.MODEL, recordWords(record)));

/** identity of a `.zkb` file: every byte of it, the report for people too */
export const contentHash = (zkb: Uint8Array): Digest => truncate(hashBytes(PURPOSE.CONTENT, zkb));
