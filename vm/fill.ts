// A run becomes the instances that the prover takes: one of each chip, in the machine's order. Source: AIR.md §5, DESIGN §7.
// Caveat: one instance a chip for now; several of a chip only change where the rows are cut.
import type { InstanceWitness } from '../air/prove.ts';
import type { FilledTrace } from './chips/columns.ts';
import { fillCpu } from './chips/cpu.fill.ts';
import { fillMac } from './chips/mac.fill.ts';
import { fillLut, fillRam, fillRom, preprocessedColumns } from './chips/memory.fill.ts';
import { fillStore } from './chips/store.fill.ts';
import type { Execution } from './executor.ts';
import { RAM_BASE } from './isa.ts';
import type { LoadedProgram } from './loader.ts';
import { TYPE } from './machine.ts';

/** the commitment layer needs one instance of at least this log size (PCS.md §1); cpu is padded to it when all are smaller */
export const MIN_LARGEST_LOG_SIZE = 6;

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

/** Canonical traces of all chips, columns in row order. */
export function fillTraces(run: Execution): InstanceWitness[] {
  const preprocessed = preprocessedColumns(run.loaded);
  const others: [number, FilledTrace][] = [
    [TYPE.mac, fillMac(run)],
    [TYPE.store, fillStore(run)],
    [TYPE.ram, fillRam(run, preprocessed.ram)],
    [TYPE.rom, fillRom(run, preprocessed.rom)],
    [TYPE.lut, fillLut(run, preprocessed.lut)],
  ];
  const small = others.every(([, { logSize }]) => logSize < MIN_LARGEST_LOG_SIZE);
  const all: [number, FilledTrace][] = [[TYPE.cpu, fillCpu(run, small ? MIN_LARGEST_LOG_SIZE : 1)], ...others];
  return all.map(([type, { logSize, preprocessed: fixed, columns }]) => ({
    type,
    logSize,
    base: type === TYPE.ram ? RAM_BASE : 0,
    data: false,
    preprocessed: fixed,
    columns,
  }));
}
