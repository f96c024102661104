// The composition on the device: Σ c^i C_i of every instance on the canonic coset of twice its rows, in kernels emitted from the
// graph (several, when one would be too long), divided by the vanishing polynomial, interpolated, lifted in coefficient space and
// split. Source: PCS.md §4; fri/backend/js/composition.ts is the law. Caveat: columns that were extended by one bit for the commitment are
// used again; others are extended here, for the time of their instance.

import type { Graph } from '../../fri/backend/graph.ts';
import type { InstanceCoefficients } from '../../fri/backend/seam.ts';
import { allocateBlock, freeBlock, type GpuBlock, gpuBlock, groupOf } from './blocks.ts';
import { type CircuitColumns, type CircuitKernel, circuitKernel, type Part, runCircuit, shapeKey, splitKernels } from './circuit-kernel.ts';
import { M31_WGSL } from './field.ts';
import { kernel, THREADS } from './kernel.ts';
import type { Queue } from './queue.ts';
import { evaluateBlock, interpolateBlock } from './transform.ts';
import type { Twiddles } from './twiddles.ts';

/** what a constraint costs beside its nodes: its weighted term */
const TERM_WEIGHT = 200;

/** fri/core/circle.ts `previousPosition` for an extension by one bit */
const PREVIOUS = `let natural = reverseBits(row) >> (32u - U.logSize);
  let half = 1u << (U.logSize - 1u);
  let stepped = select(half + ((natural - half + 1u) & (half - 1u)), (natural - 1u) & (half - 1u), natural < half);
  let previous = reverseBits(stepped) >> (32u - U.logSize);`;

/** sums constraints from … to - 1 into `totals`; on the last part of a height the sums are divided by V = ±2^15 */
function constraintsKernel(columns: CircuitColumns, from: number, to: number): CircuitKernel {
  const { constraints } = columns.circuit;
  return circuitKernel(columns, {
    label: 'constraints',
    own: [{ name: 'totals', access: 'write' }],
    params: ['first', 'last'],
    rows: '(1u << U.logSize)',
    previous: PREVIOUS,
    extra: to - from,
    writesInteraction: false,
    body({ emit }) {
      const lines = ['var total = vec4u(0u);'];
      const targets = constraints.slice(from, to).map((id) => [id]);
      const term = (id: number, value: string, power: string): string =>
        `total = qadd(total, ${emit.isExt(id) ? `qmul(${value}, ${power})` : `qscale(${power}, ${value})`});`;
      for (const run of emit.runs(targets, 2)) {
        const [id] = targets[run.first]!;
        if (run.count > 1) emit.loop(run, [id!], ([value], t) => [term(id!, value!, `U.K[${run.first}u + ${t}]`)]);
        else {
          const value = emit.value(id!);
          emit.lines.push(term(id!, value, `U.K[${run.first}]`));
        }
        emit.weight += TERM_WEIGHT;
      }
      lines.push(...emit.lines);
      lines.push(
        `for (var c = 0u; c < 4u; c++) {`,
        `  let at = (c << U.logSize) + row;`,
        `  var sum = total[c];`,
        `  if (U.first == 0u) { sum = madd(sum, totals[at]); }`,
        `  if (U.last != 0u) {`,
        `    sum = mrotate(sum, 15u);`,
        `    if ((row >> (U.logSize - 1u)) != 0u) { sum = msub(0u, sum); }`,
        `  }`,
        `  totals[at] = sum;`,
        `}`,
      );
      return lines.map((l) => `  ${l}`).join('\n');
    },
  });
}

const cache = new WeakMap<Graph, Map<string, Part[]>>();

/** kernels of a circuit's constraints on columns of this shape, each at most of weight `limit` if it can be */
export function constraintParts(columns: CircuitColumns, limit: number): Part[] {
  const { circuit } = columns;
  const shapes = cache.get(circuit.graph) ?? new Map<string, Part[]>();
  cache.set(circuit.graph, shapes);
  const key = `${limit}|${shapeKey(columns)}`;
  const known = shapes.get(key);
  if (known) return known;
  const made = splitKernels(circuit.constraints.length, limit, (from, to) => constraintsKernel(columns, from, to));
  shapes.set(key, made);
  return made;
}

