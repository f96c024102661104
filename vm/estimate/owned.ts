// Whose every committed cell of a proof is: a node's, an input's, several nodes', nobody's (padding), or the whole proof's (running sum, composition). Source: AIR.md
// §5.0 (widths), §5.1-§5.4 (rows); program/accesses.ts says who reads and writes which word. Caveat: a program with jumps has no addresses that are known
// ahead, so its memory, weights and tables count as shared.
import { committedColumns, interactionColumns } from '../../air/component.ts';
import { COMPOSITION_COLUMNS, FELT_COLUMNS } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { cellsByChip } from '../chips/cells.ts';
import { planInstances } from '../chips/split.ts';
import { CHIP_NAMES, CHIPS, type ChipName, RUN_CHIPS } from '../chips/table.ts';
import type { Execution } from '../executor/run.ts';
import { visitRepeats } from '../program/accesses.ts';
import { isCommitted } from '../program/committed.ts';
import { CYCLE_WORDS } from '../program/cycle.ts';
import { LANES, RAM_BASE } from '../program/isa.ts';
import { hasJumps, type LoadedProgram } from '../program/loader.ts';
import { inputWords } from '../program/packing.ts';

/** an entry of the source map, an input, or none of them alone */
export type CellOwner =
  | { kind: 'entry' | 'input'; index: number }
  /** several entries', or of code that belongs to none */
  | { kind: 'shared' }
  | { kind: 'padding' }
  | { kind: 'proof' };

/** what cells stand in: a chip, or what a proof has once for all of them */
export type CellPlace = ChipName | 'running sum' | 'composition';

/** Cells of one chip that have one owner. */
export interface OwnedCells {
  chip: CellPlace;
  owner: CellOwner;
  rows: number;
  cells: number;
  /** of them in the columns of lookups (LogUp), which come after the trace */
  lookupCells: number;
}

/** Columns of a chip by what they are for. */
export interface ChipSize {
  chip: CellPlace;
  cells: number;
  columns: { fixed: number; trace: number; lookups: number };
  /** log2 of the rows of each instance */
  logSizes: number[];
}

export interface OwnedCost {
  cells: number;
  chips: ChipSize[];
  owned: OwnedCells[];
  /** which entry or input reads what an entry or input wrote, each pair once */
  flows: { from: CellOwner & { index: number }; to: number }[];
  /** who wrote the first word of each output */
  writers: CellOwner[];
}

/** no owner yet, and more than one; owners are entries from 0 on, behind them the inputs */
const NOBODY = -1;
const SEVERAL = -2;

/** rows by number of their owner, those of several apart */
class Rows {
  readonly byOwner = new Map<number, number>();
  add(owner: number, rows: number): void {
    if (rows > 0) this.byOwner.set(owner, (this.byOwner.get(owner) ?? 0) + rows);
  }
  /** one row a word */
  addEach(owners: Int32Array): void {
    for (const owner of owners) if (owner !== NOBODY) this.byOwner.set(owner, (this.byOwner.get(owner) ?? 0) + 1);
  }
}

/** takes a place for an owner; what two ask for is shared */
function claim(owners: Int32Array, from: number, to: number, owner: number): void {
  for (let at = from; at < to; at++) {
    const known = owners[at];
    if (known === NOBODY) owners[at] = owner;
    else if (known !== owner) owners[at] = SEVERAL;
  }
}

interface Words {
  ram: Int32Array;
  rom: Int32Array;
  /** by slot id */
  slots: Map<number, number>;
  flows: Set<string>;
}

/** Who wrote each RAM word, who reads each ROM word and looks up in each slot. */
function ownersOfWords({ program, instructions }: LoadedProgram, entryOf: Int32Array, inputsFrom: number): Words {
  const words = program.rom.length / LANES;
  const ram = new Int32Array(2 ** program.ramLogSize).fill(NOBODY);
  const rom = new Int32Array(words).fill(NOBODY);
  const slots = new Map<number, number>();
  const flows = new Set<string>();
  for (const [i, region] of program.inputs.entries())
    if (!isCommitted(region)) claim(ram, region.address - RAM_BASE, region.address - RAM_BASE + inputWords(region), inputsFrom + i);
  const regionAt = (address: number): number =>
    program.inputs.findIndex((region) => address >= region.address && address < region.address + inputWords(region));
  if (hasJumps(instructions)) {
    rom.fill(SEVERAL);
    rom.set(entryOf);
    for (const { id } of program.slots) slots.set(id, SEVERAL);
    // inputs keep their own words
    for (let at = 0; at < ram.length; at++) if (ram[at] === NOBODY) ram[at] = SEVERAL;
    return { ram, rom, slots, flows };
  }
  for (const [pc, instruction] of instructions.entries()) {
    const owner = entryOf[pc]!;
    claim(rom, pc, pc + 1, owner);
    let last = NOBODY;
    visitRepeats(instruction, {
      read: (address, count) => {
        if (address < words) claim(rom, address, Math.min(words, address + count), owner);
        else {
          const input = address < RAM_BASE ? regionAt(address) : NOBODY;
          for (let at = address; at < address + count; at++) {
            const writer = address < RAM_BASE ? (input < 0 ? NOBODY : inputsFrom + input) : (ram[at - RAM_BASE] ?? NOBODY);
            if (writer === last || writer < 0 || writer === owner || owner < 0) continue;
            last = writer;
            flows.add(`${writer} ${owner}`);
          }
        }
        return true;
      },
      slot: (id) => {
        const known = slots.get(id);
        slots.set(id, known === undefined || known === owner ? owner : SEVERAL);
        return true;
      },
      add: () => true,
      drain: () => true,
      write: (address, count) => {
        claim(ram, address - RAM_BASE, Math.min(ram.length, address - RAM_BASE + count), owner);
        return true;
      },
    });
    if (instruction.opcode === 'HLT') break;
  }
  return { ram, rom, slots, flows };
}

