// Where every tensor lies, and the layout in which a term reads it: as it lies if it fits, else through a copy.
// Source: DESIGN §8 ("an operator may be slow, never silently wrong"). Caveat: copies are not shared between consumers.
import { type Emitter, rowsSince } from '../layout/emitter.ts';
import { type Geometry, type Layout, type Pitch, rowsAsChannels, sameGeometry, viewedGeometry, wordsFor } from '../layout/layout.ts';
import type { View } from '../layout/view.ts';
import { allFine } from '../quantise/integer-tables.ts';
import type { Tables } from '../quantise/tables.ts';
import type { Quantity } from '../quantise/targets.ts';
import type { Selection, Tensors } from '../stages/terms/term.ts';
import type { Copy } from './copy.ts';
import { fill, repeatedElements, rowOf } from './fill.ts';
import { findMove, type Move, type MovePart, moveRows, rowsBelow, wordsToMove, wordsToRead } from './moves.ts';
import { relayout, repitch, spreadElements, wordOrder } from './relayout.ts';

export class Sources implements Tensors {
  readonly copies: Copy[] = [];
  readonly #layouts = new Map<string, Layout>();
  readonly #pitches = new Map<string, Layout>();
  readonly #spreads = new Map<string, (element: number) => number>();
  /** node being lowered, for the list of copies */
  where = '';

  constructor(
    readonly emitter: Emitter,
    readonly tables: Tables,
    readonly quantities: ReadonlyMap<string, Quantity>,
  ) {}

