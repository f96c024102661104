// The instances whose size and preprocessed columns a program fixes: what a model's root commits to. Source: AIR.md §5.4.
// Caveat: it needs no run and no trace, so a verifier that loads a model comes here and not to fill.ts.
import type { InstanceWitness } from '../../air/columns.ts';
import { bug } from '../../fri/core/errors.ts';
import type { LoadedProgram } from '../program/loader.ts';
import { CHIP_LIST, instanceOf } from './machine.ts';

/** The instances that a model fixes with their preprocessed columns and nothing else. @throws bug for a chip whose columns have another size */
export const fixedWitnesses = (loaded: LoadedProgram): InstanceWitness[] =>
  CHIP_LIST.flatMap((chip, type): InstanceWitness[] => {
    if (chip.sizedBy !== 'program') return [];
    const logSize = chip.logSize(loaded);
    const preprocessed = chip.preprocessed(loaded);
    const { component } = chip;
    if (preprocessed.length !== component.preprocessed.length || preprocessed.some((column) => column.length !== 2 ** logSize))
      throw bug(`the preprocessed columns of ${component.name} are not ${component.preprocessed.length} of 2^${logSize} rows`);
    return [{ ...instanceOf(type, logSize), preprocessed, columns: [] }];
  });
