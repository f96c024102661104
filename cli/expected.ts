// What a caller expects of a statement, as integers: `verify` holds it against the proof, with or without the chain. Source: the rules of the metadata.
// Caveat: an input is rounded as `run` rounds it, so inputs that give the same integers are the same statement; an output has to be a value that the
// model gives.

import { rejected, retold, ZkvmError } from '../fri/core/errors.ts';
import { encodingOf, stepOf } from '../vm/program/encoding.ts';
import type { IntegerTensors, Metadata, Program, Region } from '../vm/program/types.ts';
import type { Expectation } from '../vm/verify.ts';
import { parseContext } from './io/context.ts';
import { integersOf, toReals } from './io/integers.ts';
import { readInputs, readTensors, type TensorFile } from './io/tensors.ts';

type Signature = Pick<Program, 'inputs' | 'outputs' | 'metadata'>;

/** largest distance of an expected output from a value the model can give, in steps of its scale */
const OUTPUT_TOLERANCE = 0.01;

/** Expected tensors as integers. One that the model cannot take or give is a reason to reject, not a fault of the command line. */
function expected(file: TensorFile, { inputs, outputs, metadata }: Signature, kind: 'input' | 'output'): IntegerTensors {
  try {
    const integers = integersOf(file, kind === 'input' ? inputs : outputs, kind, metadata);
    if (kind === 'output') requireExact(file, outputs, metadata, integers);
    return integers;
  } catch (error) {
    if (error instanceof ZkvmError && error.code === 'ZK0811') throw retold('rejected', error);
    throw error;
  }
}

function requireExact(file: TensorFile, regions: readonly Region[], metadata: Metadata, integers: IntegerTensors): void {
  for (const [i, region] of regions.entries()) {
    const given = (file.ordered?.[i] ?? file.named?.get(region.name))!.data;
    const reals = toReals(region, integers[region.name]!, 'output', metadata);
    const step = stepOf(region, encodingOf(metadata, 'output', region.name));
    const far = reals.findIndex((real, e) => Math.abs(real - given[e]!) > OUTPUT_TOLERANCE * step(e));
    if (far >= 0)
      throw rejected(
        'ZK0353',
        `output "${region.name}" is not one that this model gives`,
        `element ${far} = ${given[far]}`,
        `the nearest value of the model is ${reals[far]}`,
      );
  }
}

/** Options of `verify` that say what is expected. */
interface Expecting {
  readonly options: { readonly input: readonly string[]; readonly output: string | undefined; readonly context: string | undefined };
}

/** @throws ZK080x, ZK081x for files that hold no tensors of the model; rejected ZK0811, ZK0353 for numbers that it cannot take or give */
export const expectationOf = ({ options: { input, output, context } }: Expecting, program: Signature): Expectation => ({
  ...(input.length > 0 && { inputs: expected(readInputs(input), program, 'input') }),
  ...(output !== undefined && { outputs: expected(readTensors(output), program, 'output') }),
  ...(context !== undefined && { context: parseContext(context) }),
});
