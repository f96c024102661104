// What consumers would like of a tensor's layout, collected before anything is placed: the layout solver. A producer grants what costs it
// nothing (zero rows, halves, the geometry of an input); whoever does not get its wish copies. Source: AIR.md §6.
// Caveat: one pass and no search; a tensor with consumers of different tastes gets the first one's geometry.

import { type Geometry, imageGeometry, type Pitch, plainGeometry, rootGeometry, stepOf } from '../layout/layout.ts';
import type { View } from '../layout/view.ts';
import { type Stage, type StageGraph, sourcesOf } from '../stages/stage.ts';
import { isProduct, kindOf } from '../stages/terms/index.ts';
import { NO_WISH } from '../stages/terms/term.ts';

/** Wishes for every root, graph inputs and stages; halves only if every consumer pools. */
export function collectWishes(graph: StageGraph): Map<string, Pitch> {
  const wishes = new Map<string, Pitch & { others: boolean }>();
  const of = (root: string) => {
    const known = wishes.get(root) ?? { ...NO_WISH, others: false };
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
      const { rowWords, below, halves } = kindOf(term).wish(term);
      if (halves && !term.source.index) wish.halves = true;
      else wish.others = true;
      wish.rowWords = Math.max(wish.rowWords, rowWords);
      wish.below = Math.max(wish.below, below);
    }
  }
  for (const { view } of graph.outputs) of(view.root).others = true;
  for (const wish of wishes.values()) if (wish.others) wish.halves = false;
  return wishes;
}

/** The geometry in which a consumer wants to read a view, if it cares. */
function preference(stage: Stage, view: View, graph: StageGraph, depth: number): Geometry | undefined {
  if (stage.kind === 'maximum') return imageGeometry(stage.planes.channels, stage.planes.height, stage.planes.width);
  const term = stage.terms.find((each) => each.source === view || (isProduct(each) && each.other === view))!;
  return kindOf(term).wants(term, view, () => (depth > 0 ? wantedGeometry(graph, stage.id, depth - 1) : undefined));
}

export const MAX_LOOK_AHEAD = 16;

/** answers by root and depth: where many paths lead through elementwise stages, each is walked once */
const answers = new WeakMap<StageGraph, Map<string, Geometry | undefined>>();

/** The geometry that the first consumer with a preference likes, looking through elementwise stages. */
export function wantedGeometry(graph: StageGraph, root: string, depth: number): Geometry | undefined {
  const known = answers.get(graph) ?? new Map<string, Geometry | undefined>();
  answers.set(graph, known);
  const key = `${depth} ${root}`;
  if (!known.has(key)) known.set(key, firstWanted(graph, root, depth));
  return known.get(key);
}

function firstWanted(graph: StageGraph, root: string, depth: number): Geometry | undefined {
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
