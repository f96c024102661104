// What consumers would like of a tensor's layout, collected before anything is placed: the layout solver. A producer grants what costs it
// nothing (zero rows, halves, the geometry of an input); whoever does not get its wish copies. Source: AIR.md §6.
// Caveat: one pass and no search; a tensor with consumers of different tastes gets the first one's geometry.

import { type Stage, type StageGraph, sourcesOf } from '../stages/stage.ts';
import { type ContractTerm, type ConvolutionTerm, isProduct, type View } from '../stages/terms.ts';
import { denseGeometry, type Geometry, imageGeometry, plainGeometry, rootGeometry, stepOf, wordsFor } from './layout.ts';

export interface Wishes {
  /** words a row at least */
  rowWords: number;
  /** zero rows below each channel */
  below: number;
  /** rows as even and odd halves: only if every consumer pools */
  halves: boolean;
}

/** Words a row so that windows of one row never reach into the next: lanes behind the image are the padding on both sides. */
export const convolutionWords = ({ width, pads, outWidth }: ConvolutionTerm): number =>
  wordsFor(Math.max(width + Math.max(pads[1], pads[3], 0), outWidth));

/** zero rows that the last kernel row reads */
export const convolutionBelow = ({ pads }: ConvolutionTerm): number => Math.max(0, pads[2]);

/** Where the tensors of a matrix product lie: the contracted index and then the columns in channels, rows (and the second factor's columns) in lanes. */
export function contractGeometries({ count, rows, depth, columns }: ContractTerm): { source: Geometry; other: Geometry; result: Geometry } {
  const line = (channels: number, per: number, sample: number, step: number, width: number, laneStep: number): Geometry => ({
    channels: count * channels,
    rows: 1,
    width,
    channelIndex: Int32Array.from({ length: count * per }, (_, c) => Math.floor(c / per) * sample + (c % per) * step),
    rowIndex: Int32Array.of(0),
    laneIndex: Int32Array.from({ length: width }, (_, x) => x * laneStep),
  });
  return {
    source: line(depth, depth, rows * depth, 1, rows, depth),
    other: line(depth, depth, depth * columns, columns, columns, 1),
    result: line(columns, columns, rows * columns, 1, rows, columns),
  };
}

/** Wishes for every root: graph inputs and stages. */
export function collectWishes(graph: StageGraph): Map<string, Wishes> {
  const wishes = new Map<string, Wishes & { others: boolean }>();
  const of = (root: string) => {
    const known = wishes.get(root) ?? { rowWords: 0, below: 0, halves: false, others: false };
    wishes.set(root, known);
    return known;
  };
  for (const stage of graph.stages) {
    if (stage.kind === 'maximum') {
      const wish = of(stage.source.root);
      if (stage.source.index) wish.others = true;
      else wish.halves = true;
      continue;
    }
    for (const term of stage.terms) {
      if (isProduct(term)) of(term.other.root).others = true;
      const wish = of(term.source.root);
      if (term.kind === 'average' && !term.source.index) wish.halves = true;
      else wish.others = true;
      if (term.kind !== 'convolution') continue;
      wish.rowWords = Math.max(wish.rowWords, convolutionWords(term));
      wish.below = Math.max(wish.below, convolutionBelow(term));
    }
  }
  for (const { view } of graph.outputs) of(view.root).others = true;
  for (const wish of wishes.values()) if (wish.others) wish.halves = false;
  return wishes;
}

/** a fully connected layer reads this many times more inputs than it has outputs: then packed lanes cost less than a word an input */
const PACKED_RATIO = 2;

/** The geometry in which a consumer wants to read a view, if it cares. */
function preference(stage: Stage, view: View, graph: StageGraph, depth: number): Geometry | undefined {
  if (stage.kind === 'maximum') return imageGeometry(stage.planes.channels, stage.planes.height, stage.planes.width);
  const term = stage.terms.find((each) => each.source === view || (isProduct(each) && each.other === view))!;
  switch (term.kind) {
    case 'convolution':
      return imageGeometry(term.samples * term.channels, term.height, term.width);
    case 'average':
      return imageGeometry(term.channels, term.height, term.width);
    case 'total':
      return imageGeometry(term.channels, 1, term.area);
    case 'dense':
      if (term.from.length > 1 || term.depth < PACKED_RATIO * term.outputs) return denseGeometry(term.depth, term.depthStride, term.from);
      return {
        ...imageGeometry(1, 1, term.depth),
        laneIndex: Int32Array.from({ length: term.depth }, (_, k) => term.from[0]! + k * term.depthStride),
      };
    case 'select':
      return undefined;
    case 'contract':
      return term.source === view ? contractGeometries(term).source : contractGeometries(term).other;
    case 'fold':
      return undefined;
    case 'product':
    case 'scale':
      // elementwise: what the stage's own consumers like
      return depth > 0 ? wantedGeometry(graph, stage.id, depth - 1) : undefined;
  }
}

export const MAX_LOOK_AHEAD = 16;

/** The geometry that the first consumer with a preference likes, looking through elementwise stages. */
export function wantedGeometry(graph: StageGraph, root: string, depth: number): Geometry | undefined {
  for (const stage of graph.stages) {
    for (const view of sourcesOf(stage)) {
      if (view.root !== root) continue;
      const geometry = preference(stage, view, graph, depth);
      const own = geometry && rootGeometry(geometry, view);
      if (own) return own;
    }
  }
  return undefined;
}

/** Geometry of a graph input: what its first consumer with a preference likes, if a region can be described by three strides. */
export function inputGeometry(graph: StageGraph, name: string, shape: readonly number[]): Geometry {
  const wanted = wantedGeometry(graph, name, MAX_LOOK_AHEAD);
  if (wanted && isRegion(wanted)) return wanted;
  return plainGeometry(shape);
}

/** True if the elements stand in three arithmetic progressions from element 0 on. */
export function isRegion({ channelIndex, rowIndex, laneIndex }: Geometry): boolean {
  return (
    channelIndex[0]! + rowIndex[0]! + laneIndex[0]! === 0 &&
    [channelIndex, rowIndex, laneIndex].every((index) => {
      const step = stepOf(index);
      return step !== undefined && step >= 0;
    })
  );
}
