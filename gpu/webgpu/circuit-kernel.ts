// Kernels made from a circuit: they read columns of several blocks, which may stand in several buffers each, and the parameters of
// the graph. One such kernel does a run of targets; this file assembles its text and remembers what to bind. Source: DESIGN §8.
// Caveat: a kernel that would need more buffers than the device binds is refused; the split by weight is what keeps them few.
import type { Circuit } from '../../fri/backend/seam.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import { type GpuBlock, groupOf } from './blocks.ts';
import { doesNotFit } from './device.ts';
import { QM31_WGSL } from './field.ts';
import { type BufferBinding, type Kernel, kernel, THREADS } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';
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
const COORDINATES = [0, 1, 2, 3];

export interface CircuitKernel {
  kernel: Kernel;
  /** which group of which block every buffer after `own` is */
  groups: readonly { block: BlockName; group: number }[];
  /** what its constants are */
  constants: readonly Constant[];
  /** how much a compiler has to chew */
  weight: number;
}

/** an entry of the graph's parameter table, one of the caller's, or a number of the text */
type Constant = { parameter: number } | { extra: number } | { value: number };

/** what a body can say beside the emitter's statements */
export interface BodyContext {
  emit: WgslEmitter;
  /** text of coordinate `c` of QM31 interaction column `index` at this row: something that can be assigned to */
  feltCell(index: number, coordinate: number): string;
  /** the same for column first + t, where t is a loop's variable below `count` */
  feltCells(first: number, count: number, coordinate: number, t: string): string;
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
  /** number of the caller's own constants: `U.K[0]` … in the text */
  extra: number;
  /** interaction columns are written */
  writesInteraction: boolean;
  body(context: BodyContext): string;
}

/** builds the kernel; every text starts with `let row` and ends threads beyond the rows */
export function circuitKernel(columns: CircuitColumns, text: CircuitKernelText): CircuitKernel {
  const { circuit } = columns;
  const used: { block: BlockName; group: number; name: string }[] = [];
  const constants: Constant[] = Array.from({ length: text.extra }, (_, extra) => ({ extra }));
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
  /** entry `t` of a list of column numbers: a progression where it is one, else a table among the constants */
  const listed = (values: readonly number[], t: string): string => {
    const step = values[1]! - values[0]!;
    if (values.every((v, i) => v === values[0]! + i * step))
      return step === 0 ? `${values[0]}u` : `(${values[0]}u ${step < 0 ? '-' : '+'} ${Math.abs(step)}u * ${t})`;
    const first = constants.length;
    for (const value of values) constants.push({ value });
    return `U.K[${first}u + ${t}].x`;
  };
  const locals = (block: BlockName, columns: readonly number[]): { name: string; values: number[] } => ({
    name: buffer(block, columns[0]!).name,
    values: columns.map((column) => buffer(block, column).local),
  });
  const cellPlace = (index: number): [BlockName, number] =>
    index < circuit.preprocessedColumns ? ['preprocessed', index] : ['base', index - circuit.preprocessedColumns];
  const words = (name: string, column: string, back: boolean): string => `${name}[(${column} << U.logSize) + ${back ? 'previous' : 'row'}]`;
  const felts = (indices: readonly number[], coordinate: number, back: boolean, t: string): string => {
    const { name, values } = locals(
      'interaction',
      indices.map((index) => 4 * index + coordinate),
    );
    return words(name, listed(values, t), back);
  };
  const emit = new WgslEmitter(circuit.graph, {
    cell: (index, back) => at(...cellPlace(index), back),
    felt: (index, back) => `vec4u(${COORDINATES.map((c) => at('interaction', 4 * index + c, back)).join(', ')})`,
    parameter: (index, ext) => {
      let place = constants.findIndex((c) => 'parameter' in c && c.parameter === index);
      if (place < 0) place = constants.push({ parameter: index }) - 1;
      return `U.K[${place}]${ext ? '' : '.x'}`;
    },
    cells: (indices, back, t) => {
      const [block] = cellPlace(indices[0]!);
      const { name, values } = locals(
        block,
        indices.map((index) => cellPlace(index)[1]),
      );
      return words(name, listed(values, t), back);
    },
    felts: (indices, back, t) => `vec4u(${COORDINATES.map((c) => felts(indices, c, back, t)).join(', ')})`,
    parameters: (indices, ext, t) => {
      const first = constants.length;
      for (const parameter of indices) constants.push({ parameter });
      return `U.K[${first}u + ${t}]${ext ? '' : '.x'}`;
    },
    constants: (values, t) => listed(values, t),
    together: (kind, indices) => {
      const places = indices.map((index): [BlockName, number] => (kind === 'cell' ? cellPlace(index) : ['interaction', 4 * index]));
      const [block, column] = places[0]!;
      const group = groupOf(columns[block]!, column);
      return places.every(([b, c]) => b === block && groupOf(columns[b]!, c) === group);
    },
  });
  const body = text.body({
    emit,
    feltCell: (index, coordinate) => at('interaction', 4 * index + coordinate, false),
    feltCells: (first, count, coordinate, t) => {
      const indices = Array.from({ length: count }, (_, i) => first + i);
      return felts(indices, coordinate, false, t);
    },
  });
  const made = kernel({
    label: text.label,
    params: ['logSize', ...text.params],
    constants: constants.length,
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
  return { kernel: made, groups: used.map(({ block, group }) => ({ block, group })), constants, weight: emit.weight };
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
    throw doesNotFit(`one kernel needs ${buffers.length} buffers, the device binds ${queue.maxBindings}`);
  const constants = made.constants.map((c): QM31 => {
    if ('parameter' in c) return parameters[c.parameter]!;
    return 'extra' in c ? extra[c.extra]! : [c.value, 0, 0, 0];
  });
  queue.run(made.kernel, params, buffers, Math.ceil(rows / THREADS), constants);
}

/** a kernel for items from … to - 1 */
export interface Part {
  made: CircuitKernel;
  from: number;
  to: number;
}

/**
 * Splits items 0 … count - 1 into neighbouring ranges, as few as can be with kernels that weigh at most `limit` (a single item may weigh
 * more, and so may a loop of equal ones).
 */
export function splitKernels(count: number, limit: number, make: (from: number, to: number) => CircuitKernel): Part[] {
  const list: Part[] = [];
  const split = (from: number, to: number): void => {
    const made = make(from, to);
    if (made.weight <= limit || to - from === 1) {
      list.push({ made, from, to });
      return;
    }
    const middle = Math.ceil((from + to) / 2);
    split(from, middle);
    split(middle, to);
  };
  if (count > 0) split(0, count);
  return list;
}

/** a key of everything but the circuit that the texts depend on */
export const shapeKey = ({ preprocessed, base, interaction }: CircuitColumns): string =>
  [preprocessed, base, interaction].map((b) => b?.groups.map((g) => g.columns).join() ?? '').join('|');
