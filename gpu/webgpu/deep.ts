// The DEEP quotient on the device: per batch the weighted sum of its columns, height by height (a small column costs its own rows
// only), then numerator over denominator on the largest domain. Source: PCS.md §6 (D6); fri/backend/js/deep.ts is the law.
// Caveat: one M31 inversion a row and batch; with the few batches there are, that is less than reading the columns.
import type { DeepBatch } from '../../fri/pcs/deep.ts';
import { type GpuBlock, type Group, groupOf } from './blocks.ts';
import { QM31_WGSL } from './field.ts';
import { kernel, LIFT_WGSL, THREADS } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';
import type { Twiddles } from './twiddles.ts';

/** what the sum of a row starts from */
const START = { zero: 0, own: 1, lifted: 2 } as const;

const ACCUMULATE = kernel({
  label: 'deep sums',
  params: ['logSize', 'priorLog', 'count', 'start'],
  buffers: [
    { name: 'D', access: 'read' },
    { name: 'columns', access: 'read' },
    { name: 'powers', access: 'read', type: 'vec4u' },
    { name: 'prior', access: 'read', type: 'vec4u' },
    { name: 'sums', access: 'write', type: 'vec4u' },
  ],
  library: `${QM31_WGSL}${LIFT_WGSL}`,
  body: /* wgsl */ `
  let row = group * ${THREADS}u + local;
  if (row >= (1u << U.logSize)) { return; }
  var sum = vec4u(0u);
  if (U.start == ${START.own}u) { sum = sums[row]; }
  if (U.start == ${START.lifted}u) { sum = prior[lift(row, U.logSize, U.priorLog)]; }
  for (var t = 0u; t < U.count; t++) { sum = qadd(sum, qscale(powers[t], D[(columns[t] << U.logSize) + row])); }
  sums[row] = sum;`,
});

/** out += (sum - A·y - B) / ((x - px) - m (y - py)); constants A, B, m, px, py */
const QUOTIENT = kernel({
  label: 'deep quotient',
  params: ['n', 'sumsLog', 'first'],
  constants: 5,
  buffers: [
    { name: 'sums', access: 'read', type: 'vec4u' },
    { name: 'T', access: 'read' },
    { name: 'out', access: 'write' },
  ],
  library: `${QM31_WGSL}${LIFT_WGSL}
// positions 4h … 4h + 3 are (x, y), (x, -y), (-x, -y), (-x, y); x is the twiddle h of layer 1, y its neighbour's x
fn pointAt(position: u32) -> vec2u {
  let h = position >> 2u;
  let table = 1u << (U.n - 2u);
  let x = T[table + h];
  let y = select(T[table + (h ^ 1u)], P - T[table + (h ^ 1u)], (h & 1u) != 0u);
  let s = position & 3u;
  return vec2u(select(x, P - x, s > 1u), select(y, P - y, s == 1u || s == 2u));
}`,
  body: /* wgsl */ `
  let row = group * ${THREADS}u + local;
  if (row >= (1u << U.n)) { return; }
  let q = pointAt(row);
  let numerator = qsub(sums[lift(row, U.n, U.sumsLog)], qadd(qscale(U.K[0], q.y), U.K[1]));
  let down = vec2u(msub(q.y, U.K[4].x), msub(0u, U.K[4].y));
  let slope = cmul(U.K[2].xy, down);
  let inverse = cinverse(vec2u(msub(msub(q.x, U.K[3].x), slope.x), msub(msub(0u, U.K[3].y), slope.y)));
  let value = vec4u(cmul(numerator.xy, inverse), cmul(numerator.zw, inverse));
  for (var c = 0u; c < 4u; c++) {
    let at = (c << U.n) + row;
    out[at] = madd(value[c], select(out[at], 0u, U.first != 0u));
  }`,
});

/** a batch's columns in one buffer */
interface Part {
  group: Group;
  logSize: number;
  columns: number[];
  /** four words a column */
  powers: number[];
}

function partsOf(blocks: readonly GpuBlock[], batch: DeepBatch): Part[] {
  const parts = new Map<Group, Part>();
  for (const { block, columns, powers } of batch.terms) {
    const source = blocks[block]!;
    columns.forEach((column, i) => {
      const group = groupOf(source, column);
      const part = parts.get(group) ?? { group, logSize: source.logSize, columns: [], powers: [] };
      parts.set(group, part);
      part.columns.push(column - group.first);
      part.powers.push(...powers.subarray(4 * i, 4 * i + 4));
    });
  }
  return [...parts.values()].sort((a, b) => a.logSize - b.logSize);
}

/** four coordinate columns of the quotient on the canonic coset of log size `logSize` */
export function deepLayer(
  queue: Queue,
  twiddles: Twiddles,
  blocks: readonly GpuBlock[],
  batches: readonly DeepBatch[],
  logSize: number,
): Memory {
  const out = queue.memory.allocate(16 * 2 ** logSize, 'deep quotient');
  const none = queue.memory.allocate(16, 'unused');
  const { forward } = twiddles.tables(logSize);
  batches.forEach((batch, index) => {
    let sums: { memory: Memory; logSize: number } | undefined;
    for (const part of partsOf(blocks, batch)) {
      const prior = sums;
      const grows = !prior || prior.logSize < part.logSize;
      const memory = grows ? queue.memory.allocate(16 * 2 ** part.logSize, 'deep sums') : prior.memory;
      const start = !prior ? START.zero : grows ? START.lifted : START.own;
      const params = { logSize: part.logSize, priorLog: prior?.logSize ?? part.logSize, count: part.columns.length, start };
      const inputs = [queue.stage(part.columns), queue.stage(part.powers)];
      queue.run(
        ACCUMULATE,
        params,
        [part.group.memory, ...inputs, start === START.lifted ? prior!.memory : none, memory],
        Math.ceil(2 ** part.logSize / THREADS),
      );
      if (grows && prior) queue.memory.release(prior.memory);
      sums = { memory, logSize: part.logSize };
    }
    if (!sums) return;
    const params = { n: logSize, sumsLog: sums.logSize, first: Number(index === 0) };
    const { A, B, m, px, py } = batch;
    queue.run(QUOTIENT, params, [sums.memory, forward, out], Math.ceil(2 ** logSize / THREADS), [A, B, m, px, py]);
    queue.memory.release(sums.memory);
  });
  queue.memory.release(none);
  return out;
}
