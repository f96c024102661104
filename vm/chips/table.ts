// The chips, one row each, in AIR order: the position in this table is the instance type of the transcript. Everything that is about each
// chip reads this table: machine, instance rule, security, plans, files, estimates, the contract's constants and sizes.
// Source: AIR.md §5, §9 item 4. Caveat: a change of order, of a column or of a constraint changes the AIR hash and every model id.
import { CYCLE_WORDS } from '../program/cycle.ts';
import { DATA_BASE, type InstructionCost, LANES, RAM_BASE, specOf } from '../program/isa.ts';
import type { Chip, RunChip } from './chip.ts';
import { cpu } from './cpu.ts';
import { lut } from './lut.ts';
import { mac } from './mac.ts';
import { addressColumn, romColumns, wordColumns } from './memory.fill.ts';
import { ram } from './ram.ts';
import { rom } from './rom.ts';
import { store } from './store.ts';
import { words } from './words.ts';

/** rows of the chip that an instruction is dispatched to */
const dispatched =
  (chip: InstructionCost['chip']): RunChip['rows'] =>
  ({ opcode, values, flags }) => {
    const { cost } = specOf(opcode);
    return cost?.chip === chip ? cost.rows(values, flags) : 0;
  };

export const CHIPS = {
  cpu: {
    component: cpu,
    sizedBy: 'run',
    rows: () => 1,
    instances: 'one',
    padded: true,
    base: 0,
    accumulatorDegree: undefined,
    wordsKept: CYCLE_WORDS,
  },
  mac: {
    component: mac,
    sizedBy: 'run',
    rows: dispatched('mac'),
    instances: 'several',
    padded: false,
    base: 0,
    accumulatorDegree: (rows) => 4 * LANES * (rows + 1),
    wordsKept: 0,
  },
  store: {
    component: store,
    sizedBy: 'run',
    rows: dispatched('store'),
    instances: 'several',
    padded: false,
    base: 0,
    accumulatorDegree: (rows) => (LANES + 1) * (rows + 2),
    wordsKept: 2 * LANES,
  },
  ram: {
    component: ram,
    sizedBy: 'program',
    rows: ({ program }) => 2 ** program.ramLogSize,
    preprocessed: (_loaded, _first, logSize): Uint32Array[] => [addressColumn(0, logSize)],
    base: RAM_BASE,
    accumulatorDegree: undefined,
    wordsKept: LANES + 1,
  },
  rom: {
    component: rom,
    sizedBy: 'program',
    rows: ({ program }) => program.rom.length / LANES,
    preprocessed: ({ program }, first, logSize): Uint32Array[] => romColumns(program, first, logSize),
    base: 0,
    accumulatorDegree: undefined,
    wordsKept: 1,
  },
  lut: {
    component: lut,
    sizedBy: 'program',
    rows: ({ table }) => table.rows,
    preprocessed: ({ table }, first, logSize): Uint32Array[] =>
      [table.slot, table.u, table.in, table.out].map((column) => column.slice(first, first + 2 ** logSize)),
    base: 0,
    accumulatorDegree: undefined,
    wordsKept: 1,
  },
  words: {
    component: words,
    sizedBy: 'input',
    preprocessed: wordColumns,
    base: DATA_BASE,
    accumulatorDegree: undefined,
    wordsKept: LANES + 1,
  },
} satisfies Readonly<Record<InstructionCost['chip'], RunChip> & Record<string, Chip>>;

export type ChipName = keyof typeof CHIPS;
type SizedBy<S extends Chip['sizedBy']> = { [K in ChipName]: (typeof CHIPS)[K]['sizedBy'] extends S ? K : never }[ChipName];
/** chips whose size the prover says, chips whose size the model's record says, and chips that stand for committed inputs */
export type RunChipName = SizedBy<'run'>;
export type ProgramChipName = SizedBy<'program'>;
export type InputChipName = SizedBy<'input'>;

export const CHIP_NAMES = Object.keys(CHIPS) as ChipName[];
const named = <K extends ChipName>(sizedBy: Chip['sizedBy']): K[] => CHIP_NAMES.filter((name) => CHIPS[name].sizedBy === sizedBy) as K[];
export const RUN_CHIPS: readonly RunChipName[] = named<RunChipName>('run');
export const PROGRAM_CHIPS: readonly ProgramChipName[] = named<ProgramChipName>('program');
export const INPUT_CHIPS: readonly InputChipName[] = named<InputChipName>('input');

/** a value for each chip, from its row */
export const ofRunChips = <T>(value: (name: RunChipName, chip: RunChip) => T): Record<RunChipName, T> =>
  Object.fromEntries(RUN_CHIPS.map((name) => [name, value(name, CHIPS[name])])) as Record<RunChipName, T>;
