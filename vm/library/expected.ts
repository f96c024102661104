// Tensors that somebody expects a proof to be about, as the integers that it must hold. Source: DESIGN §6, the scales of the model.
// Caveat: an input is rounded as `run` rounds it, so inputs that give the same integers are the same statement; an output has to be a value that
// the model gives.
import { rejected, retold, ZkvmError } from '../../fri/core/errors.ts';
import { encodingOf, stepOf } from '../program/encoding.ts';
import type { IntegerTensors, Metadata, Program, Region } from '../program/types.ts';
import { integersOf, toReals } from './integers.ts';
import type { TensorFile } from './tensors.ts';

/** largest distance of an expected output from a value the model can give, in steps of its scale */
const OUTPUT_TOLERANCE = 0.01;

/**
 * Expected tensors as integers.
 * @throws ZK081x for tensors of another name or shape; rejected ZK0811, ZK0353 for values that the model cannot take or give: that is a reason
 * to reject, no fault of the caller
 */
export function expectedIntegers(
  given: TensorFile,
  { inputs, outputs, metadata }: Pick<Program, 'inputs' | 'outputs' | 'metadata'>,
  kind: 'input' | 'output',
): IntegerTensors {
  try {
    const integers = integersOf(given, kind === 'input' ? inputs : outputs, kind, metadata);
    if (kind === 'output') requireExact(given, outputs, metadata, integers);
    return integers;
  } catch (error) {
    if (error instanceof ZkvmError && error.code === 'ZK0811') throw retold('rejected', error);
    throw error;
  }
}

function requireExact(given: TensorFile, regions: readonly Region[], metadata: Metadata, integers: IntegerTensors): void {
  for (const [i, region] of regions.entries()) {
    const { data } = (given.ordered?.[i] ?? given.named?.get(region.name))!;
    const reals = toReals(region, integers[region.name]!, 'output', metadata);
    const step = stepOf(region, encodingOf(metadata, 'output', region.name));
    const far = reals.findIndex((real, e) => Math.abs(real - data[e]!) > OUTPUT_TOLERANCE * step(e));
    if (far >= 0)
      throw rejected(
        'ZK0353',
        `output "${region.name}" is not one that this model gives`,
        `element ${far} = ${data[far]}`,
        `the nearest value of the model is ${reals[far]}`,
      );
  }
}
