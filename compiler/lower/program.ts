// Integer stages -> program. For each stage: the geometry of its result, its sources brought into the layout that its terms read, terms and
// constant added block by block, one STORE a block. Source: DESIGN §4, AIR.md §6.
// Caveat: emission order is stage order; the accumulator of one block is drained before the next block begins.
import { LANES } from '../../vm/program/isa.ts';
import type { Region } from '../../vm/program/types.ts';
import { constantElements, type IntegerGraph, type IntegerLinear, type IntegerMaximum } from '../quantise/stages.ts';
import { Tables } from '../quantise/tables.ts';
import { selections, sourcesOf } from '../stages/stage.ts';
import type { Term } from '../stages/terms.ts';
import { accumulatorOf, addChannelConstants, addRows, allocate, type Block, blocksOf, drain, type Target } from './blocks.ts';
import { Emitter, type RowCounts, rowsSince } from './emitter.ts';
import { type Geometry, imageGeometry, type Layout, plainGeometry, sameGeometry, stepOf, wordsFor } from './layout.ts';
import { type Copy, inverseOf, Sources } from './sources.ts';
import {
  emitAverage,
  emitConstant,
  emitContract,
  emitConvolution,
  emitDense,
  emitFold,
  emitFullyConnected,
  emitHadamard,
  emitProduct,
  emitScale,
  emitTotal,
  scaleFactors,
  uniformChannels,
} from './terms.ts';
import { emitTurned, turnedBlocks, turnedDense, turnedWeights } from './turned.ts';
import { collectWishes, convolutionWords, inputGeometry, isRegion, MAX_LOOK_AHEAD, type Wishes, wantedGeometry } from './wishes.ts';

const NO_WISHES: Wishes = { rowWords: 0, below: 0, halves: false };

export class Lowering {
  readonly emitter = new Emitter();
  readonly tables = new Tables();
  /** rows of the chips that each stage causes, its copies included, by stage id */
  readonly rows = new Map<string, RowCounts>();
  readonly #sources: Sources;
  readonly #wishes: Map<string, Wishes>;
  readonly #integers: IntegerGraph;

  constructor(integers: IntegerGraph) {
    this.#integers = integers;
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
    const inputs = graph.inputs.map(({ name, shape }) => {
      const geometry = inputGeometry(graph, name, shape);
      const { rowWords, below } = this.#wishes.get(name) ?? NO_WISHES;
      const words = Math.max(wordsFor(geometry.width), rowWords);
      const channelStep = (geometry.rows + below) * words;
      const address = this.emitter.reserve(geometry.channels * channelStep);
      const layout: Layout = { ...geometry, address, rowWords: words, below, channelStep, halves: false };
      this.#sources.place(name, layout);
      return this.#region(name, shape, layout, name);
    });
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

  #region(name: string, shape: readonly number[], layout: Layout, root: string): Region {
    const { channels, rows, width, address, channelStep, rowWords, channelIndex, rowIndex, laneIndex } = layout;
    const strides = [channelIndex, rowIndex, laneIndex].map((index) => stepOf(index)!) as [number, number, number];
    const { lo, hi, scale } = this.#integers.quantities.get(root)!;
    return { name, shape: [...shape], address, channels, rows, width, channelStep, rowStep: rowWords, strides, lo, hi, scale };
  }

  #linear(integer: IntegerLinear): void {
    const { stage, weights, slot } = integer;
    const wanted = wantedGeometry(this.#integers.graph, stage.id, MAX_LOOK_AHEAD);
    const turned = this.#turned(integer, wanted);
    const geometry = turned ? wanted! : this.#sources.geometry(integer, wanted);
    const wishes = this.#wishes.get(stage.id) ?? NO_WISHES;
    if (integer.copies) {
      this.#sources.place(stage.id, this.#sources.selected(selections(stage), geometry, wishes, true));
      return;
    }
    const constant = constantElements(integer);
    const perElement = stage.terms.map((term, i) => (term.kind === 'scale' ? scaleFactors(term, weights[i]!) : undefined));
    const products = perElement.map(
      (factors, i) => stage.terms[i]!.kind === 'product' || (factors !== undefined && !uniformChannels(geometry, factors)),
    );

    let rowWords = wordsFor(geometry.width);
    for (const term of stage.terms) if (term.kind === 'convolution') rowWords = Math.max(rowWords, convolutionWords(term));
    if (wishes.halves && rowWords % 2 === 1) rowWords++;
    const parts = turned
      ? [turned.part()]
      : stage.terms.map((term, i) => this.#part(term, weights[i]!, geometry, rowWords, perElement[i], products[i]!));
    const lead = parts.some((part) => part.lead);
    const layout = allocate(this.emitter, geometry, { rowWords, below: wishes.below, halves: wishes.halves });
    this.#sources.place(stage.id, layout);
    const id = stage.exact ? this.tables.shared(slot) : this.tables.request(slot);
    const uniform = constant && uniformChannels(geometry, constant);
    const corner = geometry.rowIndex[0]! + geometry.laneIndex[0]!;
    for (const block of turned?.blocks ?? this.#blocks(stage.terms, geometry.channels, products.includes(true))) {
      const target: Target = { c: accumulatorOf(layout, block), rows: geometry.rows, rowWords, block };
      for (const { emit } of parts) emit(target);
      if (constant && uniform) addChannelConstants(this.emitter, target, (channel) => constant[geometry.channelIndex[channel]! + corner]!);
      else if (constant) emitConstant(this.emitter, geometry, constant, target);
      drain(this.emitter, { layout, stored: rowWords, lead, slot: id }, block);
    }
  }

  /** A dense map whose only reader wants positions in the channels and outputs in the lanes. */
  #turned({ stage, weights }: IntegerLinear, wanted: Geometry | undefined) {
    const [term] = stage.terms;
    if (!wanted || stage.terms.length !== 1 || term?.kind !== 'dense' || term.from.length === 1) return undefined;
    const { graph } = this.#integers;
    const readers = [...graph.stages.flatMap(sourcesOf), ...graph.outputs.map(({ view }) => view)].filter(({ root }) => root === stage.id);
    const plain = this.#sources.contracted(term);
    if (readers.length !== 1 || !plain || sameGeometry(plain.result, wanted)) return undefined;
    const turned = turnedDense(term, plain.source, wanted);
    const blocks = turned && turnedBlocks(turned);
    if (!turned || !blocks) return undefined;
    const placed = new Map<number, number>();
    const place = (first: number, rowWords: number): number => {
      const known = placed.get(first);
      if (known !== undefined) return known;
      const at = this.emitter.place(turnedWeights(term, weights[0]!, first, wanted.width, rowWords));
      placed.set(first, at);
      return at;
    };
    const part = () => ({ emit: (target: Target) => emitTurned(this.emitter, term, turned, place, target), lead: false });
    return { blocks, part };
  }

