// The machine as the prover and the verifier know it: the ordered list of its chips, from their table. The index is the instance type of the
// transcript. Source: AIR.md §5.0. Caveat: what the types of the table cannot say is checked here, once, when the module loads.
import type { Instance, MachineDefinition } from '../../air/machine.ts';
import { bug } from '../../fri/core/errors.ts';
import type { Chip } from './chip.ts';
import { CHIP_NAMES, CHIPS, type ChipName } from './table.ts';

/** the rows of the table, by instance type */
export const CHIP_LIST: readonly Chip[] = CHIP_NAMES.map((name) => CHIPS[name]);

/** instance types */
export const TYPE = Object.fromEntries(CHIP_NAMES.map((name, type) => [name, type])) as Readonly<Record<ChipName, number>>;

/** types of the chips that may stand several times in a proof, where the profile repeats chips */
export const REPEATED_TYPES: ReadonlySet<number> = new Set(
  CHIP_LIST.flatMap((chip, type) => (chip.sizedBy === 'run' && chip.instances === 'several' ? [type] : [])),
);

/** @throws bug for a row that contradicts its component */
export function requireChips(chips: Readonly<Record<string, Chip>>): void {
  const wrong = (name: string, why: string): Error => bug(`vm/chips/table.ts: ${name} ${why}`);
  const rows = Object.entries(chips);
  for (const [name, chip] of rows) {
    const { component, base, accumulatorDegree, sizedBy } = chip;
    const reads = (...parameters: string[]): boolean => component.graph.parameters.some((p) => parameters.includes(p.name));
    // names are words of the generated Cairo, and the order of the table is the order of its keys
    if (!/^[a-z]+$/.test(name)) throw wrong(name, 'has a name that is no lower-case word');
    if (component.name !== name) throw wrong(name, `holds the component ${component.name}`);
    if (sizedBy === 'run' ? component.preprocessed.length > 0 : component.preprocessed.length === 0)
      throw wrong(name, `is sized by the ${sizedBy}, with ${component.preprocessed.length} preprocessed columns`);
    if (reads('base') !== (base !== 0)) throw wrong(name, `starts at ${base}, and its constraints ${base ? 'do not read' : 'read'} a base`);
    if (reads('alpha', 'beta', 'zeta') !== (accumulatorDegree !== undefined))
      throw wrong(name, `${accumulatorDegree ? 'has' : 'lacks'} the degree of what it adds to accumulators`);
    if (sizedBy === 'run' && chip.padded && chip.instances !== 'one') throw wrong(name, 'is padded, and may be cut');
  }
  const requireOne = (what: string, is: (chip: Chip) => boolean): void => {
    const { length } = rows.filter(([, chip]) => is(chip));
    if (length !== 1) throw wrong(`${length} chips`, what);
  };
  requireOne('are padded, and one must be', (chip) => chip.sizedBy === 'run' && chip.padded);
  requireOne('are for committed inputs, and one must be', ({ sizedBy }) => sizedBy === 'input');
}
requireChips(CHIPS);

export const MACHINE: MachineDefinition = { name: 'zkvm', components: CHIP_LIST.map(({ component }) => component) };

/** an instance of a chip as this machine has them: at the chip's base, committed to by the statement where it stands for an input */
export const instanceOf = (type: number, logSize: number): Instance => {
  const chip = CHIP_LIST[type];
  return { type, logSize, base: chip?.base ?? 0, data: chip?.sizedBy === 'input' };
};
