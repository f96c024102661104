// FRI folding of whole layers in plain TypeScript. Source: PCS.md §8. The twiddles are inverted in one batch per halving.
// Caveat: layers are small next to the columns, so this file prefers plainness to speed.
import { domain } from '../../core/circle.ts';
import { add, batchInverse, mul, sub } from '../../core/m31.ts';
import type { QM31 } from '../../core/qm31.ts';
import * as Q from '../../core/qm31.ts';
import { allocate, at, type Felts, put } from './felts.ts';

/** folds by two: f'[i] = (f[2i] + f[2i+1]) + α (f[2i] - f[2i+1]) / t, t = y (circle) or x (line) of position 2i */
function foldByTwo(layer: Felts, logSize: number, circle: boolean, alpha: QM31): Felts {
  const half = 2 ** (logSize - 1);
  const out = allocate(half);
  const { x, y } = domain(circle ? logSize : logSize + 1);
  const twiddles = new Uint32Array(half);
  for (let i = 0; i < half; i++) twiddles[i] = circle ? y[2 * i]! : x[4 * i]!;
  const inverses = batchInverse(twiddles);
  for (let i = 0; i < half; i++) {
    const a = at(layer, 2 * i);
    const b = at(layer, 2 * i + 1);
    const t = inverses[i]!;
    const d: QM31 = [mul(sub(a[0], b[0]), t), mul(sub(a[1], b[1]), t), mul(sub(a[2], b[2]), t), mul(sub(a[3], b[3]), t)];
    const turned = Q.mul(alpha, d);
    put(out, i, [
      add(add(a[0], b[0]), turned[0]),
      add(add(a[1], b[1]), turned[1]),
      add(add(a[2], b[2]), turned[2]),
      add(add(a[3], b[3]), turned[3]),
    ]);
  }
  return out;
}

/** folds by 2^foldLog with α, α², α⁴ */
export function foldLayer(layer: Felts, logSize: number, foldLog: number, circle: boolean, alpha: QM31): Felts {
  let current = layer;
  let challenge = alpha;
  for (let step = 0; step < foldLog; step++) {
    current = foldByTwo(current, logSize - step, circle && step === 0, challenge);
    challenge = Q.mul(challenge, challenge);
  }
  return current;
}
