// A kind of term: a linear map that adds into one accumulator, with everything that the compiler asks of it. One file holds a kind: its
// arithmetic, its bounds, its rounding, where its tensors would like to lie, and its instructions. Source: DESIGN §4 and §6, AIR.md §6.
// Caveat: weights are whatever the caller passes, real or integer, in the term's own order, so that both worlds share one definition.
import type { Block, Target } from '../../layout/blocks.ts';
import type { Emitter } from '../../layout/emitter.ts';
import type { Geometry, Layout, Pitch } from '../../layout/layout.ts';
import type { View } from '../../layout/view.ts';
import type { Integers } from '../../onnx/numbers.ts';
import type { Shape } from '../../onnx/tensor.ts';

/** What all terms have. */
export interface AnyTerm {
  kind: string;
  source: View;
  /** second source, for a term that multiplies computed tensors; then its one weight is positive and decides the accumulator's unit */
  other?: View;
  weights: Float64Array;
}

/** Elements of one source: element e of the result is element index[e], or nothing where that is negative. */
export interface Selection {
  source: View;
  index: Int32Array;
}

export type Interval = readonly [low: number, high: number];

/** Collects what an accumulator can hold when every element of the sources may be anything in its range; zero counts too, for padding. */
export interface Bounds {
  /** elements of the result */
  readonly count: number;
  /** of one output that sums elements with this weight each */
  sum(count: number, weight: number): Interval;
  /** of each output that sums elements with weights of a matrix: those of output o from o·outputStep on, inputStep apart */
  sums(weights: Integers, matrix: Pick<InputGroup, 'outputs' | 'outputStep' | 'inputStep' | 'depth'>): (output: number) => Interval;
  /** of one output that sums products of an element of each source */
  products(count: number): Interval;
  /** element `at` of the result can be in the interval */
  add(at: number, interval: Interval): void;
}

/** Inputs that each of some outputs sums, the same for all of them. */
export interface InputGroup {
  /** place of weight (output o, input k) is first + o·outputStep + k·inputStep */
  first: number;
  outputs: number;
  outputStep: number;
  inputStep: number;
  depth: number;
  /** how many times one sample has such inputs */
  positions: number;
  /** Writes the inputs of one position, from `at` on, over zeros. */
  read(sample: Float64Array, position: number, values: Float64Array, at: number): void;
}

/** How weights are rounded along the calibration inputs. */
export interface Rounding<T> {
  groups(term: T): InputGroup[];
  /** Adds the mean error of each output, in the order of the groups, to the elements that it makes. */
  addMeans(term: T, means: Float64Array, data: Float64Array): void;
}

/** What an element of the result is made of. */
export type Elements<T> =
  /** the source's element at the same place times a factor, or the product of both sources' */
  | { are: 'scaled' | 'multiplied' }
  /** one element of the source, wherever it is, or nothing */
  | { are: 'moved'; index(term: T): Int32Array }
  /** several elements: the term decides how the result lies, and which of its channels share an accumulator */
  | { are: 'sums'; geometry(term: T, tensors: Tensors): Geometry; blocks(term: T, channels: number): Block[] };

/** Where tensors lie, and copies that lie otherwise: lower/sources.ts. */
export interface Tensors {
  readonly emitter: Emitter;
  /** the root as it lies */
  stored(root: string): Layout;
  /** the root's layout in the order of the view, if that order is separable */
  viewed(view: View): Layout | undefined;
  /** A layout of the view with this geometry and at least this pitch; copies if there is none. */
  source(view: View, geometry: Geometry, pitch: Pitch): Layout;
  /** The selected elements as a tensor of this geometry, copied where they do not lie like that. */
  selected(parts: readonly Selection[], geometry: Geometry, pitch: Omit<Pitch, 'halves'>): Layout;
}

/** What the result of a stage is to look like. */
export interface Wanted {
  geometry: Geometry;
  /** words a row of the accumulator */
  rowWords: number;
}

/** A term whose sources are in place. */
export interface Lowered {
  /** Adds it to the accumulator of a block. */
  emit(target: Target): void;
  /** it makes coefficients before position 0, which only LEAD can drain */
  lead?: boolean;
  /** every channel needs an accumulator of its own */
  single?: boolean;
}

/** Everything that the compiler asks of a kind of term. */
export interface TermKind<T extends AnyTerm> {
  // stages/
  /** Adds the term applied to `input` (the source's elements as viewed) to `output`. @param other of the second source */
  accumulate(term: T, weights: Float64Array, input: Float64Array, output: Float64Array, other: Float64Array): void;
  /** The term with element e of its result times factor[e], or undefined if its weights cannot express that. @param shape of the result */
  scaled(term: T, factor: Float64Array, shape: Shape): T | undefined;
  /** The term for a source whose element e, as viewed, is to be taken times factor[e], or undefined if its weights cannot express that. */
  absorbed(term: T, factor: Float64Array): T | undefined;
  elements: Elements<T>;

  // quantise/
  /** Adds what the term contributes to the accumulator; every sum is asked for once at least, because the largest counts for junk lanes. */
  bound(term: T, weights: Integers, bounds: Bounds): void;
  /** weights that one output sums, on average: the fan-in of the rounding error */
  fanIn(term: T): number;
  /** bits that the result is worth beyond those of its source */
  moreBits: number;
  rounding: Rounding<T> | 'each by itself';

  // lower/
  /** What it would like of its source's rows, and of the accumulator's words a row. */
  wish(term: T): Pitch;
  /** The geometry in which it wants to read a view (the source or the other), if it cares. @param ofResult what the result's readers want */
  wants(term: T, view: View, ofResult: () => Geometry | undefined): Geometry | undefined;
  /** Brings the sources into place. */
  lower(term: T, weights: Float64Array, wanted: Wanted, tensors: Tensors): Lowered;
  /** Another way, into the geometry that the only reader of the only term of a stage wants. @returns undefined where there is none */
  turned(term: T, weights: Float64Array, wanted: Geometry, tensors: Tensors): (Lowered & { blocks: Block[] }) | undefined;
  /** Another way, into the lanes of one row of one channel. @returns undefined where there is none */
  flat(term: T, weights: Float64Array, tensors: Tensors): Lowered | undefined;
}

/** for kinds that have no wishes */
export const NO_WISH: Pitch = { rowWords: 0, below: 0, halves: false };

export const never = (): undefined => undefined;

/** True if `count` numbers, `step` apart, are equal. */
export function uniform(list: Float64Array, from = 0, count = list.length, step = 1): boolean {
  for (let i = 1; i < count; i++) if (list[from + i * step] !== list[from]) return false;
  return true;
}

/** `scaled` for a kind with one weight. */
export const scaledAlike = <T extends AnyTerm>(term: T, factor: Float64Array): T | undefined =>
  uniform(factor) ? { ...term, weights: term.weights.map((w) => w * factor[0]!) } : undefined;

/** The same for a weight that must stay positive, because it decides the accumulator's unit. */
export const scaledUp = <T extends AnyTerm>(term: T, factor: Float64Array): T | undefined =>
  factor[0]! > 0 ? scaledAlike(term, factor) : undefined;
