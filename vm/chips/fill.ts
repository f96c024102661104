// A run's traces as plain columns, and the columns that a model fixes. Source: AIR.md §5. Caveat: the prover does not come here; it
// fills the instances of vm/chips/split.ts in its backend's memory. These columns are for files, for the row check and for tests.
import type { InstanceWitness, UnfilledInstance } from '../../air/columns.ts';
import type { Execution } from '../executor/run.ts';
import { fixedWitnesses } from './fixed.ts';
import { MACHINE } from './machine.ts';
import { planInstances } from './split.ts';

/** Canonical traces, columns in row order; by default one instance of each chip. */
export function fillTraces(run: Execution, plan: readonly UnfilledInstance[] = planInstances(run)): InstanceWitness[] {
  const fixed = new Map(fixedWitnesses(run.loaded).map(({ type, preprocessed }) => [type, preprocessed]));
  return plan.map(({ type, logSize, base, data, fill }) => {
    const columns = MACHINE.components[type]!.base.map(() => new Uint32Array(2 ** logSize));
    fill(columns);
    return { type, logSize, base, data, preprocessed: fixed.get(type) ?? [], columns };
  });
}