/** Rows of the lookup table: a slot's intervals are who asks it, a range table who has a slot with its divisor. */
function tableRows({ program, table }: LoadedProgram, slots: ReadonlyMap<number, number>): Rows {
  const rows = new Rows();
  const ranges = new Map<number, number>();
  let counted = 0;
  for (const { id, intervals } of program.slots) {
    const owner = slots.get(id) ?? SEVERAL;
    rows.add(owner, intervals.length / 3);
    counted += intervals.length / 3;
    for (let i = 0; i < intervals.length; i += 3) {
      const divisor = intervals[i]!;
      const known = ranges.get(divisor);
      ranges.set(divisor, known === undefined || known === owner ? owner : SEVERAL);
    }
  }
  for (const [divisor, owner] of ranges) {
    rows.add(owner, divisor);
    counted += divisor;
  }
  rows.add(SEVERAL, table.rows - counted); // the row of a program without slots
  return rows;
}

/** Rows of every chip by owner, before any padding. */
function rowsByOwner(run: Execution): { rows: Record<ChipName, Rows>; flows: ReadonlySet<string>; writers: number[]; inputsFrom: number } {
  const { loaded, cycles } = run;
  const { program, instructions } = loaded;
  const entryOf = new Int32Array(instructions.length).fill(SEVERAL);
  for (const [i, { from, to }] of program.sourceMap.entries()) entryOf.fill(i, from, to);
  const inputsFrom = program.sourceMap.length;
  const executed = new Float64Array(instructions.length);
  for (let at = 0; at < cycles.length; at += CYCLE_WORDS) executed[cycles[at]!]! += 1;
  const { ram, rom, slots, flows } = ownersOfWords(loaded, entryOf, inputsFrom);
  const rows = Object.fromEntries(CHIP_NAMES.map((name) => [name, new Rows()])) as Record<ChipName, Rows>;
  for (const [pc, instruction] of instructions.entries())
    for (const chip of RUN_CHIPS) rows[chip].add(entryOf[pc]!, executed[pc]! * CHIPS[chip].rows(instruction));
  rows.ram.addEach(ram);
  // every word of it is a row, read or not
  rows.rom.addEach(rom.map((owner) => (owner === NOBODY ? SEVERAL : owner)));
  rows.lut = tableRows(loaded, slots);
  for (const [i, region] of program.inputs.entries()) if (isCommitted(region)) rows.words.add(inputsFrom + i, inputWords(region));
  const writers = program.outputs.map(({ address }) => ram[address - RAM_BASE] ?? SEVERAL);
  return { rows, flows, writers, inputsFrom };
}

/**
 * All cells of a proof by chip and owner; they add up to `costOf(…).cells`.
 * @param run a run on any input: rows do not depend on values
 */
export function ownedCost(run: Execution, profile: Profile): OwnedCost {
  const instances = planInstances(run, profile);
  const totals = cellsByChip(instances);
  const { rows, flows, writers, inputsFrom } = rowsByOwner(run);
  const ownerOf = (number: number): CellOwner =>
    number < 0
      ? { kind: 'shared' }
      : number < inputsFrom
        ? { kind: 'entry', index: number }
        : { kind: 'input', index: number - inputsFrom };
  const chips: ChipSize[] = [];
  const owned: OwnedCells[] = [];
  for (const [type, chip] of CHIP_NAMES.entries()) {
    const logSizes = instances.filter((instance) => instance.type === type).map(({ logSize }) => logSize);
    if (logSizes.length === 0) continue;
    const { component } = CHIPS[chip];
    const width = committedColumns(component);
    const lookups = FELT_COLUMNS * interactionColumns(component);
    const columns = { fixed: component.preprocessed.length, trace: component.base.length, lookups };
    chips.push({ chip, cells: totals[chip]!, columns, logSizes });
    const push = (owner: CellOwner, count: number): void => {
      if (count > 0) owned.push({ chip, owner, rows: count, cells: count * width, lookupCells: count * lookups });
    };
    let used = 0;
    for (const [number, count] of rows[chip].byOwner) {
      push(ownerOf(number), count);
      used += count;
    }
    push({ kind: 'padding' }, logSizes.reduce((sum, logSize) => sum + 2 ** logSize, 0) - used);
  }
  const logSize = Math.max(...instances.map((instance) => instance.logSize));
  for (const [chip, trace, lookups] of [
    ['running sum', 0, FELT_COLUMNS],
    ['composition', COMPOSITION_COLUMNS, 0],
  ] as const) {
    const cells = totals[chip]!;
    chips.push({ chip, cells, columns: { fixed: 0, trace, lookups }, logSizes: [logSize] });
    owned.push({ chip, owner: { kind: 'proof' }, rows: 2 ** logSize, cells, lookupCells: lookups * 2 ** logSize });
  }
  return {
    cells: Object.values(totals).reduce((sum, cells) => sum + cells, 0),
    chips,
    owned,
    flows: [...flows].map((pair) => {
      const [from, to] = pair.split(' ').map(Number) as [number, number];
      return { from: ownerOf(from) as CellOwner & { index: number }, to };
    }),
    writers: writers.map(ownerOf),
  };
}
