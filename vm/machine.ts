// The machine: the six chips in the order of their instance types. Source: AIR.md §5.0.
// Caveat: this order is part of the AIR hash and of every transcript.
import type { MachineDefinition } from '../air/machine.ts';
import { cpu } from './chips/cpu.ts';
import { lut } from './chips/lut.ts';
import { mac } from './chips/mac.ts';
import { ram } from './chips/ram.ts';
import { rom } from './chips/rom.ts';
import { store } from './chips/store.ts';

export const MACHINE: MachineDefinition = { name: 'zkvm-1', components: [cpu, mac, store, ram, rom, lut] };

/** instance type of every chip: its place in the machine */
export const CHIP = { cpu: 0, mac: 1, store: 2, ram: 3, rom: 4, lut: 5 } as const;
export type ChipName = keyof typeof CHIP;
