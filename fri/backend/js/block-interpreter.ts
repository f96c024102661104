// Evaluates a graph over blocks of rows: one loop per node instead of one dispatch per cell. The fast form of `evaluateOnRow`
// in plain TypeScript; every other backend is compared with it. Caveat: needs rows in blocks of at most BLOCK_ROWS.

import { add, mul, sub } from '../../core/m31.ts';
import type { QM31 } from '../../core/qm31.ts';
import type { Graph } from '../graph.ts';
import { type Schedule, schedule } from '../schedule.ts';
import { allocate, type Felts, fill, multiply } from './felts.ts';

/** 128 rows: a block of 40 live QM31 values (80 KiB) stays in the second-level cache */
export const BLOCK_ROWS = 128;

/** loads a column's values for rows start … start + count - 1 */
export interface RowSource {
  cell(index: number, back: boolean, out: Uint32Array, start: number, count: number): void;
  felt(index: number, back: boolean, out: Felts, start: number, count: number): void;
}

export class BlockInterpreter {
  readonly #schedule: Schedule;
  readonly #base: Uint32Array[];
  readonly #ext: Felts[];

  constructor(
    readonly graph: Graph,
    targets: readonly number[],
    parameters: readonly QM31[],
    readonly source: RowSource,
  ) {
    this.#schedule = schedule(graph, targets);
    this.#base = Array.from({ length: this.#schedule.slots }, () => new Uint32Array(BLOCK_ROWS));
    this.#ext = Array.from({ length: this.#schedule.extSlots }, () => allocate(BLOCK_ROWS));
    for (const id of this.#schedule.fixed) {
      const node = graph.nodes[id]!;
      if (node.op === 'constant') this.base(id).fill(node.value);
      else if (node.op === 'parameter') {
        if (node.ext) fill(this.ext(id), parameters[node.index]!);
        else this.base(id).fill(parameters[node.index]![0]);
      }
    }
  }

  /** values of an M31 node after `run` */
  base(id: number): Uint32Array {
    return this.#base[this.#schedule.slot[id]!]!;
  }

  /** values of a QM31 node after `run` */
  ext(id: number): Felts {
    return this.#ext[this.#schedule.slot[id]!]!;
  }

  isExt(id: number): boolean {
    return this.graph.nodes[id]!.ext;
  }

  run(start: number, count: number): void {
    for (const id of this.#schedule.order) {
      const node = this.graph.nodes[id]!;
      if (node.op === 'cell') this.source.cell(node.index, node.back, this.base(id), start, count);
      else if (node.op === 'felt') this.source.felt(node.index, node.back, this.ext(id), start, count);
      else if (node.op === 'add' || node.op === 'sub' || node.op === 'mul') {
        if (node.ext) this.#runExt(node.op, id, node.a, node.b, count);
        else runBase(node.op, this.base(id), this.base(node.a), this.base(node.b), count);
      }
    }
  }

  #runExt(op: 'add' | 'sub' | 'mul', id: number, a: number, b: number, count: number): void {
    const out = this.ext(id);
    const extA = this.isExt(a);
    const extB = this.isExt(b);
    if (op === 'mul') {
      if (extA && extB) multiply(out, this.ext(a), this.ext(b), count);
      else {
        const felts = this.ext(extA ? a : b);
        const scalar = this.base(extA ? b : a);
        for (let c = 0; c < 4; c++) runBase('mul', out[c]!, felts[c]!, scalar, count);
      }
      return;
    }
    for (let c = 0; c < 4; c++) {
      const x = extA ? this.ext(a)[c]! : c === 0 ? this.base(a) : undefined;
      const y = extB ? this.ext(b)[c]! : c === 0 ? this.base(b) : undefined;
      const o = out[c]!;
      if (x && y) runBase(op, o, x, y, count);
      else if (x) o.set(x.subarray(0, count));
      else if (y && op === 'add') o.set(y.subarray(0, count));
      else if (y) for (let i = 0; i < count; i++) o[i] = sub(0, y[i]!);
    }
  }
}

function runBase(op: 'add' | 'sub' | 'mul', out: Uint32Array, a: Uint32Array, b: Uint32Array, count: number): void {
  if (op === 'add') for (let i = 0; i < count; i++) out[i] = add(a[i]!, b[i]!);
  else if (op === 'sub') for (let i = 0; i < count; i++) out[i] = sub(a[i]!, b[i]!);
  else for (let i = 0; i < count; i++) out[i] = mul(a[i]!, b[i]!);
}
