// Interaction columns on the device, in row order: registers one after the other (carry and add from the graph, then a scan), LogUp
// partial sums (one inversion a column and row). Source: AIR.md §5.0; fri/backend/js/interaction.ts is the law.
// Caveat: a zero denominator only raises a flag, which somebody has to ask for.

import type { Graph } from '../../fri/backend/graph.ts';
import { continuesLastRow } from '../../fri/backend/js/interaction.ts';
import type { Circuit, InstanceTraces } from '../../fri/backend/seam.ts';
import { rejected } from '../../fri/core/errors.ts';
import { allocateBlock, freeBlock, type GpuBlock, gpuBlock, groupOf } from './blocks.ts';
import { type CircuitColumns, type CircuitKernel, circuitKernel, runCircuit, shapeKey, splitKernels } from './circuit-kernel.ts';
import type { Queue } from './queue.ts';
import { scanRegister } from './scan.ts';

interface InteractionKernels {
  registers: CircuitKernel[];
  sums: CircuitKernel[];
}

const ROW = {
  rows: '(1u << U.logSize)',
  previous: 'let previous = (row - 1u) & ((1u << U.logSize) - 1u);',
  params: [] as string[],
  extra: 0,
};

/** what a fraction costs beside its nodes: products of the pair, an inversion */
const FRACTION_WEIGHT = 2000;

function registerKernel(columns: CircuitColumns, index: number): CircuitKernel {
  const { carry, add } = columns.circuit.registers[index]!;
  return circuitKernel(columns, {
    ...ROW,
    label: 'registers',
    own: [{ name: 'maps', access: 'write', type: 'vec4u' }],
    writesInteraction: false,
    body({ emit }) {
      const first = emit.extValue(carry);
      const second = emit.extValue(add);
      return [...emit.lines, `maps[2u * row] = ${first};`, `maps[2u * row + 1u] = ${second};`].map((l) => `  ${l}`).join('\n');
    },
  });
}

/** LogUp columns `from` … `to` - 1: every partial sum is the one before it plus the column's fractions */
function sumsKernel(columns: CircuitColumns, from: number, to: number): CircuitKernel {
  const { circuit } = columns;
  const first = circuit.registers.length;
  return circuitKernel(columns, {
    ...ROW,
    label: 'fractions',
    own: [{ name: 'flags', access: 'write', type: 'atomic<u32>' }],
    writesInteraction: true,
    body({ emit, feltCell, feltCells }) {
      const text: string[] = [];
      const felt = (index: number): string => `vec4u(${[0, 1, 2, 3].map((c) => feltCell(index, c)).join(', ')})`;
      text.push(`var sum = ${from === 0 ? 'vec4u(0u)' : felt(first + from - 1)};`);
      const targets = circuit.sums.slice(from, to).map((pair) => pair.flatMap((f) => [f.numerator, f.denominator]));
      const add = (ids: readonly number[], values: readonly string[], place: (c: number) => string): string[] => {
        const lifted = (i: number): string => (emit.isExt(ids[i]!) ? values[i]! : `vec4u(${values[i]}, 0u, 0u, 0u)`);
        const scaled = (i: number, by: number): string =>
          emit.isExt(ids[i]!) ? `qmul(${values[i]}, ${lifted(by)})` : `qscale(${lifted(by)}, ${values[i]})`;
        const pair = ids.length > 2;
        return [
          `let denominator = ${pair ? `qmul(${lifted(1)}, ${lifted(3)})` : lifted(1)};`,
          'if (all(denominator == vec4u(0u))) { atomicMax(&flags[0], row + 1u); }',
          `sum = qadd(sum, qmul(${pair ? `qadd(${scaled(0, 3)}, ${scaled(2, 1)})` : lifted(0)}, qinverse(denominator)));`,
          ...[0, 1, 2, 3].map((c) => `${place(c)} = sum[${c}];`),
        ];
      };
      for (const run of emit.runs(targets, 2)) {
        const ids = targets[run.first]!;
        const column = first + from + run.first;
        if (run.count > 1) emit.loop(run, ids, (values, t) => add(ids, values, (c) => feltCells(column, run.count, c, t)));
        else {
          const values = ids.map((id) => emit.value(id));
          emit.lines.push('{', ...add(ids, values, (c) => feltCell(column, c)), '}');
        }
        emit.weight += FRACTION_WEIGHT;
      }
      return [...text, ...emit.lines].map((l) => `  ${l}`).join('\n');
    },
  });
}

const cache = new WeakMap<Graph, Map<string, InteractionKernels>>();

/** kernels of a circuit's interaction columns */
export function interactionKernels(columns: CircuitColumns, limit: number): InteractionKernels {
  const { circuit } = columns;
  const shapes = cache.get(circuit.graph) ?? new Map<string, InteractionKernels>();
  cache.set(circuit.graph, shapes);
  const key = `${limit}|${shapeKey(columns)}`;
  const known = shapes.get(key);
  if (known) return known;
  const made: InteractionKernels = {
    registers: circuit.registers.map((_, index) => registerKernel(columns, index)),
    sums: splitKernels(circuit.sums.length, limit, (from, to) => sumsKernel(columns, from, to)).map((p) => p.made),
  };
  shapes.set(key, made);
  return made;
}

const columnsOf = (circuit: Circuit): number => 4 * (circuit.registers.length + circuit.sums.length);

/** The columns, and a call for how it went, once: it throws rejected ZK0150 when a denominator is zero, bug when the first row continues the last one. */
export async function startInteraction(
  queue: Queue,
  traces: InstanceTraces,
  limit: number,
): Promise<{ rows: GpuBlock; settled: () => Promise<void> }> {
  const { circuit, logSize, parameters } = traces;
  const interaction = allocateBlock(queue, columnsOf(circuit), logSize, 'interaction');
  const columns: CircuitColumns = {
    circuit,
    preprocessed: traces.preprocessed && gpuBlock(traces.preprocessed),
    base: gpuBlock(traces.base),
    interaction,
  };
  const { registers, sums } = interactionKernels(columns, limit);
  // side by side: the driver takes most of a first proof's time
  await queue.compile([...registers, ...sums].map((made) => made.kernel));
  const rows = 2 ** logSize;
  // a row with a zero denominator + 1; a register whose first row goes on from its last one
  const flags = queue.memory.allocate(16, 'flags');
  queue.clear(flags);
  for (const [index, made] of registers.entries()) {
    const maps = queue.memory.allocate(32 * rows, 'register maps');
    runCircuit(queue, made, columns, [maps], { logSize }, rows, parameters, []);
    const group = groupOf(interaction, 4 * index);
    scanRegister(queue, maps, flags, group.memory, 4 * index - group.first, logSize);
    queue.memory.release(maps);
  }
  for (const made of sums) runCircuit(queue, made, columns, [flags], { logSize }, rows, parameters, []);
  const settled = async (): Promise<void> => {
    const flag = await queue.read(flags, 0, 8);
    queue.memory.release(flags);
    if (flag[1] !== 0) throw continuesLastRow(circuit.name);
    if (flag[0] !== 0) throw rejected('ZK0150', 'a LogUp denominator is zero', `${circuit.name} row ${flag[0]! - 1}`);
  };
  return { rows: interaction, settled };
}

/** @throws rejected ZK0150 when a denominator is zero */
export async function interactionBlock(queue: Queue, traces: InstanceTraces, limit: number): Promise<GpuBlock> {
  const { rows, settled } = await startInteraction(queue, traces, limit);
  try {
    await settled();
    return rows;
  } catch (error) {
    freeBlock(queue, rows);
    throw error;
  }
}
