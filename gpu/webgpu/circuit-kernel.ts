// Kernels made from a circuit: they read columns of several blocks, which may stand in several buffers each, and the parameters of
// the graph. One such kernel does a run of targets; this file assembles its text and remembers what to bind. Source: DESIGN §8.
// Caveat: a kernel that would need more buffers than the device binds is refused; the split by weight is what keeps them few.
import type { Circuit } from '../../fri/backend.ts';
import type { QM31 } from '../../fri/qm31.ts';
import { type GpuBlock, groupOf } from './blocks.ts';
import { backendFailure } from './device.ts';
import { QM31_WGSL } from './field.ts';
import { type BufferBinding, type Kernel, kernel, THREADS } from './kernel.ts';
import type { Memory, Queue } from './queue.ts';
import { WgslEmitter } from './wgsl-emitter.ts';

/** the columns a circuit reads; all of one height */
export interface CircuitColumns {
  circuit: Circuit;
  preprocessed: GpuBlock | undefined;
  base: GpuBlock;
  interaction: GpuBlock;
}

const BLOCKS = ['preprocessed', 'base', 'interaction'] as const;
type BlockName = (typeof BLOCKS)[number];

export interface CircuitKernel {
  kernel: Kernel;
  /** which group of which block every buffer after `own` is */
  groups: readonly { block: BlockName; group: number }[];
  /** constants of the text: entries of the parameter table, then what the body added */
  parameters: readonly number[];
  extra: number;
}

/** what a body can say beside the emitter's statements */
export interface BodyContext {
  emit: WgslEmitter;
  /** text of coordinate `c` of QM31 interaction column `index` at this row: something that can be assigned to */
  feltCell(index: number, coordinate: number): string;
  /** a further constant, by number in the caller's list */
  constant(index: number): string;
}

export interface CircuitKernelText {
  label: string;
  /** buffers of the caller's own, before the columns */
  own: readonly BufferBinding[];
  params: readonly string[];
  /** `let previous = …;` from `row` */
  previous: string;
  /** rows of the domain, an expression */
  rows: string;
  /** number of extra constants */
  extra: number;
  /** interaction columns are written */
  writesInteraction: boolean;
  body(context: BodyContext): string;
}

/** builds the kernel; every text starts with `let row` and ends threads beyond the rows */
export function circuitKernel(columns: CircuitColumns, text: CircuitKernelText): CircuitKernel {
  const { circuit } = columns;
  const used: { block: BlockName; group: number; name: string }[] = [];
  const parameters: number[] = [];
  const buffer = (block: BlockName, column: number): { name: string; local: number } => {
    const owner = columns[block]!;
    const found = groupOf(owner, column);
    const group = owner.groups.indexOf(found);
    let entry = used.find((u) => u.block === block && u.group === group);
    if (!entry) {
      entry = { block, group, name: `${block}${group}` };
      used.push(entry);
    }
    return { name: entry.name, local: column - found.first };
  };
  const at = (block: BlockName, column: number, back: boolean): string => {
    const { name, local } = buffer(block, column);
    return `${name}[(${local}u << U.logSize) + ${back ? 'previous' : 'row'}]`;
  };
  const emit = new WgslEmitter(circuit.graph, {
    cell: (index, back) =>
      index < circuit.preprocessedColumns ? at('preprocessed', index, back) : at('base', index - circuit.preprocessedColumns, back),
    felt: (index, back) => `vec4u(${[0, 1, 2, 3].map((c) => at('interaction', 4 * index + c, back)).join(', ')})`,
    parameter: (index, ext) => {
      let place = parameters.indexOf(index);
      if (place < 0) place = parameters.push(index) - 1;
      return `U.K[${place}]${ext ? '' : '.x'}`;
    },
  });
  // extra constants stand first in the table, so that their numbers are known while parameters are still being found
  const shift = (line: string): string => line.replaceAll(/U\.K\[(\d+)\]/g, (_, place) => `U.K[${Number(place) + text.extra}]`);
  const own = text.body({
    emit,
    feltCell: (index, coordinate) => at('interaction', 4 * index + coordinate, false),
    constant: (index) => `U.E[${index}]`,
  });
  const body = shift(own).replaceAll('U.E[', 'U.K[');
  const made = kernel({
    label: text.label,
    params: ['logSize', ...text.params],
    constants: parameters.length + text.extra,
    buffers: [
      ...text.own,
      ...used.map(
        ({ name, block }): BufferBinding => ({ name, access: block === 'interaction' && text.writesInteraction ? 'write' : 'read' }),
      ),
    ],
    library: QM31_WGSL,
    body: `  let row = group * ${THREADS}u + local;
  if (row >= ${text.rows}) { return; }
  ${text.previous}
${body}`,
  });
  return { kernel: made, groups: used.map(({ block, group }) => ({ block, group })), parameters, extra: text.extra };
}

/** runs a kernel of `circuitKernel` over these columns (of the same shape as those it was made for) */
export function runCircuit(
  queue: Queue,
  made: CircuitKernel,
  columns: CircuitColumns,
  own: readonly Memory[],
  params: Readonly<Record<string, number>>,
  rows: number,
  parameters: readonly QM31[],
  extra: readonly QM31[],
): void {
  const buffers = [...own, ...made.groups.map(({ block, group }) => columns[block]!.groups[group]!.memory)];
  if (buffers.length > queue.maxBindings)
    throw backendFailure(
      'ZK0606',
      'the trace does not fit the GPU',
      `one kernel needs ${buffers.length} buffers, the device binds ${queue.maxBindings}`,
    );
  const constants = [...extra, ...made.parameters.map((index) => parameters[index]!)];
  queue.run(made.kernel, params, buffers, Math.ceil(rows / THREADS), constants);
}

/** a key of everything but the circuit that the texts depend on */
export const shapeKey = ({ preprocessed, base, interaction }: CircuitColumns): string =>
  [preprocessed, base, interaction].map((b) => b?.groups.map((g) => g.columns).join() ?? '').join('|');
