// The preprocessed columns of a program's pages: what a model's roots commit to. Source: AIR.md §5.4.
// Caveat: it needs no run and no trace, so a verifier that loads a model comes here and not to fill.ts.
import type { InstanceWitness } from '../../air/columns.ts';
import { bug } from '../../fri/core/errors.ts';
import type { LoadedProgram } from '../program/loader.ts';
import { CHIP_LIST } from './machine.ts';
import { instanceOfPage, type Page, pagesOf } from './pages.ts';

/** What a chip's rows from row `first` on are committed as. @throws bug for a chip whose columns have another size */
export function preprocessedColumns(loaded: LoadedProgram, type: number, first: number, logSize: number): Uint32Array[] {
  const chip = CHIP_LIST[type]!;
  if (chip.sizedBy !== 'program') throw bug(`the program does not fix the rows of ${chip.component.name}`);
  const preprocessed = chip.preprocessed(loaded, first, logSize);
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
