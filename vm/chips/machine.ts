// The machine as the prover and the verifier know it: the ordered list of its chips. The index is the instance type of the
// transcript. Source: AIR.md §5.0. Caveat: changing the order, a column or a constraint changes the AIR hash and every model id.
import type { MachineDefinition } from '../../air/machine.ts';
import { cpu } from './cpu.ts';
import { lut } from './lut.ts';
import { mac } from './mac.ts';
import { ram } from './ram.ts';
import { rom } from './rom.ts';
import { store } from './store.ts';

export const MACHINE: MachineDefinition = { name: 'zkvm', components: [cpu, mac, store, ram, rom, lut] };

/** instance types */
export const TYPE = { cpu: 0, mac: 1, store: 2, ram: 3, rom: 4, lut: 5 } as const;
