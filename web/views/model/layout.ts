// Where boxes and edges stand. Source: dagre, layers from top to bottom (Gansner et al., 1993). Caveat: a thousand boxes take it two seconds.
import { Graph, layout } from '@dagrejs/dagre';
import type { PictureNode } from 'zkvm/compiler';
import { type Box, linksOf } from './boxes.ts';

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

export function placed(nodes: readonly PictureNode[], seen: readonly Box[]): Placed {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: GAP.beside, ranksep: GAP.below, marginx: MARGIN, marginy: MARGIN });
  for (const i of seen.keys()) graph.setNode(String(i), { ...BOX });
  const links = linksOf(nodes, seen);
  for (const { from, to } of links) graph.setEdge(String(from), String(to), {});
  layout(graph);
  const shapes = new Map<number, Map<string, readonly number[]>>();
  for (const { from, reads } of links)
    for (const i of reads) {
      const shape = nodes[i]!.shape ?? [];
      shapes.set(from, (shapes.get(from) ?? new Map<string, readonly number[]>()).set(shape.join(), shape));
    }
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    boxes: seen.map((box, i) => {
      const { x, y } = graph.node(String(i)) as unknown as Point;
      const own = [...(shapes.get(i)?.values() ?? [])];
      return { box, x: x - BOX.width / 2, y: y - BOX.height / 2, shape: own.length === 1 ? own[0] : undefined };
    }),
    links: links.map(({ from, to }) => {
      const { points } = graph.edge(String(from), String(to)) as unknown as { points: Point[] };
      return { from, to, path: curve(points) };
    }),
    width,
    height,
  };
}
