// One FRI fold of a whole coset, scalar form: what the verifier does at a query. Source: PCS.md §8 (D9: no factor 1/2).
// Caveat: the first fold of the first layer divides by y (circle to line), all others by x.
import { indexAt, pointAt } from '../core/circle.ts';
import { inverse } from '../core/m31.ts';
import type { QM31 } from '../core/qm31.ts';
import * as Q from '../core/qm31.ts';

/** twiddle of the pair at positions 2i, 2i + 1 of a domain of log size n: y on the circle, x on a line */
const twiddle = (logSize: number, position: number, circle: boolean): number =>
  circle ? pointAt(indexAt(logSize, position))[1] : pointAt(indexAt(logSize + 1, 2 * position))[0];

/**
 * Folds the 2^foldLog values at positions start, start + 1, … of a layer into one.
 * @param circle true for the first layer, whose first fold goes from the circle to the line
 */
export function foldCoset(values: readonly QM31[], start: number, logSize: number, circle: boolean, alpha: QM31, foldLog: number): QM31 {
  let current = values;
  let challenge = alpha;
  let position = start;
  let size = logSize;
  for (let step = 0; step < foldLog; step++) {
    const next: QM31[] = [];
    for (let i = 0; 2 * i < current.length; i++) {
      const a = current[2 * i]!;
      const b = current[2 * i + 1]!;
      const t = inverse(twiddle(size, position + 2 * i, circle && step === 0));
      next.push(Q.add(Q.add(a, b), Q.mul(challenge, Q.scale(Q.sub(a, b), t))));
    }
    current = next;
    challenge = Q.mul(challenge, challenge);
    position /= 2;
    size--;
  }
  return current[0]!;
}
