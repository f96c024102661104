// Finds repetition in an expression graph: items (constraints, LogUp columns, terms of a sum) whose expressions have the same shape and
// differ only in which columns and parameters they read, such as the sixteen lanes of a word. An emitter turns a run of them into one
// loop, which keeps kernels short enough for drivers to compile and for instruction caches to hold.
// Source: first-order anti-unification over hash-consed nodes. Caveat: only neighbouring items are joined.
import type { Graph } from '../../fri/backend/graph.ts';

/** what a node of the first item is in every item of the run; nodes that are not listed are the same in all */
export interface Run {
  /** index of the first item */
  first: number;
  count: number;
  /** node of the first item → its counterparts, one an item (itself first) */
  varying: ReadonlyMap<number, readonly number[]>;
}

const isBinary = (op: string): op is 'add' | 'sub' | 'mul' => op === 'add' || op === 'sub' || op === 'mul';

/** counterparts of the nodes of `a` in `b`, or undefined when the shapes differ */
function match(graph: Graph, a: readonly number[], b: readonly number[]): Map<number, number> | undefined {
  const pairs = new Map<number, number>();
  const stack = a.map((id, i) => [id, b[i]!] as const);
  while (stack.length) {
    const [x, y] = stack.pop()!;
    const known = pairs.get(x);
    if (known !== undefined) {
      if (known !== y) return undefined;
      continue;
    }
    pairs.set(x, y);
    if (x === y) continue;
    const p = graph.nodes[x]!;
    const q = graph.nodes[y]!;
    if (p.op !== q.op || p.ext !== q.ext) return undefined;
    if (isBinary(p.op) && isBinary(q.op))
      stack.push([(p as { a: number }).a, (q as { a: number }).a], [(p as { b: number }).b, (q as { b: number }).b]);
    else if ((p.op === 'cell' || p.op === 'felt') && (q.op === 'cell' || q.op === 'felt') && p.back !== q.back) return undefined;
  }
  return pairs;
}

/** joins the counterparts of several items; undefined when they contradict each other */
function join(graph: Graph, matches: readonly ReadonlyMap<number, number>[]): Map<number, number[]> | undefined {
  const varying = new Map<number, number[]>();
  for (const pairs of matches) for (const [x, y] of pairs) if (x !== y) varying.set(x, [x]);
  for (const [x, list] of varying) for (const pairs of matches) list.push(pairs.get(x) ?? x);
  // a node that one item shares and another replaces: its operands must correspond everywhere
  for (const [x, list] of varying) {
    const node = graph.nodes[x]!;
    if (!isBinary(node.op)) continue;
    const { a, b } = node as { a: number; b: number };
    for (const [i, y] of list.entries()) {
      const other = graph.nodes[y] as { a: number; b: number };
      if ((varying.get(a)?.[i] ?? a) !== other.a || (varying.get(b)?.[i] ?? b) !== other.b) return undefined;
    }
  }
  return varying;
}

/**
 * Splits items into runs of equal shape, in order.
 * @param targets the nodes of every item
 * @param least items that a loop is worth; shorter runs are given back one by one
 * @param allowed whether the leaves (cells or felts) that stand in one place may be read in one loop
 */
export function findRuns(
  graph: Graph,
  targets: readonly (readonly number[])[],
  least: number,
  allowed: (leaves: readonly number[]) => boolean,
): Run[] {
  const runs: Run[] = [];
  const single = (first: number): Run => ({ first, count: 1, varying: new Map() });
  for (let first = 0; first < targets.length; ) {
    const matches: Map<number, number>[] = [];
    let varying = new Map<number, number[]>();
    for (let next = first + 1; next < targets.length; next++) {
      if (targets[next]!.length !== targets[first]!.length) break;
      const pairs = match(graph, targets[first]!, targets[next]!);
      const joined = pairs && join(graph, [...matches, pairs]);
      if (!joined) break;
      const readable = [...joined].every(([x, list]) => {
        const { op } = graph.nodes[x]!;
        return (op !== 'cell' && op !== 'felt') || allowed(list);
      });
      if (!readable) break;
      matches.push(pairs);
      varying = joined;
    }
    const count = matches.length + 1;
    if (count >= least) runs.push({ first, count, varying });
    else for (let i = first; i < first + count; i++) runs.push(single(i));
    first += count;
  }
  return runs;
}
