// Integer stages -> program. For each stage: the geometry of its result, its sources brought into the layout that its terms read, terms and
// constant added block by block, one STORE a block. Source: DESIGN §4, AIR.md §6.
// Caveat: emission order is stage order; the accumulator of one block is drained before the next block begins.

import { committedSpan } from '../../vm/program/committed.ts';
import { DATA_BASE, LANES } from '../../vm/program/isa.ts';
import type { Region } from '../../vm/program/types.ts';
import {
  accumulatorOf,
  addChannelConstants,
  addRows,
  allocate,
  type Block,
  blocksOf,
  drain,
  type Target,
  wordsBeforeZ,
} from '../layout/blocks.ts';
import { emitConstant, uniformChannels } from '../layout/constants.ts';
import { Emitter, rowsSince } from '../layout/emitter.ts';
import { type Geometry, imageGeometry, type Layout, type Pitch, plainGeometry, rootGeometry, stepOf, wordsFor } from '../layout/layout.ts';
import type { RowCounts } from '../layout/rows.ts';
import { atWork } from '../onnx/numbers.ts';
import { elementsOf } from '../onnx/tensor.ts';
import { constantElements, type IntegerGraph, type IntegerLinear, type IntegerMaximum } from '../quantise/integer-graph.ts';
import { maximumRequests } from '../quantise/integer-tables.ts';
import { Tables } from '../quantise/tables.ts';
import { type LinearStage, selections, sourcesOf } from '../stages/stage.ts';
import { kindOf } from '../stages/terms/index.ts';
import { NO_WISH } from '../stages/terms/term.ts';
import { emitCopy, emitGaps } from './committed.ts';
import type { Copy } from './copy.ts';
import { Sources } from './sources.ts';
import { collectWishes, inputGeometry, isRegion, MAX_LOOK_AHEAD, wantedGeometry } from './wishes.ts';

export class Lowering {
  readonly emitter = new Emitter();
  readonly tables: Tables;
  /** rows of the chips that each stage causes, its copies included, by stage id */
  readonly rows = new Map<string, RowCounts>();
  readonly #sources: Sources;
  readonly #wishes: Map<string, Pitch>;
  readonly #integers: IntegerGraph;

  /** @param committed names of inputs of which a statement has roots */
  constructor(
    integers: IntegerGraph,
    private readonly committed: ReadonlySet<string> = new Set(),
  ) {
    this.#integers = integers;
    this.tables = new Tables(integers.coarse);
    this.#wishes = collectWishes(integers.graph);
    this.#sources = new Sources(this.emitter, this.tables, integers.quantities);
  }

  /** Copies that layouts made necessary. */
  get copies(): readonly Copy[] {
    return this.#sources.copies;
  }

  /** Emits everything; the regions of inputs and outputs. */
  run(): { inputs: Region[]; outputs: Region[] } {
    const { graph, stages } = this.#integers;
    const placed = graph.inputs.map(({ name, shape }) => {
      const geometry = inputGeometry(graph, name, shape);
      const { rowWords, below } = this.#wishes.get(name) ?? NO_WISH;
      const words = Math.max(wordsFor(geometry.width), rowWords);
      const channelStep = (geometry.rows + below) * words;
      const address = this.emitter.reserve(geometry.channels * channelStep);
      const layout: Layout = { ...geometry, address, rowWords: words, below, channelStep, halves: false };
      this.#sources.place(name, layout);
      return this.#region(name, shape, layout, name);
    });
    const inputs = this.#committedInputs(placed);
    for (const integer of stages) {
      this.#sources.where = integer.stage.where;
      const before = { ...this.emitter.rows };
      this.emitter.from(integer.stage.where, () => (integer.kind === 'linear' ? this.#linear(integer) : this.#maximum(integer)));
      this.rows.set(integer.stage.id, rowsSince(before, this.emitter.rows));
    }
    const outputs = graph.outputs.map(({ name, shape, view }) => {
      this.#sources.where = `output "${name}"`;
      return this.emitter.from(this.#sources.where, () => {
        const own = this.#sources.viewed(view);
        const layout =
          own && !own.halves && own.channelStep >= own.rows * own.rowWords && isRegion(own)
            ? own
            : this.#sources.source(view, plainGeometry(shape), { rowWords: 0, below: 0, halves: false });
        return this.#region(name, shape, layout, view.root);
      });
    });
    return { inputs, outputs };
  }

  /** Committed inputs lie before RAM, and their copies, which the program begins with, where they would lie themselves. */
  #committedInputs(placed: readonly Region[]): Region[] {
    let end = DATA_BASE;
    const inputs = placed.map((region): Region => {
      if (!this.committed.has(region.name)) return region;
      const moved = { ...region, address: end };
      end += committedSpan(moved);
      this.emitter.from(`input "${region.name}"`, () => emitCopy(this.emitter, this.tables, moved, region.address));
      return moved;
    });
    for (const region of placed)
      if (this.committed.has(region.name))
        this.emitter.from(`input "${region.name}"`, () => emitGaps(this.emitter, region, region.address));
    return inputs;
  }

