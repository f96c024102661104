// Where boxes and edges stand. Source: dagre, layers from top to bottom (Gansner et al., 1993). Caveat: a thousand boxes that are wired in no
// repeating way take it two seconds.
import { Graph, layout } from '@dagrejs/dagre';
import type { PictureNode } from 'zkvm/compiler';
import { type Box, type Link, linksOf } from './boxes.ts';

export const BOX = { width: 212, height: 60 } as const;
const GAP = { beside: 26, below: 46 } as const;
const MARGIN = 24;

export interface PlacedBox {
  box: Box;
  /** of its upper left corner */
  x: number;
  y: number;
  /** of what others read of it; undefined where that is of several shapes or of none */
  shape: readonly number[] | undefined;
}

export interface PlacedLink {
  from: number;
  to: number;
  /** of an SVG path */
  path: string;
}

export interface Placed {
  boxes: readonly PlacedBox[];
  links: readonly PlacedLink[];
  width: number;
  height: number;
}

interface Point {
  x: number;
  y: number;
}

/** a curve through the middles between points, from the first to the last */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const steps = rest.map((point, i) => {
    const next = rest[i + 1];
    return next ? `Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}` : `L${point.x},${point.y}`;
  });
  return `M${first!.x},${first!.y} ${steps.join(' ')}`;
}

/** boxes and edges of one part, by their places in it */
interface Part {
  /** middles of its boxes */
  middles: Point[];
  edges: { from: number; to: number; points: Point[] }[];
}

type Ends = Pick<Link, 'from' | 'to'>;

function partOf(count: number, links: readonly Ends[]): Part {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: GAP.beside, ranksep: GAP.below });
  for (let i = 0; i < count; i++) graph.setNode(String(i), { ...BOX });
  for (const { from, to } of links) graph.setEdge(String(from), String(to), {});
  layout(graph);
  const middle = (i: number): Point => graph.node(String(i)) as unknown as Point;
  return {
    middles: Array.from({ length: count }, (_, i) => ({ x: middle(i).x, y: middle(i).y })),
    edges: links.map(({ from, to }) => ({
      from,
      to,
      points: (graph.edge(String(from), String(to)) as unknown as { points: Point[] }).points,
    })),
  };
}

/**
 * Boxes that all of the graph goes through: no edge passes one by, nothing behind the first begins by itself, and nothing before the last ends by itself. The
 * parts between them are placed alone, and those that are wired alike, as the layers of a network are, once. Links lead from earlier boxes to later ones.
 */
export function waists(count: number, links: readonly Link[]): number[] {
  const passing = new Int32Array(count + 1);
  const [reads, isRead] = [new Uint8Array(count), new Uint8Array(count)];
  for (const { from, to } of links) {
    passing[from + 1]! += 1;
    passing[to]! -= 1;
    reads[to] = 1;
    isRead[from] = 1;
  }
  const lastSource = reads.lastIndexOf(0);
  const firstSink = isRead.indexOf(0);
  const found: number[] = [];
  for (let i = 0, over = 0; i < count; i++) {
    over += passing[i]!;
    if (over === 0 && i > lastSource && i < firstSink) found.push(i);
  }
  return found;
}

export function placed(nodes: readonly PictureNode[], seen: readonly Box[]): Placed {
  const links = linksOf(nodes, seen);
  const cuts = waists(seen.length, links);
  const bounds = [0, ...cuts, seen.length - 1].filter((at, i, all) => i === 0 || at > all[i - 1]!);
  if (bounds.length === 1) bounds.push(seen.length - 1);
  const known = new Map<string, Part>();
  const parts = bounds.slice(1).map((to, k) => {
    const from = bounds[k]!;
    const own = links.filter((link) => link.from >= from && link.to <= to).map((link) => ({ from: link.from - from, to: link.to - from }));
    const wiring = `${to - from} ${own.map((link) => `${link.from},${link.to}`).join(' ')}`;
    const part = known.get(wiring) ?? partOf(to - from + 1, own);
    known.set(wiring, part);
    return part;
  });
  // each part hangs at the waist where the one above it ends
  const middles = new Map<number, Point>();
  const edges: Part['edges'] = [];
  for (const [k, part] of parts.entries()) {
    const start = bounds[k]!;
    const at = part.middles[0]!;
    const above = middles.get(start) ?? at;
    const moved = ({ x, y }: Point): Point => ({ x: x + above.x - at.x, y: y + above.y - at.y });
    for (const [i, point] of part.middles.entries()) middles.set(start + i, moved(point));
    for (const { from, to, points } of part.edges) edges.push({ from: start + from, to: start + to, points: points.map(moved) });
  }
  const all = [...middles.values(), ...edges.flatMap(({ points }) => points)];
  const reach = (axis: 'x' | 'y', half: number): [number, number] => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const point of all) [least, most] = [Math.min(least, point[axis]), Math.max(most, point[axis])];
    return [least - half - MARGIN, most + half + MARGIN];
  };
  const [[left, right], [top, bottom]] = [reach('x', BOX.width / 2), reach('y', BOX.height / 2)];
  const shapes = new Map<number, Map<string, readonly number[]>>();
  for (const { from, reads } of links)
    for (const i of reads) {
      const shape = nodes[i]!.shape ?? [];
      shapes.set(from, (shapes.get(from) ?? new Map<string, readonly number[]>()).set(shape.join(), shape));
    }
  return {
    boxes: seen.map((box, i) => {
      const { x, y } = middles.get(i)!;
      const own = [...(shapes.get(i)?.values() ?? [])];
      return { box, x: x - BOX.width / 2 - left, y: y - BOX.height / 2 - top, shape: own.length === 1 ? own[0] : undefined };
    }),
    links: edges.map(({ from, to, points }) => ({ from, to, path: curve(points.map(({ x, y }) => ({ x: x - left, y: y - top }))) })),
    width: right - left,
    height: bottom - top,
  };
}
