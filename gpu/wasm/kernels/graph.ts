// Emits the evaluation of a graph (fri/backend/graph.ts) for four rows at a time: one segment of a plan as straight-line code.
// Source: DESIGN §8, §9. Caveat: cells are loaded once a segment; sums of products keep 64-bit lanes and reduce once in four.

import { type Graph, reachable } from '../../../fri/backend/graph.ts';
import { bug } from '../../../fri/core/errors.ts';
import { type Code, type FunctionBuilder, v128 } from '../../emitter/module.ts';
import type { Felt, Field, Wide } from './field.ts';
import { FIXED_BYTES, type FixedNodes, type Plan, type Root, type Segment } from './plan.ts';

/** How one emitted function reads columns at the current group of rows. */
export interface ColumnAccess {
  cell(index: number, back: boolean): Code;
  felt(index: number, back: boolean): Felt;
}

type Value = { ext: false; code: Code } | { ext: true; felt: Felt };

/** One emitted function's view of the graph at the current group of rows. */
export class GraphEmitter {
  readonly #values = new Map<number, Value>();
  readonly #uses: Int32Array;

  constructor(
    readonly f: FunctionBuilder,
    readonly field: Field,
    readonly graph: Graph,
    readonly fixed: FixedNodes,
    /** address of the table of fixed nodes */
    readonly table: Code,
    readonly access: ColumnAccess,
    readonly plan: Plan,
    /** address of the stored nodes of the current group */
    readonly slots: Code,
    readonly segment: Segment,
  ) {
    this.#uses = new Int32Array(graph.nodes.length);
    for (const { node } of segment.roots) this.#uses[node]!++;
    for (const id of segment.store) this.#uses[id]! += 2;
    for (const id of reachable(
      graph,
      segment.roots.map((r) => r.node),
    )) {
      const node = graph.nodes[id]!;
      if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') {
        this.#uses[node.a]!++;
        this.#uses[node.b]!++;
      }
    }
  }

  /** a word of a fixed node in all lanes */
  #fixedWord(id: number, word: number): Code {
    return v128.load32Splat(this.table, FIXED_BYTES * this.fixed.entry[id]! + 4 * word);
  }

  #isFixed(id: number): boolean {
    return this.fixed.entry[id]! >= 0;
  }

  base(id: number): Code {
    const value = this.#value(id);
    if (value.ext) throw bug('a QM31 node is wanted as M31');
    return value.code;
  }

  felt(id: number): Felt {
    const value = this.#value(id);
    if (value.ext) return value.felt;
    const zero = v128.const(0);
    return [value.code, zero, zero, zero];
  }

  isExt(id: number): boolean {
    return this.graph.nodes[id]!.ext;
  }

  #value(id: number): Value {
    const known = this.#values.get(id);
    if (known) return known;
    const value = this.#compute(id);
    if (!this.#isFixed(id)) {
      this.#values.set(id, value);
      if (this.segment.store.includes(id)) this.#store(id, value);
    }
    return value;
  }

  #store(id: number, value: Value): void {
    const { offset } = this.plan.slot.get(id)!;
    if (value.ext) this.field.storeFelt(this.slots, value.felt, offset, 16);
    else this.f.emit(v128.store(this.slots, value.code, offset));
  }

  #compute(id: number): Value {
    const { f, field, graph } = this;
    const node = graph.nodes[id]!;
    const name = (code: Code): Code => f.let(code);
    if (this.#isFixed(id)) {
      if (!node.ext) return { ext: false, code: name(this.#fixedWord(id, 0)) };
      return { ext: true, felt: [0, 1, 2, 3].map((c) => name(this.#fixedWord(id, c))) as unknown as Felt };
    }
    if (node.op === 'cell') return { ext: false, code: name(this.access.cell(node.index, node.back)) };
    if (node.op === 'felt') return { ext: true, felt: this.access.felt(node.index, node.back) };
    if (node.op === 'constant' || node.op === 'parameter') throw bug('a fixed node without an entry');
    const stored = this.plan.slot.get(id);
    if (stored && !this.segment.store.includes(id)) {
      if (stored.ext) return { ext: true, felt: field.loadFelt(this.slots, stored.offset, 16) };
      return { ext: false, code: name(v128.load(this.slots, stored.offset)) };
    }
    if (!node.ext) {
      if (node.op === 'mul') {
        // a fixed factor is loaded doubled
        const [a, b] = this.#isFixed(node.a) ? [node.b, node.a] : [node.a, node.b];
        if (this.#isFixed(b)) return { ext: false, code: field.mulTwice(this.base(a), this.#fixedWord(b, 4)) };
        return { ext: false, code: field.mul(this.base(a), this.base(b)) };
      }
      const a = this.base(node.a);
      const b = this.base(node.b);
      return { ext: false, code: node.op === 'add' ? field.add(a, b) : field.sub(a, b) };
    }
    if (node.op === 'mul') return { ext: true, felt: this.#feltProduct(node.a, node.b) };
    if (node.op === 'add') return { ext: true, felt: this.#sum(id) };
    if (!this.isExt(node.b)) {
      const [x, ...rest] = this.felt(node.a);
      return { ext: true, felt: [field.sub(x, this.base(node.b)), ...(rest as [Code, Code, Code])] };
    }
    return { ext: true, felt: field.feltSub(this.felt(node.a), this.felt(node.b)) };
  }

  #feltProduct(a: number, b: number): Felt {
    const { field } = this;
    if (this.isExt(a) && this.isExt(b)) return field.feltMul(this.felt(a), this.felt(b));
    const [ext, base] = this.isExt(a) ? [a, b] : [b, a];
    if (this.#isFixed(ext)) {
      const x = this.base(base);
      return [0, 1, 2, 3].map((c) => field.mulTwice(x, this.#fixedWord(ext, 4 + c))) as unknown as Felt;
    }
    return field.feltScale(this.felt(ext), this.base(base));
  }

  /** an addition in QM31: terms fixed·(M31 node) are summed as 64-bit products, reduced once in four */
  #sum(id: number): Felt {
    const { graph, field } = this;
    const products: { fixed: number; base: number }[] = [];
    const others: number[] = [];
    const collect = (term: number, top: boolean): void => {
      const node = graph.nodes[term]!;
      const own = top || (this.#uses[term] === 1 && !this.plan.slot.has(term) && !this.#values.has(term));
      if (own && node.op === 'add' && node.ext && !this.#isFixed(term)) {
        collect(node.a, false);
        collect(node.b, false);
        return;
      }
      // even if others want the product too: four wide products cost as much as one addition in QM31
      if (node.op === 'mul' && node.ext && !this.#isFixed(term)) {
        const [ext, base] = this.isExt(node.a) ? [node.a, node.b] : [node.b, node.a];
        if (this.#isFixed(ext) && !this.isExt(base)) {
          products.push({ fixed: ext, base });
          return;
        }
      }
      others.push(term);
    };
    collect(id, true);
    let total: Felt | undefined;
    if (products.length === 2) {
      const [first, second] = products.map(({ fixed, base }) => ({ fixed, x: this.base(base) }));
      total = [0, 1, 2, 3].map((c) =>
        field.sumOfTwo(first!.x, this.#fixedWord(first!.fixed, 4 + c), second!.x, this.#fixedWord(second!.fixed, 4 + c)),
      ) as unknown as Felt;
    } else if (products.length > 2) {
      const sums: Wide[] = [0, 1, 2, 3].map(() => field.wideZero());
      products.forEach(({ fixed, base }, i) => {
        const x = this.base(base);
        for (let c = 0; c < 4; c++) field.wideAdd(sums[c]!, x, this.#fixedWord(fixed, c));
        if (i % 4 === 3) for (const sum of sums) field.reduceWide(sum);
      });
      total = sums.map((sum) => (products.length % 4 === 0 ? field.fromReduced(sum) : field.fromWide(sum))) as unknown as Felt;
    } else
      for (const { fixed, base } of products) {
        const product = this.#feltProduct(fixed, base);
        total = total ? field.feltAdd(total, product) : product;
      }
    for (const term of others) {
      if (this.isExt(term) || !total) {
        const value = this.felt(term);
        total = total ? field.feltAdd(total, value) : value;
      } else {
        const [x, ...rest] = total;
        total = [field.add(x, this.base(term)), ...(rest as [Code, Code, Code])];
      }
    }
    return total!;
  }

  /** computes and stores all roots of the segment; `target` is the address of the current group's root values */
  emitRoots(target: (root: Root) => Code): void {
    for (const root of this.segment.roots) {
      const at = target(root);
      if (this.isExt(root.node) || root.widen) this.field.storeFelt(at, this.felt(root.node), root.offset, root.coordinateStride);
      else this.f.emit(v128.store(at, this.base(root.node), root.offset));
    }
  }
}