  #region(name: string, shape: readonly number[], layout: Layout, root: string): Region {
    const { channels, rows, width, address, channelStep, rowWords, channelIndex, rowIndex, laneIndex } = layout;
    const strides = [channelIndex, rowIndex, laneIndex].map((index) => stepOf(index)!) as [number, number, number];
    const { lo, hi, scale } = this.#integers.quantities.get(root)!;
    return { name, shape: [...shape], address, channels, rows, width, channelStep, rowStep: rowWords, strides, lo, hi, scale };
  }

  #linear(integer: IntegerLinear): void {
    const { stage, weights, slot } = integer;
    const wanted = wantedGeometry(this.#integers.graph, stage.id, MAX_LOOK_AHEAD);
    const flat = this.#flat(integer);
    const turned = flat ? undefined : this.#turned(integer, wanted);
    const beside = flat || turned ? undefined : this.#beside(stage);
    const geometry = flat?.geometry ?? (turned ? wanted! : (beside ?? this.#geometry(stage, wanted)));
    const wishes = this.#wishes.get(stage.id) ?? NO_WISH;
    if (integer.copies) {
      this.#sources.place(stage.id, this.#sources.selected(selections(stage), geometry, wishes, !beside, stage.role !== undefined));
      return;
    }
    let rowWords = Math.max(wordsFor(geometry.width), ...stage.terms.map((term) => kindOf(term).wish(term).rowWords));
    if (wishes.halves && rowWords % 2 === 1) rowWords++;
    const parts = flat
      ? flat.parts
      : turned
        ? [turned]
        : stage.terms.map((term, i) => kindOf(term).lower(term, atWork(weights[i]!), { geometry, rowWords }, this.#sources));
    const lead = parts.some((part) => part.lead);
    const layout = allocate(this.emitter, geometry, { rowWords, below: wishes.below, halves: wishes.halves });
    this.#sources.place(stage.id, layout);
    const id = this.tables.request(slot);
    const addConstant = this.#constant(constantElements(integer), geometry);
    const single = parts.some((part) => part.single);
    for (const block of turned?.blocks ?? (single || flat ? blocksOf(geometry.channels, 1) : blocksFor(stage, geometry.channels))) {
      const target: Target = { c: accumulatorOf(layout, block), rows: geometry.rows, rowWords, block };
      for (const part of parts) part.emit(target);
      addConstant(target);
      drain(this.emitter, { layout, stored: rowWords, lead, slot: id }, block);
    }
  }

  /** Adds the stage's constant to a block: one for each channel, or one for each element. */
  #constant(constant: Float64Array | undefined, geometry: Geometry): (target: Target) => void {
    if (!constant) return () => {};
    if (!uniformChannels(geometry, constant)) return (target) => emitConstant(this.emitter, geometry, constant, target);
    const corner = geometry.rowIndex[0]! + geometry.laneIndex[0]!;
    return (target) => addChannelConstants(this.emitter, target, (channel) => constant[geometry.channelIndex[channel]! + corner]!);
  }

  /** A gate of a recurrent layer: its outputs in the lanes of one row, so that what is done with single elements costs a word for sixteen of them. */
  #flat({ stage, weights }: IntegerLinear) {
    if (stage.role === undefined || stage.terms.length === 0) return undefined;
    const parts = stage.terms.map((term, i) => kindOf(term).flat(term, atWork(weights[i]!), this.#sources));
    return parts.every((part) => part !== undefined) ? { geometry: imageGeometry(1, 1, elementsOf(stage.shape)), parts } : undefined;
  }

  /** Another way to compute a stage that has a single term and a single reader. */
  #turned({ stage, weights }: IntegerLinear, wanted: Geometry | undefined) {
    const [term] = stage.terms;
    if (!wanted || !term || stage.terms.length !== 1) return undefined;
    const { graph } = this.#integers;
    const readers = [...graph.stages.flatMap(sourcesOf), ...graph.outputs.map(({ view }) => view)].filter(({ root }) => root === stage.id);
    return readers.length === 1 ? kindOf(term).turned(term, atWork(weights[0]!), wanted, this.#sources) : undefined;
  }

  /** Geometry of the stage's result: a term that sums decides; elementwise stages keep what they read. */
  #geometry(stage: LinearStage, wanted: Geometry | undefined): Geometry {
    for (const term of stage.terms) {
      const { elements } = kindOf(term);
      if (elements.are === 'sums') return elements.geometry(term, this.#sources);
    }
    const kept = stage.terms.find((term) => kindOf(term).elements.are !== 'moved');
    return (kept && this.#sources.viewed(kept.source)) ?? wanted ?? plainGeometry(stage.shape);
  }

  /** What is repeated to be combined with another tensor, element by element, lies as that one does. */
  #beside({ id, terms, shape }: LinearStage): Geometry | undefined {
    const [term] = terms;
    if (terms.length !== 1 || kindOf(term!).elements.are !== 'moved') return undefined;
    const { channels, rows, width } = this.#sources.stored(term!.source.root);
    if (channels * rows * width >= elementsOf(shape)) return undefined;
    for (const stage of this.#integers.graph.stages) {
      const views = sourcesOf(stage);
      const own = views.find(({ root }) => root === id);
      if (!own) continue;
      if (stage.kind !== 'linear' || stage.terms.some((each) => !['multiplied', 'scaled'].includes(kindOf(each).elements.are)))
        return undefined;
      const other = views.map((view) => (view.root === id ? undefined : this.#sources.placed(view))).find((layout) => layout !== undefined);
      return other && rootGeometry(other, own);
    }
    return undefined;
  }

  /** max(a, b) = a + positive(b - a): rows first, then halves. */
  #maximum({ stage, result }: IntegerMaximum): void {
    const { channels, height, width, outHeight, outWidth } = stage.planes;
    const wishes = this.#wishes.get(stage.id) ?? NO_WISH;
    const geometry = imageGeometry(channels, outHeight, outWidth);
    let rowWords = wordsFor(outWidth);
    if (wishes.halves && rowWords % 2 === 1) rowWords++;
    const source = this.#sources.source(stage.source, imageGeometry(channels, height, width), {
      rowWords: 2 * wordsBeforeZ(rowWords),
      below: 0,
      halves: true,
    });
    const half = source.rowWords / 2;
    const { emitter } = this;
    const { larger, last } = maximumRequests(result);
    const positive = this.tables.request(larger);
    const identity = this.tables.request(last);
    const taller = allocate(emitter, imageGeometry(channels, outHeight, source.rowWords * LANES), {
      rowWords: source.rowWords,
      below: 0,
      halves: false,
    });
    const wider = allocate(emitter, imageGeometry(channels, outHeight, outWidth), { rowWords: half, below: 0, halves: false });
    const layout = allocate(emitter, geometry, { rowWords, below: wishes.below, halves: wishes.halves });
    this.#sources.place(stage.id, layout);
    /** rows of the source: upper or lower of each pair, from word `j` on */
    const rows = (lower: number, j: number, available: number) => ({
      address: source.address + lower * source.rowWords + j,
      channelStep: source.channelStep,
      available,
      stride: 2 * source.rowWords,
    });
    const part = (of: Layout, j: number, available: number) => ({
      address: of.address + j,
      channelStep: of.channelStep,
      available,
      stride: of.rowWords,
    });
    for (const block of blocksOf(channels, LANES)) {
      const into = (to: Layout, words: number): Target => ({ c: accumulatorOf(to, block), rows: outHeight, rowWords: words, block });
      const add = (target: Target, what: ReturnType<typeof rows>, sign: number): void => addRows(emitter, target, what, () => sign);
      // how much the lower row is larger, both halves at once; lanes without a pixel are 0 - 0
      const down = into(taller, source.rowWords);
      add(down, rows(1, 0, source.rowWords), 1);
      add(down, rows(0, 0, source.rowWords), -1);
      drain(emitter, { layout: taller, stored: source.rowWords, lead: false, slot: positive }, block);
      // how much the odd half of that maximum is larger
      const across = into(wider, half);
      add(across, rows(0, half, half), 1);
      add(across, part(taller, half, half), 1);
      add(across, rows(0, 0, half), -1);
      add(across, part(taller, 0, half), -1);
      drain(emitter, { layout: wider, stored: half, lead: false, slot: positive }, block);
      const last = into(layout, rowWords);
      add(last, rows(0, 0, half), 1);
      add(last, part(taller, 0, half), 1);
      add(last, part(wider, 0, half), 1);
      drain(emitter, { layout, stored: rowWords, lead: false, slot: identity }, block);
    }
  }
}

/** Channels that share an accumulator: those that a term mixes; sixteen where each channel stands for itself. */
function blocksFor({ terms }: LinearStage, channels: number): Block[] {
  for (const term of terms) {
    const { elements } = kindOf(term);
    if (elements.are === 'sums') return elements.blocks(term, channels);
  }
  return blocksOf(channels, LANES);
}