/** coefficient j of log size n becomes coefficient `at` of the lifted polynomial, odd ones times 2^lift (y∘π^m = 2^m y x π(x) …) */
const SPREAD = kernel({
  label: 'composition lift',
  params: ['n', 'lift', 'logSize', 'half', 'rotate'],
  buffers: [
    { name: 'S', access: 'read' },
    { name: 'D', access: 'write' },
  ],
  library: M31_WGSL,
  body: /* wgsl */ `
  let entry = group * ${THREADS}u + local;
  if (entry >= (4u << U.n)) { return; }
  let c = entry >> U.n;
  let j = entry & ((1u << U.n) - 1u);
  let odd = (j & 1u) != 0u;
  let at = ((j >> 1u) << (U.lift + 1u)) + select(0u, (2u << U.lift) - 1u, odd);
  if ((at >> U.logSize) != U.half) { return; }
  // a multiplication by 2^lift is a rotation the other way
  let value = select(S[entry], mrotate(S[entry], U.rotate), odd);
  let to = (c << U.logSize) + (at & ((1u << U.logSize) - 1u));
  D[to] = madd(D[to], value);`,
});

/** columns on the canonic coset of twice the size; `temporary` ones are freed by the caller */
function doubled(queue: Queue, twiddles: Twiddles, coefficients: GpuBlock, temporary: GpuBlock[]): GpuBlock {
  if (coefficients.doubled && !coefficients.doubled.freed) return coefficients.doubled;
  const made = allocateBlock(queue, coefficients.columns, coefficients.logSize + 1, 'composition columns');
  temporary.push(made);
  evaluateBlock(queue, twiddles, coefficients, made);
  return made;
}

/** coefficients of the eight composition columns */
export async function compositionBlock(
  queue: Queue,
  twiddles: Twiddles,
  instances: readonly InstanceCoefficients[],
  logSize: number,
  limit: number,
): Promise<GpuBlock> {
  const result = allocateBlock(queue, 8, logSize, 'composition');
  for (const group of result.groups) queue.clear(group.memory);
  for (const k of [...new Set(instances.map((i) => i.logSize))].sort((a, b) => a - b)) {
    const n = k + 1;
    const totals = allocateBlock(queue, 4, n, 'quotient');
    const same = instances.filter((i) => i.logSize === k);
    for (const [i, { circuit, preprocessed, base, interaction, parameters, powers }] of same.entries()) {
      const temporary: GpuBlock[] = [];
      const columns: CircuitColumns = {
        circuit,
        preprocessed: preprocessed && doubled(queue, twiddles, gpuBlock(preprocessed), temporary),
        base: doubled(queue, twiddles, gpuBlock(base), temporary),
        interaction: doubled(queue, twiddles, gpuBlock(interaction), temporary),
      };
      const parts = constraintParts(columns, limit);
      await queue.compile(parts.map((p) => p.made.kernel));
      for (const [p, part] of parts.entries()) {
        const first = Number(i === 0 && p === 0);
        const last = Number(i === same.length - 1 && p === parts.length - 1);
        runCircuit(
          queue,
          part.made,
          columns,
          [totals.groups[0]!.memory],
          { logSize: n, first, last },
          2 ** n,
          parameters,
          powers.slice(part.from, part.to),
        );
      }
      for (const block of temporary) freeBlock(queue, block);
    }
    const coefficients = allocateBlock(queue, 4, n, 'quotient');
    interpolateBlock(queue, twiddles, totals, coefficients, false);
    const lift = logSize - k;
    for (const half of [0, 1]) {
      const params = { n, lift, logSize, half, rotate: (31 - (lift % 31)) % 31 };
      const target = groupOf(result, 4 * half);
      // with all eight columns in one buffer, the right half starts four columns further
      const offset = 4 * (4 * half - target.first) * 2 ** logSize;
      const bytes = 16 * 2 ** logSize;
      queue.run(
        SPREAD,
        params,
        [coefficients.groups[0]!.memory, { buffer: target.memory.buffer, offset, bytes }],
        Math.ceil((4 * 2 ** n) / THREADS),
      );
    }
    freeBlock(queue, totals);
    freeBlock(queue, coefficients);
  }
  return result;
}
