// Columns of a proof in the backend's memory: traces that come or are filled, and what is committed for a model once. Source: PCS.md §9
// steps 1 and 2. Caveat: an unfilled instance writes into memory that the backend gives, so nothing else is asked of it meanwhile.
import type { Backend, Block, Tree } from '../fri/backend/seam.ts';
import { componentOf, type Instance, type MachineDefinition } from './machine.ts';

/** an instance with its columns in row order, 2^logSize values each */
export interface InstanceWitness extends Instance {
  preprocessed: readonly Uint32Array[];
  columns: readonly Uint32Array[];
}

/** an instance whose base columns are written when the backend has room for them; its preprocessed columns are the setup's, or a committed input's */
export interface UnfilledInstance extends Instance {
  /** those of a committed input, which no setup has */
  preprocessed?: readonly Uint32Array[];
  /** @param columns the base columns, 2^logSize zeros each: the trace is written into them, in row order */
  fill(columns: readonly Uint32Array[]): void;
}

/** Columns of a model in a backend's memory, with their tree: made once, used by every proof of the model. */
export interface Setup {
  readonly logBlowup: number;
  readonly entries: readonly { type: number; logSize: number; rows: Block; coefficients: Block; evaluations: Block }[];
  readonly tree: Tree;
}

/** columns of one tree at the stages of a proof, an entry an instance */
export interface ColumnsOfTree {
  traces: (Block | undefined)[];
  coefficients: (Block | undefined)[];
  evaluations: (Block | undefined)[];
}

/** row-order columns of each instance, where it has some, in the backend's memory */
export async function uploadColumns(
  backend: Backend,
  columns: readonly (readonly Uint32Array[])[],
  shapes: readonly { logSize: number }[],
): Promise<(Block | undefined)[]> {
  const blocks: (Block | undefined)[] = [];
  for (const [i, list] of columns.entries()) blocks.push(list.length ? await backend.upload(list, shapes[i]!.logSize) : undefined);
  return blocks;
}

/** interpolates and extends one tree's columns, an entry an instance */
export async function extendColumns(backend: Backend, traces: readonly (Block | undefined)[], logBlowup: number): Promise<ColumnsOfTree> {
  const out: ColumnsOfTree = { traces: [...traces], coefficients: [], evaluations: [] };
  for (const rows of traces) {
    const coefficients = rows && (await backend.interpolate(rows));
    out.coefficients.push(coefficients);
    out.evaluations.push(coefficients && (await backend.extend(coefficients, logBlowup)));
  }
  return out;
}

/** the preprocessed columns that came with an instance */
export const preprocessedOf = (instance: InstanceWitness | UnfilledInstance): readonly Uint32Array[] => instance.preprocessed ?? [];

/** `Backend.fill` for a backend that has no room to write into */
function fillAndUpload(backend: Backend, ...[shapes, write]: Parameters<NonNullable<Backend['fill']>>): Promise<(Block | undefined)[]> {
  const columns = shapes.map((shape) => Array.from({ length: shape.columns }, () => new Uint32Array(2 ** shape.logSize)));
  write(columns);
  return uploadColumns(backend, columns, shapes);
}

/** base columns of all instances: those that came, and those that are filled now, in the backend's memory where it offers some */
export async function baseTraces(
  backend: Backend,
  machine: MachineDefinition,
  instances: readonly (InstanceWitness | UnfilledInstance)[],
): Promise<(Block | undefined)[]> {
  const unfilled = instances.filter((instance) => 'fill' in instance);
  const shapes = unfilled.map((instance) => ({ columns: componentOf(machine, instance).base.length, logSize: instance.logSize }));
  const write = (columns: readonly Uint32Array[][]): void => {
    for (const [i, instance] of unfilled.entries()) instance.fill(columns[i]!);
  };
  const filled = await (backend.fill?.(shapes, write) ?? fillAndUpload(backend, shapes, write));
  const given = await uploadColumns(
    backend,
    instances.map((instance) => ('fill' in instance ? [] : instance.columns)),
    instances,
  );
  return instances.map((instance, i) => ('fill' in instance ? filled[unfilled.indexOf(instance)] : given[i]));
}

/** commits the preprocessed columns of these instances (a model's, or a committed input's): the root is what a model registers */
export async function setupColumns(backend: Backend, instances: readonly InstanceWitness[], logBlowup: number): Promise<Setup> {
  const order = instances.filter((i) => i.preprocessed.length).sort((a, b) => a.logSize - b.logSize);
  const rows = await uploadColumns(
    backend,
    order.map((i) => i.preprocessed),
    order,
  );
  const columns = await extendColumns(backend, rows, logBlowup);
  const entries = order.map(({ type, logSize }, i) => ({
    type,
    logSize,
    rows: columns.traces[i]!,
    coefficients: columns.coefficients[i]!,
    evaluations: columns.evaluations[i]!,
  }));
  return { logBlowup, entries, tree: await backend.commit(entries.map((e) => e.evaluations)) };
}

/** gives a setup's memory back */
export function freeSetup(backend: Backend, setup: Setup): void {
  backend.free(setup.tree, ...setup.entries.flatMap((e) => [e.rows, e.coefficients, e.evaluations]));
}
