// FRI folds of whole cosets: what the verifier does at its queries. Source: PCS.md §8 (D9: no factor 1/2).
// All cosets of a layer are folded together, elements four words each, so that a step has one inversion. Caveat: the first fold of the first layer
// divides by y (circle to line), all others by x.
import { bitReverse, indexAt, type Points, pointAt, pointsAt } from '../core/circle.ts';
import { add, batchInverse, mul, sub } from '../core/m31.ts';
import type { QM31 } from '../core/qm31.ts';
import * as Q from '../core/qm31.ts';

/** Replaces every point by its double, which stands at half its position in the next layer */
function double([x, y]: Points): void {
  for (let c = 0; c < x.length; c++) {
    const [px, py] = [x[c]!, y[c]!];
    const square = mul(px, px);
    const product = mul(px, py);
    x[c] = sub(add(square, square), 1);
    y[c] = add(product, product);
  }
}

/**
 * What the pairs of a step are divided by: y on the circle, x on a line, of the point at the pair's first position. An even position p + q, where q
 * is below the power of two that p is a multiple of, has the point of p and the point of index bitReverse(q) added (PCS.md §2).
 */
function divisors([x, y]: Points, pairs: number, circle: boolean): Uint32Array {
  const list = new Uint32Array(x.length * pairs);
  for (let i = 0; i < pairs; i++) {
    const [dx, dy] = pointAt(bitReverse((circle ? 2 : 4) * i, 32));
    for (let c = 0; c < x.length; c++)
      list[c * pairs + i] = circle ? add(mul(x[c]!, dy), mul(y[c]!, dx)) : sub(mul(x[c]!, dx), mul(y[c]!, dy));
  }
  return list;
}

/** Every pair a, b becomes a + b + challenge·(a - b)/divisor. */
function foldPairs(values: Uint32Array, inverses: Uint32Array, challenge: QM31): Uint32Array {
  const factor = Q.matrixOf(challenge);
  const folded = new Uint32Array(values.length / 2);
  const odd = new Uint32Array(4);
  for (let pair = 0; pair < inverses.length; pair++) {
    const a = 8 * pair;
    const inverse = inverses[pair]!;
    for (let c = 0; c < 4; c++) odd[c] = mul(sub(values[a + c]!, values[a + 4 + c]!), inverse);
    for (let c = 0; c < 4; c++) {
      let sum = add(values[a + c]!, values[a + 4 + c]!);
      for (let d = 0; d < 4; d++) sum = add(sum, mul(factor[4 * c + d]!, odd[d]!));
      folded[4 * pair + c] = sum;
    }
  }
  return folded;
}

/**
 * Folds cosets of 2^foldLog values of a layer into one value each.
 * @param values all of the first coset, then all of the next
 * @param cosets coset k has the values at positions k·2^foldLog, k·2^foldLog + 1, …
 * @param circle true for the first layer, whose first fold goes from the circle to the line
 */
export function foldCosets(
  values: Uint32Array,
  cosets: readonly number[],
  logSize: number,
  circle: boolean,
  alpha: QM31,
  foldLog: number,
): Uint32Array {
  // of the first positions: on the circle, or on the one whose projection the line is
  const points = pointsAt(cosets.map((k) => (circle ? indexAt(logSize, k << foldLog) : indexAt(logSize + 1, k << (foldLog + 1)))));
  let current = values;
  let challenge = alpha;
  for (let step = 0; step < foldLog; step++) {
    const onCircle = circle && step === 0;
    current = foldPairs(current, batchInverse(divisors(points, 1 << (foldLog - step - 1), onCircle)), challenge);
    challenge = Q.mul(challenge, challenge);
    if (!onCircle) double(points);
  }
  return current;
}
