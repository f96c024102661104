// FRI folds on the device: one thread folds a whole coset of 2^s values with α, α², α⁴. Source: PCS.md §8 (D9); fri/backend/js/fold.ts is
// the law. Caveat: the first fold of the first layer divides by y (circle to line), all others by x.
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { QM31_WGSL } from './field.ts';
import { type Kernel, kernel, THREADS } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';
import type { Twiddles } from './twiddles.ts';

function foldKernel(foldLog: number): Kernel {
  const lines: string[] = [];
  for (let l = 0; l < 2 ** foldLog; l++) {
    const at = `(i << ${foldLog}u) + ${l}u`;
    lines.push(`let v0_${l} = vec4u(${[0, 1, 2, 3].map((c) => `D[(${c}u << U.n) + ${at}]`).join(', ')});`);
  }
  for (let step = 0; step < foldLog; step++)
    for (let j = 0; j < 2 ** (foldLog - step - 1); j++) {
      const a = `v${step}_${2 * j}`;
      const b = `v${step}_${2 * j + 1}`;
      const pair = `(i << ${foldLog - step - 1}u) + ${j}u`;
      const t = step === 0 ? `firstInverse(${pair})` : `inverses[(1u << (U.n - ${step + 1}u)) + ${pair}]`;
      lines.push(`let v${step + 1}_${j} = qadd(qadd(${a}, ${b}), qmul(U.K[${step}], qscale(qsub(${a}, ${b}), ${t})));`);
    }
  lines.push(`for (var c = 0u; c < 4u; c++) { out[(c << (U.n - ${foldLog}u)) + i] = v${foldLog}_0[c]; }`);
  return kernel({
    label: 'fold',
    params: ['n', 'circle'],
    constants: foldLog,
    buffers: [
      { name: 'D', access: 'read' },
      { name: 'inverses', access: 'read' },
      { name: 'out', access: 'write' },
    ],
    library: `${QM31_WGSL}
fn firstInverse(pair: u32) -> u32 {
  if (U.circle == 0u) { return inverses[(1u << (U.n - 1u)) + pair]; }
  let at = (1u << (U.n - 2u)) + ((pair >> 2u) << 1u);
  let s = pair & 3u;
  let t = select(inverses[at], inverses[at + 1u], s < 2u);
  return select(t, P - t, s == 1u || s == 2u);
}`,
    body: `  let i = group * ${THREADS}u + local;
  if (i >= (1u << (U.n - ${foldLog}u))) { return; }
${lines.map((l) => `  ${l}`).join('\n')}`,
  });
}

const KERNELS = new Map([1, 2, 3].map((foldLog) => [foldLog, foldKernel(foldLog)]));

/** four coordinate columns of log size `logSize` - foldLog, foldLog 1…3 */
export function foldValues(
  queue: Queue,
  twiddles: Twiddles,
  values: Memory,
  logSize: number,
  foldLog: number,
  circle: boolean,
  alpha: QM31,
): Memory {
  const next = logSize - foldLog;
  const out = queue.memory.allocate(16 * 2 ** next, 'fri layer');
  const alphas = [alpha];
  while (alphas.length < foldLog) alphas.push(Q.mul(alphas.at(-1)!, alphas.at(-1)!));
  // a line layer of log size n uses the line twiddles of log size n: tables for a circle of n + 1
  const { inverse } = twiddles.tables(circle ? logSize : logSize + 1);
  queue.run(KERNELS.get(foldLog)!, { n: logSize, circle: Number(circle) }, [values, inverse, out], Math.ceil(2 ** next / THREADS), alphas);
  return out;
}
