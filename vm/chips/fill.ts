// A run's traces as plain columns, and the columns that a model fixes. Source: AIR.md §5. Caveat: the prover does not come here; it
// fills the instances of vm/chips/split.ts in its backend's memory. These columns are for files, for the row check and for tests.
import type { InstanceWitness, UnfilledInstance } from '../../air/columns.ts';
import type { Execution } from '../executor/run.ts';
import { preprocessedColumns } from './fixed.ts';
import { CHIP_LIST, MACHINE } from './machine.ts';
import { planInstances } from './split.ts';

/** Canonical traces, columns in row order; by default one instance of each chip. */
export function fillTraces(run: Execution, plan: readonly UnfilledInstance[] = planInstances(run)): InstanceWitness[] {
  /** rows of each chip that earlier instances have: pages of a chip stand in the plan in their order */
  const first = new Map<number, number>();
  return plan.map(({ fill, ...instance }) => {
    const { type, logSize } = instance;
    const columns = MACHINE.components[type]!.base.map(() => new Uint32Array(2 ** logSize));
    fill(columns);
    const at = first.get(type) ?? 0;
    first.set(type, at + 2 ** logSize);
    const isFixed = CHIP_LIST[type]!.sizedBy === 'program';
    const preprocessed = isFixed ? preprocessedColumns(run.loaded, type, at, logSize) : (instance.preprocessed ?? []);
    return { ...instance, preprocessed, columns };
  });
}
