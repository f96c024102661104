// A model as a picture shows it, in plain data: its nodes with what they read, hold and cost, and all cells of a proof by chip and node. Source: the
// compile report (report.ts), values.ts, and the cells of vm/estimate/owned.ts, which are handed in. Caveat: shapes, errors and saturation are the
// report's, a claim of whoever made the file; cells are counted on the program itself. Texts of a file are cut and freed of control characters.
import { encodingOf, realRange } from '../../vm/program/encoding.ts';
import type { Program, Region } from '../../vm/program/types.ts';
import type { RowCounts } from '../layout/rows.ts';
import { ACTS, escaped } from '../onnx/names.ts';
import { fewSamples } from './few-samples.ts';
import type { StageReport } from './report.ts';
import type { StoredReport } from './stored.ts';
import type { ModelValues, NodeValues } from './values.ts';

/** One ONNX node that a node of the picture computes. */
interface OnnxPart {
  operator: string;
  /** place in the file; undefined for what the compiler put in */
  index?: number;
  name: string;
}

/**
 * What the machine does at one go, an input, or an output.
 * @example
 * const dear: PictureNode[] = pictureOf(model).nodes.filter(({ cells }) => cells > 100_000);
 * console.log(dear.map(({ name, shape }) => [name, shape]));
 */
export interface PictureNode {
  kind: 'input' | 'node' | 'output';
  /** of the input or output; of a node its first ONNX node's */
  name: string;
  /** ONNX nodes in it; empty for inputs and outputs */
  parts: OnnxPart[];
  /** places of the nodes that it reads */
  reads: number[];
  /** of the result */
  shape?: number[];
  /** least and most integer, and the real number that one step is */
  integers?: [low: number, high: number];
  scale?: number;
  bits?: number;
  /** the real numbers of an input or output, in words */
  declared?: string;
  /** cells of its own; it has a share in tables, padding and what a proof has once besides */
  cells: number;
  /** largest error against the float model, relative; of an output over all samples */
  error?: number;
  /** what of it the node itself adds */
  ownError?: number;
  /** share of results outside the calibrated range */
  saturated?: number;
  largestWeight?: number;
  accumulatorBits?: number;
  divisor?: number;
  /** copies that layouts made necessary for it */
  copies?: { kind: string; elements: number; rows: RowCounts }[];
  /** of an output: share of rows with the float model's largest element, and the sample in which it is furthest off */
  sameArgmax?: number;
  worstSample?: number;
  /** counted where the model was compiled, and in no file */
  values?: NodeValues;
}

/**
 * Whose cells: a node's place, several nodes', nobody's, or the whole proof's.
 * @example const owners: PictureOwner[] = pictureOf(model).owned.map(({ owner }) => owner);
 */
export type PictureOwner = number | 'shared' | 'padding' | 'proof';

/**
 * A compiled model, drawn. Plain data: it can be sent, stored and compared.
 * @example
 * const picture: ModelPicture = pictureOf(model);
 * picture.owned.reduce((sum, { cells }) => sum + cells, 0) === picture.cells; // every cell of a proof has an owner
 */
export interface ModelPicture {
  name: string;
  /** of the proof whose cells these are */
  profile: string;
  cells: number;
  proofBytes: number;
  /** calibration samples of the figures on accuracy; undefined for a file that says nothing */
  samples?: number;
  accuracy?: { target: number; error: number };
  /** samples whose values were counted; undefined where none were */
  countedSamples?: number;
  /** what to know of these figures, for people */
  notes: string[];
  nodes: PictureNode[];
  chips: { chip: string; cells: number; columns: { fixed: number; trace: number; lookups: number }; logSizes: number[] }[];
  /** all cells; `lookupCells` of them are columns of lookups (LogUp) */
  owned: { chip: string; owner: PictureOwner; rows: number; cells: number; lookupCells: number }[];
  tables: { name: string; intervals: number }[];
}

/** what vm/estimate/owned.ts counts: entries of the source map and inputs by their places */
type Owner = { kind: 'entry' | 'input'; index: number } | { kind: 'shared' | 'padding' | 'proof' };
interface Counted {
  cells: number;
  chips: ModelPicture['chips'];
  owned: { chip: string; owner: Owner; rows: number; cells: number; lookupCells: number }[];
  flows: { from: Owner; to: number }[];
  writers: Owner[];
}

