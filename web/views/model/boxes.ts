// The graph as boxes in boxes: steps of one ONNX node are a box, and so is a block of nodes that is repeated, so that a transformer of twelve layers is
// read as one layer, twelve times. Source: this file. Caveat: a block is what looks alike, operators, shapes and who reads whom; where two readings of a
// chain are possible the one with the fewest edges between blocks is taken.
import type { PictureNode } from 'zkvm/compiler';

export interface Box {
  id: string;
  /** a step of the machine, an ONNX node of several, a chain that repeats a block, or one of its blocks */
  kind: 'node' | 'onnx' | 'repeat' | 'block';
  /** places of its nodes, ascending */
  nodes: readonly number[];
  children: readonly Box[];
}

/** longest block that is looked for, in boxes */
const MOST_PERIOD = 512;

const keyOf = ({ kind, parts, name }: PictureNode): string =>
  kind === 'node' ? parts.map(({ index, operator, name: own }) => `${index} ${operator} ${own}`).join('\n') : `${kind} ${name}`;

/** neighbouring steps of one ONNX node in a box each */
function onnxBoxes(nodes: readonly PictureNode[]): Box[] {
  const groups: number[][] = [];
  let before: string | undefined;
  for (const [i, node] of nodes.entries()) {
    const key = keyOf(node);
    if (key === before && node.kind === 'node') groups.at(-1)!.push(i);
    else groups.push([i]);
    before = key;
  }
  const leaf = (i: number): Box => ({ id: `n${i}`, kind: 'node', nodes: [i], children: [] });
  return groups.map((group) =>
    group.length === 1 ? leaf(group[0]!) : { id: `u${group[0]}`, kind: 'onnx', nodes: group, children: group.map(leaf) },
  );
}

interface Chain {
  units: readonly Box[];
  /** what a unit looks like, as a number */
  looks: Int32Array;
  /** units that a unit reads */
  reads: readonly (readonly number[])[];
}

interface Repeat {
  start: number;
  period: number;
  times: number;
}

function chainOf(nodes: readonly PictureNode[], units: readonly Box[]): Chain {
  const numbers = new Map<string, number>();
  const looks = Int32Array.from(units, ({ nodes: own }) => {
    const look = own.map((i) => `${nodes[i]!.kind} ${nodes[i]!.parts.map(({ operator }) => operator)} ${nodes[i]!.shape}`).join('\n');
    const known = numbers.get(look) ?? numbers.size;
    numbers.set(look, known);
    return known;
  });
  const unitOf = new Map(units.flatMap((unit, at) => unit.nodes.map((i): [number, number] => [i, at])));
  const reads = units.map(({ nodes: own }, at) => [
    ...new Set(own.flatMap((i) => nodes[i]!.reads.map((from) => unitOf.get(from)!)).filter((from) => from !== at)),
  ]);
  return { units, looks, reads };
}

/** who is read, seen from the block: inside it, in the one before, or anywhere else */
function readsFrom({ reads }: Chain, unit: number, blockStart: number, period: number): string {
  const places = reads[unit]!.map((from) => {
    const at = from - blockStart;
    return at >= 0 ? at : at >= -period ? `before ${at + period}` : 'outside';
  });
  return places.map(String).sort().join();
}

/** first blocks that may be another start than they look */
const MOST_SKIPPED = 2;

/** how many blocks from `start` on are built alike; the first may read other things outside of itself */
function alikeFrom(chain: Chain, { start, period, times }: Repeat): number {
  const block = (k: number, inside: boolean): string =>
    Array.from({ length: period }, (_, j) => {
      const text = readsFrom(chain, start + k * period + j, start + k * period, period);
      return inside ? text.replace(/before \d+|outside/g, 'elsewhere') : text;
    }).join(';');
  if (block(0, true) !== block(1, true)) return 1;
  const second = block(1, false);
  for (let k = 2; k < times; k++) if (block(k, false) !== second) return k;
  return times;
}

/** The blocks of a candidate that are built alike. @returns undefined where there are too few for a chain */
function alike(chain: Chain, { start, period, times }: Repeat): Repeat | undefined {
  // two single nodes beside each other are no chain
  const least = period === 1 ? 3 : 2;
  for (let skipped = 0; skipped <= MOST_SKIPPED && times - skipped >= least; skipped++) {
    const rest = { start: start + skipped * period, period, times: times - skipped };
    const same = alikeFrom(chain, rest);
    if (same >= least) return { ...rest, times: same };
  }
  return undefined;
}

