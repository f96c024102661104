// Statements of WGSL from an expression graph: the fourth execution of a component's one definition (after interpreter, row check
// and verifier). A node becomes one `let`, emitted when its first reader needs it; repetition becomes a loop (roll.ts). M31 nodes are
// u32, QM31 nodes vec4u. Source: fri/backend/graph.ts (the law is `evaluateOnRow`). Caveat: software drivers compile in time that grows with
// the square of a kernel's length, so callers watch `weight` and split.
import type { Graph } from '../../fri/backend/graph.ts';
import { findRuns, type Run } from './roll.ts';

/** how the text reads what is not arithmetic; the plural forms read entry `t` (a loop's variable) of a list */
export interface Reading {
  cell(index: number, back: boolean): string;
  felt(index: number, back: boolean): string;
  parameter(index: number, ext: boolean): string;
  cells(indices: readonly number[], back: boolean, t: string): string;
  felts(indices: readonly number[], back: boolean, t: string): string;
  parameters(indices: readonly number[], ext: boolean, t: string): string;
  constants(values: readonly number[], t: string): string;
  /** whether these columns stand in one buffer */
  together(kind: 'cell' | 'felt', indices: readonly number[]): boolean;
}

/** scalar operations of a statement, roughly: what a compiler has to chew */
const WEIGHT = { load: 3, add: 3, multiply: 18 };

/** terms that a loop is worth */
const LEAST_TERMS = 3;

export class WgslEmitter {
  /** statements so far; callers move them into their text */
  readonly lines: string[] = [];
  /** scalar operations of all statements so far, loops counted once */
  weight = 0;
  readonly #names = new Map<number, string>();
  readonly #references: Uint32Array;
  #loops = 0;

  constructor(
    readonly graph: Graph,
    readonly reading: Reading,
  ) {
    this.#references = references(graph);
  }

  isExt(id: number): boolean {
    return this.graph.nodes[id]!.ext;
  }

