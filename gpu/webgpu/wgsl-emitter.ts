// Statements of WGSL from an expression graph: the fourth execution of a component's one definition (after interpreter, row check
// and verifier). A node becomes one `let`, emitted when its first reader needs it, so values live shortly. M31 nodes are u32, QM31
// nodes vec4u. Source: fri/graph.ts (the law is `evaluateOnRow`). Caveat: software drivers compile in time that grows with the
// square of a kernel's length, so callers split their targets by `weight`.
import type { Graph } from '../../fri/graph.ts';

/** how the text reads what is not arithmetic */
export interface Reading {
  cell(index: number, back: boolean): string;
  felt(index: number, back: boolean): string;
  parameter(index: number, ext: boolean): string;
}

/** scalar operations of a node, roughly: what a compiler has to chew */
const WEIGHT = { load: 3, add: 3, multiply: 18 };

export class WgslEmitter {
  readonly lines: string[] = [];
  readonly #names = new Map<number, string>();

  constructor(
    readonly graph: Graph,
    readonly reading: Reading,
  ) {}

  isExt(id: number): boolean {
    return this.graph.nodes[id]!.ext;
  }

  /** the expression that has the node's value; statements it needs are appended to `lines` */
  value(id: number): string {
    const known = this.#names.get(id);
    if (known) return known;
    // an explicit stack: a chain of additions is as deep as it is long
    const stack = [id];
    while (stack.length) {
      const top = stack[stack.length - 1]!;
      const node = this.graph.nodes[top]!;
      if (this.#names.has(top)) stack.pop();
      else if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') {
        const missing = [node.b, node.a].filter((operand) => !this.#names.has(operand));
        if (missing.length) stack.push(...missing);
        else {
          this.#let(top, this.#arithmetic(node.op, node.a, node.b));
          stack.pop();
        }
      } else {
        if (node.op === 'constant') this.#names.set(top, `${node.value}u`);
        else if (node.op === 'parameter') this.#names.set(top, this.reading.parameter(node.index, node.ext));
        else if (node.op === 'cell') this.#let(top, this.reading.cell(node.index, node.back));
        else if (node.op === 'felt') this.#let(top, this.reading.felt(node.index, node.back));
        stack.pop();
      }
    }
    return this.#names.get(id)!;
  }

  /** the node's value as a vec4u */
  extValue(id: number): string {
    const value = this.value(id);
    return this.isExt(id) ? value : `vec4u(${value}, 0u, 0u, 0u)`;
  }

  #let(id: number, expression: string): void {
    this.lines.push(`let n${id} = ${expression};`);
    this.#names.set(id, `n${id}`);
  }

  #arithmetic(op: 'add' | 'sub' | 'mul', a: number, b: number): string {
    if (!this.isExt(a) && !this.isExt(b)) return `m${op}(${this.value(a)}, ${this.value(b)})`;
    if (op !== 'mul') return `q${op}(${this.extValue(a)}, ${this.extValue(b)})`;
    if (this.isExt(a) && this.isExt(b)) return `qmul(${this.value(a)}, ${this.value(b)})`;
    return this.isExt(a) ? `qscale(${this.value(a)}, ${this.value(b)})` : `qscale(${this.value(b)}, ${this.value(a)})`;
  }
}

/** weight of the nodes that `targets` need and that `known` does not hold yet; marks them in `known` */
export function weigh(graph: Graph, targets: readonly number[], known: Set<number>): number {
  let weight = 0;
  const stack = [...targets];
  while (stack.length) {
    const id = stack.pop()!;
    if (known.has(id)) continue;
    known.add(id);
    const node = graph.nodes[id]!;
    if (node.op === 'cell') weight += WEIGHT.load;
    else if (node.op === 'felt') weight += 4 * WEIGHT.load;
    else if (node.op === 'add' || node.op === 'sub') weight += (node.ext ? 4 : 1) * WEIGHT.add;
    else if (node.op === 'mul') {
      const exts = Number(graph.nodes[node.a]!.ext) + Number(graph.nodes[node.b]!.ext);
      weight += [1, 4, 17][exts]! * WEIGHT.multiply;
    }
    if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') stack.push(node.a, node.b);
  }
  return weight;
}

/**
 * Splits a list of items into runs whose nodes weigh at most `limit` together (a single item may weigh more), in order.
 * @param targetsOf the nodes an item needs
 * @param extra what an item costs beside its nodes
 */
export function splitByWeight<T>(
  graph: Graph,
  items: readonly T[],
  targetsOf: (item: T) => readonly number[],
  extra: number,
  limit: number,
): T[][] {
  const runs: T[][] = [];
  let known = new Set<number>();
  let weight = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const tried = new Set(known);
    const added = weigh(graph, targetsOf(item), tried) + extra;
    if (weight + added <= limit) {
      runs.at(-1)!.push(item);
      known = tried;
      weight += added;
    } else {
      known = new Set();
      weight = weigh(graph, targetsOf(item), known) + extra;
      runs.push([item]);
    }
  }
  return runs;
}
