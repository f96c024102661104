// Products of two computed tensors: the accumulator counts the product of their scales, only the table is free. Source: DESIGN §6.
// Caveat: the finest intervals must not become too many, so a product of long ranges is coarser than was asked for.
import { bug } from '../../fri/core/errors.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { LinearStage } from '../stages/stage.ts';
import type { IntegerLinear, Source } from './integer-graph.ts';
import { type Ends, ended, outOfBounds } from './real-table.ts';
import { targetOf } from './targets.ts';
import { roundConstant } from './weights.ts';

/** divisors for products, whose unit is given: closer together, because the finest intervals must not become too many */
const PRODUCT_DIVISORS = [1, 8, 32, 128, 256, 512, 1024, 2048, 8192, 32768];
/** a product's intervals may be this much wider than asked for */
const WIDER = 1.25;

/** A product's accumulator counts the product of its sources' scales; only the table is free. */
export function quantiseProduct(stage: LinearStage, { before, after }: Ends, sources: readonly Source[], bits: number): IntegerLinear {
  const [term] = stage.terms;
  const [source] = sources;
  if (stage.terms.length !== 1 || !source?.other) throw bug('a product shares its accumulator');
  const unit = term!.weights[0]! * source.scale * source.other.scale;
  const asked = targetOf(stage, before, after, bits, 1).step;
  const u = PRODUCT_DIVISORS.findLast((divisor) => divisor * unit <= asked * WIDER) ?? 1;
  const target = targetOf(stage, before, after, bits, 1, u * unit);
  const offset = u > 1 ? u / 2 : 0;
  const weights = [Float64Array.of(1)];
  const constantFor = (other: LinearStage): Tensor | undefined => roundConstant(other, { means: [undefined] }, unit, offset);
  const constant = constantFor(stage);
  const argument = (c: number): number => (c - offset) * unit;
  const found = ended(stage, stage, 'product', { weights, constant, constantFor, unit }, { target, u, argument, own: argument }, sources);
  if (!found) throw outOfBounds(stage);
  return found;
}
