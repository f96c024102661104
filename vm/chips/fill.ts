// A run's traces as plain columns, and the columns that a model fixes. Source: AIR.md §5. Caveat: the prover does not come here; it
// fills the instances of vm/chips/split.ts in its backend's memory. These columns are for files, for the row check and for tests.
import type { InstanceWitness, UnfilledInstance } from '../../air/columns.ts';
import type { Execution } from '../executor/run.ts';
import { RAM_BASE } from '../program/isa.ts';
import type { LoadedProgram } from '../program/loader.ts';
import { MACHINE, TYPE } from './machine.ts';
import { preprocessedColumns } from './memory.fill.ts';
import { planInstances } from './split.ts';

/** The instances that a model fixes (ram, rom, lut) with their preprocessed columns and nothing else: what its root commits to. */
export function fixedWitnesses(loaded: LoadedProgram): InstanceWitness[] {
  const { ram, rom, lut } = preprocessedColumns(loaded);
  const witness = (type: number, preprocessed: Uint32Array[], base = 0): InstanceWitness => ({
    type,
    logSize: Math.log2(preprocessed[0]!.length),
    base,
    data: false,
    preprocessed,
    columns: [],
  });
  return [witness(TYPE.ram, ram, RAM_BASE), witness(TYPE.rom, rom), witness(TYPE.lut, lut)];
}

/** Canonical traces, columns in row order; by default one instance of each chip. */
export function fillTraces(run: Execution, plan: readonly UnfilledInstance[] = planInstances(run)): InstanceWitness[] {
  const fixed = new Map(fixedWitnesses(run.loaded).map(({ type, preprocessed }) => [type, preprocessed]));
  return plan.map(({ type, logSize, base, data, fill }) => {
    const columns = MACHINE.components[type]!.base.map(() => new Uint32Array(2 ** logSize));
    fill(columns);
    return { type, logSize, base, data, preprocessed: fixed.get(type) ?? [], columns };
  });
}