export interface PictureParts {
  program: Program;
  /** undefined for a file without a report */
  stored: StoredReport | undefined;
  /** undefined where the model was not compiled here */
  values?: ModelValues | undefined;
  counted: Counted;
  profile: string;
  proofBytes: number;
}

/** characters of a text of a file */
const MOST_LETTERS = 160;
const MOST_AXES = 16;

/** A text of a file, of a length that fits a line; what would turn or break it is shown as an escape. */
function text(given: string): string {
  // cut before the escapes, so that a text of megabytes is not gone through
  const clean = given.slice(0, MOST_LETTERS + 1).replace(ACTS, escaped);
  return clean.length > MOST_LETTERS ? `${clean.slice(0, MOST_LETTERS - 1)}…` : clean;
}

/** ONNX nodes of a place such as `model.onnx node #12 Conv "/conv2", model.onnx node #13 Add` */
function partsOf(where: string): OnnxPart[] {
  const parts = where.split(/, (?=[^"]*node #)/).map((part): OnnxPart => {
    const [, index, operator, name = ''] = /node #(\d+) (\S+)(?: "(.*)")?/s.exec(part) ?? [];
    return operator === undefined
      ? { operator: '', name: text(part) }
      : { operator: text(operator), index: Number(index), name: text(name) };
  });
  return parts.filter((part, i) => parts.findIndex((other) => other.index === part.index && other.name === part.name) === i);
}

const bitsOf = (lo: number, hi: number): number => Math.ceil(Math.log2(Math.max(1, hi - lo + 1)));
const sizes = (shape: readonly number[]): number[] => shape.slice(0, MOST_AXES);

function regionNode(kind: 'input' | 'output', region: Region, { metadata }: Program): PictureNode {
  const { name, shape, lo, hi, scale } = region;
  const rule = encodingOf(metadata, kind, name);
  return {
    kind,
    name: text(name),
    parts: [],
    reads: [],
    shape: sizes(shape),
    integers: [lo, hi],
    bits: bitsOf(lo, hi),
    ...(rule ? { declared: text(realRange(region, rule)) } : { scale }),
    cells: 0,
  };
}

function stageNode(stage: StageReport): PictureNode {
  const { where, shape, scale, lo, hi, error, ownError, saturated, largestWeight, magnitude, divisor } = stage;
  const parts = partsOf(where);
  return {
    kind: 'node',
    name: parts[0]!.name,
    parts,
    reads: [],
    ...(shape && { shape: sizes(shape) }),
    integers: [lo, hi],
    scale,
    bits: bitsOf(lo, hi),
    cells: 0,
    // -1: it was not measured
    ...(error >= 0 && { error, ownError }),
    saturated,
    largestWeight,
    accumulatorBits: Math.log2(Math.max(1, magnitude)),
    divisor,
  };
}

type Of = { kind: 'input' | 'node' | 'output'; index: number };

/**
 * For each entry of the source map the input, stage or output that its code is of. Stages that need no code have no entry, and several may have one place.
 * @returns undefined for entries of which the report says nothing
 */
function ofEntries({ inputs, outputs, sourceMap }: Program, stages: readonly StageReport[]): (Of | undefined)[] {
  const waiting = new Map<string, number[]>();
  for (const [i, { where, rows }] of stages.entries()) {
    const known = waiting.get(where);
    if (rows.cpu === 0) continue;
    if (known) known.push(i);
    else waiting.set(where, [i]);
  }
  const ends = new Map<string, Of>([
    ...inputs.map(({ name }, index): [string, Of] => [`input "${name}"`, { kind: 'input', index }]),
    ...outputs.map(({ name }, index): [string, Of] => [`output "${name}"`, { kind: 'output', index }]),
  ]);
  return sourceMap.map(({ node }) => {
    const index = waiting.get(node)?.shift();
    return index === undefined ? ends.get(node) : { kind: 'node', index };
  });
}

/** Draws a model. */
export function drawnModel({ program, stored, values, counted, profile, proofBytes }: PictureParts): ModelPicture {
  const { inputs, outputs, sourceMap } = program;
  const stages = stored?.report.stages ?? [];
  const known = ofEntries(program, stages);
  // code that the report says nothing of has nodes of its own, behind the report's
  const strangers = sourceMap.flatMap(({ node }, entry) => (known[entry] ? [] : [{ node, entry }]));
  const strangerAt = new Map(strangers.map(({ entry }, i) => [entry, i]));
  const strangersFrom = inputs.length + stages.length;
  const outputsFrom = strangersFrom + strangers.length;
  const placeOf = ({ kind, index }: Of): number => index + { input: 0, node: inputs.length, output: outputsFrom }[kind];
  const nodeAt = sourceMap.map((_, entry) => {
    const of = known[entry];
    return of ? placeOf(of) : strangersFrom + strangerAt.get(entry)!;
  });
  const ownerOf = (owner: Owner): PictureOwner =>
    owner.kind === 'entry' ? nodeAt[owner.index]! : owner.kind === 'input' ? owner.index : owner.kind;

  const nodes: PictureNode[] = [
    ...inputs.map((region) => regionNode('input', region, program)),
    ...stages.map(stageNode),
    ...strangers.map(({ node }): PictureNode => {
      const parts = partsOf(node);
      return { kind: 'node', name: parts[0]!.name, parts, reads: [], cells: 0 };
    }),
    ...outputs.map((region) => regionNode('output', region, program)),
  ];
  // what a file says is read is taken where it comes before; else what the program reads
  const before = (from: number, node: number): boolean =>
    Number.isInteger(from) && from >= 0 && from < node && nodes[from]!.kind !== 'output';
  const reads = (node: number, from: readonly number[]): void => {
    nodes[node]!.reads = [...new Set(from.filter((one) => before(one, node)))];
  };
  const fromReport = (at: number): number => (at < 0 ? (-1 - at < inputs.length ? -1 - at : Number.NaN) : inputs.length + at);
  const flowsTo = new Map<number, number[]>();
  for (const { from, to } of counted.flows) {
    const [source, target] = [ownerOf(from), nodeAt[to]!];
    if (typeof source === 'number') flowsTo.set(target, [...(flowsTo.get(target) ?? []), source]);
  }
  for (const [i, stage] of stages.entries()) reads(inputs.length + i, stage.reads.map(fromReport));
  for (let i = strangersFrom; i < outputsFrom; i++) reads(i, flowsTo.get(i) ?? []);
  const measured = new Map(stored?.report.outputs.map((output) => [output.name, output]));
  for (const [i, { name }] of outputs.entries()) {
    const node = nodes[outputsFrom + i]!;
    const output = measured.get(name);
    const writer = ownerOf(counted.writers[i]!);
    reads(outputsFrom + i, output ? [fromReport(output.from)] : typeof writer === 'number' ? [writer] : []);
    if (!output) continue;
    node.error = output.relativeError;
    node.worstSample = output.sample;
    if (output.labels > 0) node.sameArgmax = output.sameArgmax;
  }
  for (const { kind, where, elements, rows } of stored?.report.copies ?? []) {
    const stage = stages.findIndex((one) => one.where === where);
    const node = nodes[inputs.length + stage];
    if (stage >= 0 && node) node.copies = [...(node.copies ?? []), { kind: text(kind), elements, rows }];
  }
  for (const [i, own] of (values?.inputs ?? []).entries()) nodes[i]!.values = own;
  for (const [i, own] of (values?.stages ?? []).entries()) nodes[inputs.length + i]!.values = own;

  const owned = counted.owned.map(({ owner, ...rest }) => ({ ...rest, owner: ownerOf(owner) }));
  for (const { owner, cells } of owned) if (typeof owner === 'number') nodes[owner]!.cells += cells;
  return {
    name: text(program.metadata.name),
    profile,
    cells: counted.cells,
    proofBytes,
    ...(stored && { samples: stored.samples, accuracy: stored.report.accuracy }),
    ...(values && { countedSamples: values.samples }),
    notes: stored ? fewSamples(stored.samples) : [],
    nodes,
    chips: counted.chips,
    owned,
    tables: program.slots.map(({ name, intervals }) => ({ name: text(name), intervals: intervals.length / 3 })),
  };
}
