// The preprocessed columns of a program's pages, which a model's roots commit to, and of committed inputs. Source: AIR.md §5.4.
// Caveat: it needs no run and no trace, so a verifier that loads a model comes here and not to fill.ts.
import type { InstanceWitness } from '../../air/columns.ts';
import { bug } from '../../fri/core/errors.ts';
import type { LoadedProgram } from '../program/loader.ts';
import type { Region } from '../program/types.ts';
import { CHIP_LIST } from './machine.ts';
import { addressColumn, romColumns, wordColumns } from './memory.fill.ts';
import { instanceOfPage, type Page, pagesOf } from './pages.ts';
import { CHIP_NAMES, type InputChipName, type ProgramChipName } from './table.ts';

/** What the model's roots commit to, from the program alone: 2^logSize rows of a chip from row `first` on. */
const FIXED: Readonly<Record<ProgramChipName, (loaded: LoadedProgram, first: number, logSize: number) => Uint32Array[]>> = {
  ram: (_loaded, _first, logSize) => [addressColumn(0, logSize)],
  rom: ({ program }, first, logSize) => romColumns(program, first, logSize),
  lut: ({ table }, first, logSize) => [table.slot, table.u, table.in, table.out].map((column) => column.slice(first, first + 2 ** logSize)),
};

/** What the statement's root of a committed input commits to: its words, zeros behind them. */
export const COMMITTED: Readonly<Record<InputChipName, (region: Region, words: Uint32Array) => Uint32Array[]>> = { words: wordColumns };

/** What a chip's rows from row `first` on are committed as. @throws bug for a chip whose columns have another size */
export function preprocessedColumns(loaded: LoadedProgram, type: number, first: number, logSize: number): Uint32Array[] {
  const chip = CHIP_LIST[type]!;
  if (chip.sizedBy !== 'program') throw bug(`the program does not fix the rows of ${chip.component.name}`);
  const preprocessed = FIXED[CHIP_NAMES[type] as ProgramChipName](loaded, first, logSize);
  const { component } = chip;
  if (preprocessed.length !== component.preprocessed.length || preprocessed.some((column) => column.length !== 2 ** logSize))
    throw bug(`the preprocessed columns of ${component.name} are not ${component.preprocessed.length} of 2^${logSize} rows`);
  return preprocessed;
}

/** Pages with their preprocessed columns and nothing else; by default all of a program, one instance of each chip. */
export const fixedWitnesses = (loaded: LoadedProgram, pages: readonly Page[] = pagesOf(loaded)): InstanceWitness[] =>
  pages.map((page) => ({
    ...instanceOfPage(page),
    preprocessed: preprocessedColumns(loaded, page.type, page.first, page.logSize),
    columns: [],
  }));