  /** the expression that has the node's value; statements it needs are appended to `lines` */
  value(id: number): string {
    const known = this.#names.get(id);
    if (known) return known;
    const node = this.graph.nodes[id]!;
    if (node.op === 'constant') return `${node.value}u`;
    if (node.op === 'parameter') return this.reading.parameter(node.index, node.ext);
    const name = `n${id}`;
    if (!(node.op === 'add' && node.ext && this.#sum(id, name))) {
      let expression: string;
      if (node.op === 'cell') expression = this.reading.cell(node.index, node.back);
      else if (node.op === 'felt') expression = this.reading.felt(node.index, node.back);
      else expression = this.#arithmetic(node.op, node.a, node.b, (operand) => this.value(operand));
      this.lines.push(`let ${name} = ${expression};`);
      this.#weigh(id);
    }
    this.#names.set(id, name);
    return name;
  }

  /** the node's value as a vec4u */
  extValue(id: number): string {
    return this.#lifted(id, this.value(id));
  }

  /** runs of items that `loop` can emit at once */
  runs(targets: readonly (readonly number[])[], least = LEAST_TERMS): Run[] {
    return findRuns(this.graph, targets, least, (leaves) => this.#together(leaves));
  }

  /**
   * A loop over a run's items.
   * @param targets nodes of the run's first item
   * @param body statements for the values of the targets (as `value` gives them) in iteration `t`
   */
  loop(run: Run, targets: readonly number[], body: (values: string[], t: string) => string[]): void {
    const t = `t${this.#loops++}`;
    // whatever all items share is computed before the loop
    for (const id of run.varying.keys()) for (const operand of this.#operands(id)) if (!run.varying.has(operand)) this.value(operand);
    for (const id of targets) if (!run.varying.has(id)) this.value(id);
    const names = new Map<number, string>();
    const lines: string[] = [];
    const inner = (id: number): string => {
      const list = run.varying.get(id);
      if (!list) return this.value(id);
      const known = names.get(id);
      if (known) return known;
      const node = this.graph.nodes[id]!;
      const indices = list.map((other) => (this.graph.nodes[other] as { index: number }).index);
      let expression: string;
      if (node.op === 'cell') expression = this.reading.cells(indices, node.back, t);
      else if (node.op === 'felt') expression = this.reading.felts(indices, node.back, t);
      else if (node.op === 'parameter') expression = this.reading.parameters(indices, node.ext, t);
      else if (node.op === 'constant')
        expression = this.reading.constants(
          list.map((other) => (this.graph.nodes[other] as { value: number }).value),
          t,
        );
      else expression = this.#arithmetic(node.op, node.a, node.b, inner);
      const name = `l${id}_${t}`;
      lines.push(`let ${name} = ${expression};`);
      this.#weigh(id);
      names.set(id, name);
      return name;
    };
    const values = targets.map(inner);
    this.lines.push(`for (var ${t} = 0u; ${t} < ${run.count}u; ${t}++) {`, ...lines, ...body(values, t), '}');
  }

  /** a long sum with repetition as loops; false when there is none */
  #sum(id: number, name: string): boolean {
    const terms: number[] = [];
    let at = id;
    for (;;) {
      const node = this.graph.nodes[at]!;
      if (node.op !== 'add' || !node.ext || (at !== id && this.#references[at]! > 1)) break;
      terms.push(node.b);
      at = node.a;
    }
    terms.push(at);
    terms.reverse();
    const runs = this.runs(terms.map((term) => [term]));
    if (runs.every((run) => run.count === 1)) return false;
    // terms outside of runs are computed first, so that the sum's own statements follow each other
    const singles = new Map(runs.filter((run) => run.count === 1).map((run) => [run.first, this.extValue(terms[run.first]!)]));
    const rolled = runs.filter((run) => run.count > 1);
    this.lines.push(`var ${name} = vec4u(0u);`);
    for (const value of singles.values()) this.lines.push(`${name} = qadd(${name}, ${value});`);
    for (const run of rolled) {
      const term = terms[run.first]!;
      this.loop(run, [term], ([value]) => [`${name} = qadd(${name}, ${this.#lifted(term, value!)});`]);
    }
    this.weight += (singles.size + rolled.length) * 4 * WEIGHT.add;
    return true;
  }

  #together(leaves: readonly number[]): boolean {
    const { op } = this.graph.nodes[leaves[0]!]!;
    const indices = leaves.map((id) => (this.graph.nodes[id] as { index: number }).index);
    return this.reading.together(op === 'cell' ? 'cell' : 'felt', indices);
  }

  #operands(id: number): number[] {
    const node = this.graph.nodes[id]!;
    return node.op === 'add' || node.op === 'sub' || node.op === 'mul' ? [node.a, node.b] : [];
  }

  #lifted(id: number, value: string): string {
    return this.isExt(id) ? value : `vec4u(${value}, 0u, 0u, 0u)`;
  }

  #weigh(id: number): void {
    const node = this.graph.nodes[id]!;
    const lanes = node.ext ? 4 : 1;
    if (node.op === 'cell' || node.op === 'felt') this.weight += lanes * WEIGHT.load;
    else if (node.op === 'add' || node.op === 'sub') this.weight += lanes * WEIGHT.add;
    else if (node.op === 'mul') this.weight += [1, 4, 17][Number(this.isExt(node.a)) + Number(this.isExt(node.b))]! * WEIGHT.multiply;
  }

  #arithmetic(op: 'add' | 'sub' | 'mul', a: number, b: number, value: (id: number) => string): string {
    const x = value(a);
    const y = value(b);
    if (!this.isExt(a) && !this.isExt(b)) return `m${op}(${x}, ${y})`;
    if (op !== 'mul') return `q${op}(${this.#lifted(a, x)}, ${this.#lifted(b, y)})`;
    if (this.isExt(a) && this.isExt(b)) return `qmul(${x}, ${y})`;
    return this.isExt(a) ? `qscale(${x}, ${y})` : `qscale(${y}, ${x})`;
  }
}

const counted = new WeakMap<Graph, Uint32Array>();

/** how many nodes read each node */
function references(graph: Graph): Uint32Array {
  const known = counted.get(graph);
  if (known?.length === graph.nodes.length) return known;
  const counts = new Uint32Array(graph.nodes.length);
  for (const node of graph.nodes)
    if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') {
      counts[node.a]!++;
      counts[node.b]!++;
    }
  counted.set(graph, counts);
  return counts;
}