/** edges that lead into a block from elsewhere */
const edgesInto = ({ reads }: Chain, start: number, period: number): number =>
  new Set(Array.from({ length: period }, (_, j) => reads[start + j]!.filter((from) => from < start)).flat()).size;

/** The repeats of a part of the chain, those that cover most of it first. */
function candidates(chain: Chain, from: number, to: number): Repeat[] {
  const { looks } = chain;
  const found: Repeat[] = [];
  for (let period = 1; period <= Math.min(MOST_PERIOD, (to - from) >> 1); period++)
    for (let start = from; start + period < to; ) {
      let length = 0;
      while (start + length + period < to && looks[start + length] === looks[start + length + period]) length++;
      const times = Math.floor(length / period) + 1;
      if (times >= 2) {
        const shifts = Array.from({ length: Math.min(period, (length % period) + 1) }, (_, shift) => start + shift);
        const edges = shifts.map((shift) => edgesInto(chain, shift + period, period));
        found.push({ start: shifts[edges.indexOf(Math.min(...edges))]!, period, times });
      }
      start += Math.max(1, length);
    }
  return found.sort((a, b) => b.period * b.times - a.period * a.times || a.period - b.period);
}

function folded(chain: Chain, from: number, to: number): Box[] {
  for (const candidate of candidates(chain, from, to)) {
    const found = alike(chain, candidate);
    if (!found) continue;
    const { start, period, times } = found;
    const blocks = Array.from({ length: times }, (_, k): Box => {
      const own = chain.units.slice(start + k * period, start + (k + 1) * period);
      return period === 1 ? own[0]! : { id: `b${start}.${k}`, kind: 'block', nodes: own.flatMap(({ nodes }) => nodes), children: own };
    });
    const repeat: Box = { id: `r${start}`, kind: 'repeat', nodes: blocks.flatMap(({ nodes }) => nodes), children: blocks };
    return [...folded(chain, from, start), repeat, ...folded(chain, start + times * period, to)];
  }
  return chain.units.slice(from, to);
}

/** The boxes of a graph, all closed. */
export function boxesOf(nodes: readonly PictureNode[]): Box[] {
  const chain = chainOf(nodes, onnxBoxes(nodes));
  return folded(chain, 0, chain.units.length);
}

/** boxes that a box is in, the outermost first, and itself */
export function pathTo(boxes: readonly Box[], fits: (box: Box) => boolean): Box[] {
  for (const box of boxes) {
    if (fits(box)) return [box];
    const inner = pathTo(box.children, fits);
    if (inner.length > 0) return [box, ...inner];
  }
  return [];
}

/** what is seen: closed boxes, and the children of open ones */
export const seenBoxes = (boxes: readonly Box[], open: ReadonlySet<string>): Box[] =>
  boxes.flatMap((box) => (box.children.length > 0 && open.has(box.id) ? seenBoxes(box.children, open) : [box]));

/** every box that can be opened */
export const foldable = (boxes: readonly Box[]): Box[] =>
  boxes.flatMap((box) => (box.children.length > 0 ? [box, ...foldable(box.children)] : []));

/** more of them are not read at once */
const READABLE = 40;

/** what is open at first: blocks where all of them can be read */
export function openAtFirst(boxes: readonly Box[]): Set<string> {
  const blocks = foldable(boxes).filter(({ kind }) => kind !== 'onnx');
  const all = new Set(blocks.map(({ id }) => id));
  return seenBoxes(boxes, all).length <= READABLE ? all : new Set();
}

export interface Link {
  from: number;
  to: number;
  /** nodes of the first that the second reads */
  reads: ReadonlySet<number>;
}

/** Which of the seen boxes reads which, each pair once. */
export function linksOf(nodes: readonly PictureNode[], seen: readonly Box[]): Link[] {
  const boxOf = new Map(seen.flatMap((box, at) => box.nodes.map((i): [number, number] => [i, at])));
  const links = new Map<string, Link & { reads: Set<number> }>();
  for (const [to, box] of seen.entries())
    for (const i of box.nodes)
      for (const read of nodes[i]!.reads) {
        const from = boxOf.get(read)!;
        if (from === to) continue;
        const known = links.get(`${from} ${to}`);
        if (known) known.reads.add(read);
        else links.set(`${from} ${to}`, { from, to, reads: new Set([read]) });
      }
  return [...links.values()];
}
