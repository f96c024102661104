// What a caller of `verify` expects, as integers: held against the proof, with or without the chain. Source: vm/library/expected.ts.
// Caveat: the files are read before the proof is looked at, so a file that holds no tensors is a mistake of the caller's, whatever the proof says.

import { expectedIntegers } from '../vm/library/expected.ts';
import type { Program } from '../vm/program/types.ts';
import type { Expectation } from '../vm/verify.ts';
import { parseContext } from './io/context.ts';
import { readInputs, readTensors } from './io/tensors.ts';

/** Options of `verify` that say what is expected. */
interface Expecting {
  readonly options: { readonly input: readonly string[]; readonly output: string | undefined; readonly context: string | undefined };
}

/** @throws ZK080x, ZK081x for files that hold no tensors of the model; rejected ZK0811, ZK0353 for numbers that it cannot take or give */
export const expectationOf = (
  { options: { input, output, context } }: Expecting,
  program: Pick<Program, 'inputs' | 'outputs' | 'metadata'>,
): Expectation => ({
  ...(input.length > 0 && { inputs: expectedIntegers(readInputs(input), program, 'input') }),
  ...(output !== undefined && { outputs: expectedIntegers(readTensors(output), program, 'output') }),
  ...(context !== undefined && { context: parseContext(context) }),
});
