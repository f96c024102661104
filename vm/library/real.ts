// The tensors of a statement as a program wants them: real numbers in typed arrays, with shapes. Source: vm/library/outputs.ts.
// Caveat: of an input that the model only compares there is no number, so one is given that compares alike.
import type { IntegerTensors, Program } from '../program/types.ts';
import { realTensors } from './outputs.ts';

/**
 * A tensor of real numbers; the data lie row by row.
 * @example
 * const { scores } = (await run(model, { image })).outputs;
 * console.log(scores?.shape, scores?.data[0]);
 */
export interface RealValues {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * Real tensors by name.
 * @example
 * const { outputs } = await run(model, { image });
 * for (const [name, { shape, data }] of Object.entries(outputs)) console.log(name, shape, data);
 */
export type RealTensorsByName = { readonly [name: string]: RealValues };

export const realValues = (
  program: Pick<Program, 'inputs' | 'outputs' | 'metadata'>,
  kind: 'input' | 'output',
  tensors: IntegerTensors,
): RealTensorsByName =>
  Object.fromEntries(
    Object.entries(realTensors(program, kind, tensors)).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Float64Array.from(data) },
    ]),
  );