  /** Lists a copy of a tensor of this geometry, with the rows that `run` emits. */
  #copy(kind: Copy['kind'], { channels, rows, width }: Geometry, run: () => Layout): Layout {
    const copy: Copy = { kind, where: this.where, elements: channels * rows * width, rows: { cpu: 0, mac: 0, store: 0 } };
    this.copies.push(copy);
    const before = { ...this.emitter.rows };
    const layout = run();
    copy.rows = rowsSince(before, this.emitter.rows);
    return layout;
  }

  place(root: string, layout: Layout): void {
    this.#layouts.set(root, layout);
  }

  stored(root: string): Layout {
    return this.#layouts.get(root)!;
  }

  /** The same for a root that may have no place yet. */
  placed(view: View): Layout | undefined {
    return this.#layouts.has(view.root) ? this.viewed(view) : undefined;
  }

  viewed(view: View): Layout | undefined {
    const layout = this.stored(view.root);
    const geometry = viewedGeometry(layout, view);
    return geometry && { ...layout, ...geometry };
  }

  /** Word of each element of a root; the spreading is shared by all who need it. */
  #spread(root: string): (element: number) => number {
    const known = this.#spreads.get(root);
    if (known) return known;
    const words = spreadElements(this.emitter, this.stored(root), this.#identity(root));
    this.#spreads.set(root, words);
    return words;
  }

  /**
   * A new tensor of elements of one or more sources with the same range of integers.
   * @param free its geometry may be another one
   * @param often others select elements of the same source, so that spreading all of it pays
   */
  selected(terms: readonly Selection[], geometry: Geometry, pitch: Omit<Pitch, 'halves'>, free = false, often = false): Layout {
    const single = (): Layout | undefined =>
      terms.length === 1 ? this.#words(terms[0]!.source, terms[0]!.index, geometry, pitch) : undefined;
    const shared = often ? single() : undefined;
    if (shared) return shared;
    const picked = terms.length === 1 ? this.#picked(terms[0]!) : undefined;
    if (picked && (free || sameGeometry(picked, geometry))) {
      if (picked.rowWords >= pitch.rowWords && picked.below >= pitch.below) return picked;
      const { root } = terms[0]!.source;
      return this.#copy('repitch', picked, () => repitch(this.emitter, picked, { ...pitch, halves: false }, this.#identity(root)));
    }
    const moved =
      this.#moved(terms, geometry, pitch) ?? this.#filled(terms, geometry, pitch) ?? (free ? this.#reordered(terms, pitch) : undefined);
    if (moved) return moved;
    const alone = single();
    if (alone) return alone;
    return this.#copy('relayout', geometry, () => {
      const parts = terms.map(({ source, index }) => ({ words: this.#spread(source.root), order: source.index, index }));
      const wordOf = (e: number): number | undefined => {
        for (const { words, order, index } of parts) {
          const at = index[e]!;
          if (at >= 0) return words(order ? order[at]! : at);
        }
        return undefined;
      };
      return relayout(this.emitter, wordOf, geometry, pitch, this.#identityOf(terms));
    });
  }

  /** an identity for the integers of all sources and zero */
  #identityOf(terms: readonly Selection[]): number {
    const ranges = terms.map(({ source }) => this.quantities.get(source.root)!);
    const [lo, hi] = [Math.min(0, ...ranges.map((range) => range.lo)), Math.max(0, ...ranges.map((range) => range.hi))];
    return this.tables.identity({ lo, hi, fine: allFine(ranges) });
  }

  #identity(root: string): number {
    return this.tables.identity(this.quantities.get(root)!);
  }

  /** A new tensor made of whole rows of its sources, if it is that. */
  #moved(terms: readonly Selection[], geometry: Geometry, pitch: Omit<Pitch, 'halves'>): Layout | undefined {
    const found = terms.map(({ source, index }) => {
      const own = this.viewed(source);
      const move = own && !own.halves ? findMove(own, index, geometry) : undefined;
      return own && move && { own, move, root: source.root };
    });
    if (found.some((part) => !part)) return undefined;
    const whole = found as { own: Layout; move: Move; root: string }[];
    const stored = Math.max(...whole.map(({ move, own }) => wordsToMove(move, own, geometry.width)));
    const parts = whole.map(({ own, move, root }): MovePart => {
      const below = rowsBelow(move, own, geometry.rows);
      const words = wordsToRead(move, own, stored);
      if (move.laneStep === 1 && own.below >= below && own.rowWords >= words) return { move, source: own };
      const rowWords = move.laneStep * Math.max(words, wordsFor(Math.ceil(own.width / move.laneStep)));
      return { move, source: this.#pitched(root, own, { rowWords, below, halves: move.laneStep === 2 }) };
    });
    return this.#copy('move', geometry, () => moveRows(this.emitter, parts, geometry, { ...pitch, stored }, this.#identityOf(terms)));
  }

  /** A tensor of which every channel repeats one element of the source. */
  #filled(terms: readonly Selection[], geometry: Geometry, pitch: Omit<Pitch, 'halves'>): Layout | undefined {
    const [{ source, index }] = terms as [Selection];
    if (terms.length !== 1) return undefined;
    const whole = repeatedElements(index, geometry);
    const apart = !whole && pitch.below === 0 && geometry.rows > 1 ? rowsAsChannels(geometry) : undefined;
    const elements = whole ?? (apart && repeatedElements(index, apart));
    if (!elements) return undefined;
    const identity = this.#identityOf(terms);
    return this.#copy('move', geometry, () => {
      const row = rowOf(elements.length);
      const own = this.viewed(source);
      const there =
        own &&
        own.rows === 1 &&
        own.channels === 1 &&
        !own.halves &&
        own.width === elements.length &&
        elements.every((e, i) => own.channelIndex[0]! + own.rowIndex[0]! + own.laneIndex[i]! === e);
      const from = there ? own : this.selected([{ source, index: elements }], row, { rowWords: 0, below: 0 });
      const layout = fill(this.emitter, from, apart ?? geometry, pitch, identity);
      if (!apart) return layout;
      const { channels, rows, channelIndex, rowIndex } = geometry;
      return { ...layout, channels, rows, channelIndex, rowIndex, channelStep: layout.channelStep * rows };
    });
  }

  /** The root's rows with this pitch, copied once for all who need it. */
  #pitched(root: string, own: Layout, pitch: Pitch): Layout {
    const key = `${root} ${pitch.halves} ${own.channelIndex.join()} ${own.rowIndex.join()} ${own.laneIndex.join()}`;
    const known = this.#pitches.get(key);
    if (known && known.below >= pitch.below && known.rowWords >= pitch.rowWords) return known;
    const layout = this.#copy('repitch', own, () => repitch(this.emitter, own, pitch, this.#identity(root)));
    this.#pitches.set(key, layout);
    return layout;
  }

  /** A selection of whole channels, in whatever order, with the geometry that follows from its source. */
  #reordered(terms: readonly Selection[], pitch: Omit<Pitch, 'halves'>): Layout | undefined {
    const [term] = terms;
    const own = terms.length === 1 ? this.viewed(term!.source) : undefined;
    const picked = own && pickedChannels(own, term!.index);
    return picked && this.#moved(terms, picked.geometry, pitch);
  }

  source(view: View, geometry: Geometry, pitch: Pitch): Layout {
    const identity = (): number => this.#identity(view.root);
    const own = this.viewed(view);
    let layout: Layout;
    if (own && sameGeometry(own, geometry)) layout = own;
    else
      layout =
        this.#words(view, undefined, geometry, pitch) ??
        this.#copy('relayout', geometry, () => {
          const spread = this.#spread(view.root);
          return relayout(this.emitter, (e) => spread(view.index ? view.index[e]! : e), geometry, pitch, identity());
        });
    if (layout.halves === pitch.halves && layout.rowWords >= pitch.rowWords && layout.below >= pitch.below) return layout;
    return this.#copy('repitch', geometry, () => repitch(this.emitter, layout, pitch, identity()));
  }

  /** Single elements, one a channel, read where all elements of their source were spread over words; undefined where those are not equally spaced. */
  #words(view: View, index: Int32Array | undefined, geometry: Geometry, { rowWords, below }: Omit<Pitch, 'halves'>): Layout | undefined {
    const { channels, rows, width, channelIndex, rowIndex, laneIndex } = geometry;
    if (rows !== 1 || width !== 1 || rowWords > 1 || below > 0) return undefined;
    const elements = Array.from(channelIndex, (channel) => {
      const e = channel + rowIndex[0]! + laneIndex[0]!;
      const at = index ? index[e]! : e;
      return at >= 0 && view.index ? view.index[at]! : at;
    });
    if (elements.some((e) => e < 0)) return undefined;
    const known = this.#spreads.has(view.root);
    const order = wordOrder(this.stored(view.root));
    const step = channels > 1 ? order(elements[1]!) - order(elements[0]!) : 1;
    if (step < 1 || elements.some((e, i) => order(e) !== order(elements[0]!) + i * step)) return undefined;
    const place = (): Layout => {
      const address = this.#spread(view.root)(elements[0]!);
      return { ...geometry, address, rowWords: 1, below: 0, channelStep: step, halves: false };
    };
    return known ? place() : this.#copy('relayout', geometry, place);
  }

  /** A selection that only picks or repeats equally spaced channels, read where it lies. */
  #picked({ source, index }: Selection): Layout | undefined {
    const own = this.viewed(source);
    if (!own || own.halves) return undefined;
    const found = pickedChannels(own, index);
    if (!found) return undefined;
    const { geometry, channels } = found;
    const step = channels.length > 1 ? channels[1]! - channels[0]! : 1;
    if (step < 0 || channels.some((c, i) => c !== channels[0]! + i * step)) return undefined;
    return { ...own, ...geometry, address: own.address + channels[0]! * own.channelStep, channelStep: step * own.channelStep };
  }
}