  /** How a term is emitted into one block, and whether it makes coefficients before position 0, which only LEAD can drain. */
  #part(
    term: Term,
    weights: Float64Array,
    geometry: Geometry,
    rowWords: number,
    factors: Float64Array | undefined,
    product: boolean,
  ): { emit: (target: Target) => void; lead: boolean } {
    const { emitter } = this;
    const source = this.#sources.sourceOf(term, geometry, rowWords, product);
    switch (term.kind) {
      case 'convolution':
        return { emit: (target) => emitConvolution(emitter, term, weights, source, target), lead: term.kernelWidth - 1 > term.pads[1] };
      case 'fold':
        return { emit: (target) => emitFold(emitter, term, weights[0]!, geometry, source, target), lead: false };
      case 'product':
      case 'contract': {
        const other = this.#sources.otherOf(term, geometry, rowWords);
        if (term.kind === 'product') return { emit: (target) => emitHadamard(emitter, source, other, target), lead: false };
        return { emit: (target) => emitContract(emitter, term, source, other, target), lead: false };
      }
      case 'average':
        return { emit: (target) => emitAverage(emitter, weights[0]!, source, target), lead: false };
      case 'total':
        return { emit: (target) => emitTotal(emitter, weights[0]!, source, target), lead: source.width > 1 };
      case 'select': {
        const rows = { ...source, available: source.rowWords, stride: source.rowWords };
        return { emit: (target) => addRows(emitter, target, rows, () => weights[0]!), lead: false };
      }
      case 'scale':
        return { emit: (target) => (product ? emitProduct : emitScale)(emitter, factors!, source, target), lead: false };
      case 'dense': {
        const name = inverseOf(term.source);
        // a single position whose inputs do not lie in channels is read as it lies
        if (this.#sources.scattered(term, geometry))
          return { emit: (target) => emitFullyConnected(emitter, term, weights, source, name, target), lead: source.width > 1 };
        return { emit: (target) => emitDense(emitter, term, weights, source, target), lead: false };
      }
    }
  }

  /** Channels that share an accumulator: those that mix; sixteen where each channel stands for itself. */
  #blocks(terms: readonly Term[], channels: number, products: boolean): Block[] {
    if (products) return blocksOf(channels, 1);
    const term = terms.find(({ kind }) => kind !== 'scale' && kind !== 'select');
    if (term?.kind === 'dense') return blocksOf(channels, channels);
    // a matrix product reads its second factor word by word
    if (term?.kind === 'contract')
      return Array.from({ length: term.count }, (_, n) =>
        blocksOf(term.columns, LANES).map(({ from, to }) => ({ from: from + n * term.columns, to: to + n * term.columns })),
      ).flat();
    if (term?.kind !== 'convolution') return blocksOf(channels, LANES);
    const { samples, outChannels, group } = term;
    const perGroup = outChannels / group;
    const size = group === 1 ? outChannels : perGroup * Math.max(1, Math.floor(LANES / perGroup));
    return Array.from({ length: samples }, (_, n) =>
      blocksOf(outChannels, size).map(({ from, to }) => ({ from: from + n * outChannels, to: to + n * outChannels })),
    ).flat();
  }

  /** max(a, b) = a + positive(b - a): rows first, then halves. */
  #maximum({ stage, result }: IntegerMaximum): void {
    const { channels, height, width, outHeight, outWidth } = stage.planes;
    const wishes = this.#wishes.get(stage.id) ?? NO_WISHES;
    const geometry = imageGeometry(channels, outHeight, outWidth);
    let rowWords = wordsFor(outWidth);
    if (wishes.halves && rowWords % 2 === 1) rowWords++;
    const source = this.#sources.source(stage.source, imageGeometry(channels, height, width), {
      rowWords: 2 * Math.max(1, rowWords - 1),
      below: 0,
      halves: true,
    });
    const half = source.rowWords / 2;
    const { emitter } = this;
    const positive = this.tables.positivePart(result.hi - result.lo);
    const identity = result.lo >= 0 ? positive : this.tables.identity(result.lo, result.hi);
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