/** Whole channels that a selection picks or repeats: the source's channel for each of the result, and the result's geometry. */
function pickedChannels(own: Geometry, index: Int32Array): { geometry: Geometry; channels: number[] } | undefined {
  const places = new Map<number, [channel: number, position: number]>();
  for (const [c, channel] of own.channelIndex.entries())
    for (const [r, row] of own.rowIndex.entries())
      for (const [x, lane] of own.laneIndex.entries()) places.set(channel + row + lane, [c, r * own.width + x]);
  // elements of the result by position, ascending: the i-th of each position belongs to the i-th channel of the result
  const lists: number[][] = Array.from({ length: own.rows * own.width }, () => []);
  const channels: number[] = [];
  for (const [e, at] of index.entries()) {
    if (at < 0) return undefined;
    const [c, position] = places.get(at)!;
    lists[position]!.push(e);
    if (position === 0) channels.push(c);
  }
  const [corners] = lists as [number[]];
  if (corners.length === 0) return undefined;
  const rowIndex = own.rowIndex.map((_, r) => lists[r * own.width]![0]! - corners[0]!);
  const laneIndex = own.laneIndex.map((_, x) => lists[x]![0]! - corners[0]!);
  for (let r = 0; r < own.rows; r++)
    for (let x = 0; x < own.width; x++) {
      const list = lists[r * own.width + x]!;
      if (list.length !== corners.length) return undefined;
      for (const [i, e] of list.entries())
        if (e !== corners[i]! + rowIndex[r]! + laneIndex[x]! || places.get(index[e]!)![0] !== channels[i]) return undefined;
    }
  const geometry = { ...own, channels: channels.length, channelIndex: Int32Array.from(corners), rowIndex, laneIndex };
  return { geometry, channels };
}
