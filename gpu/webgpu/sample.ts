// Values of polynomials at a point of the circle over QM31: the dot product of coefficients with the basis at the point. The basis
// is a tensor product, so a tile of 2^12 coefficients is summed against the low factors and its total multiplied by the high ones.
// Source: PCS.md §3 (evaluation at a point), §6. Caveat: one read for all columns of a call.
import { project } from '../../fri/core/circle.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import type { GpuBlock } from './blocks.ts';
import { QM31_WGSL } from './field.ts';
import { kernel, THREADS } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';

const TILE_LOG = 12;
/** columns that a workgroup does side by side, so that it reads the basis once for all of them */
const COLUMNS = 4;
const MAX_BITS = 18;

/** entry i = product of the factors of its bits */
const BASIS = kernel({
  label: 'sample basis',
  params: ['bits'],
  constants: MAX_BITS,
  buffers: [{ name: 'basis', access: 'write', type: 'vec4u' }],
  library: QM31_WGSL,
  body: /* wgsl */ `
  let entry = group * ${THREADS}u + local;
  if (entry >= (1u << U.bits)) { return; }
  var product = vec4u(1u, 0u, 0u, 0u);
  for (var b = 0u; b < U.bits; b++) { if (((entry >> b) & 1u) != 0u) { product = qmul(product, U.K[b]); } }
  basis[entry] = product;`,
});

/** sums the 2^8 entries of every row of `sums`, in two steps, into its first entry */
const REDUCE = (rows: number): string => /* wgsl */ `
  workgroupBarrier();
  if (local < ${16 * rows}u) {
    let first = (local >> 4u) * ${THREADS}u + (local & 15u);
    var sum = vec4u(0u);
    for (var i = 0u; i < 16u; i++) { sum = qadd(sum, sums[first + 16u * i]); }
    sums[first] = sum;
  }
  workgroupBarrier();
  if (local < ${rows}u) {
    var sum = vec4u(0u);
    for (var i = 0u; i < 16u; i++) { sum = qadd(sum, sums[local * ${THREADS}u + i]); }
    sums[local * ${THREADS}u] = sum;
  }
  workgroupBarrier();`;

const TILES = kernel({
  label: 'samples',
  params: ['logSize', 'tilesLog', 'columns', 'groups'],
  buffers: [
    { name: 'D', access: 'read' },
    { name: 'low', access: 'read', type: 'vec4u' },
    { name: 'high', access: 'read', type: 'vec4u' },
    { name: 'list', access: 'read' }, // the wanted columns
    { name: 'partial', access: 'write', type: 'vec4u' },
  ],
  library: QM31_WGSL,
  shared: `var<workgroup> sums: array<vec4u, ${COLUMNS * THREADS}>;`,
  body: /* wgsl */ `
  if (group >= U.groups) { return; }
  let tile = group & ((1u << U.tilesLog) - 1u);
  let first = (group >> U.tilesLog) * ${COLUMNS}u;
  let count = min(${2 ** TILE_LOG}u, 1u << U.logSize);
  let c0 = list[first];
  let c1 = list[min(first + 1u, U.columns - 1u)];
  let c2 = list[min(first + 2u, U.columns - 1u)];
  let c3 = list[min(first + 3u, U.columns - 1u)];
  var t0 = vec4u(0u);
  var t1 = vec4u(0u);
  var t2 = vec4u(0u);
  var t3 = vec4u(0u);
  for (var i = local; i < count; i += ${THREADS}u) {
    let b = low[i];
    let at = (tile << ${TILE_LOG}u) + i;
    t0 = qadd(t0, qscale(b, D[(c0 << U.logSize) + at]));
    if (first + 1u < U.columns) { t1 = qadd(t1, qscale(b, D[(c1 << U.logSize) + at])); }
    if (first + 2u < U.columns) { t2 = qadd(t2, qscale(b, D[(c2 << U.logSize) + at])); }
    if (first + 3u < U.columns) { t3 = qadd(t3, qscale(b, D[(c3 << U.logSize) + at])); }
  }
  sums[local] = t0;
  sums[${THREADS}u + local] = t1;
  sums[${2 * THREADS}u + local] = t2;
  sums[${3 * THREADS}u + local] = t3;
${REDUCE(COLUMNS)}
  if (local < ${COLUMNS}u && first + local < U.columns) {
    partial[((first + local) << U.tilesLog) + tile] = qmul(sums[local * ${THREADS}u], high[tile]);
  }`,
});

const TOTALS = kernel({
  label: 'samples',
  params: ['tilesLog', 'columns', 'first'],
  buffers: [
    { name: 'partial', access: 'read', type: 'vec4u' },
    { name: 'list', access: 'read' },
    { name: 'out', access: 'write', type: 'vec4u' },
  ],
  library: QM31_WGSL,
  shared: `var<workgroup> sums: array<vec4u, ${THREADS}>;`,
  body: /* wgsl */ `
  if (group >= U.columns) { return; }
  var total = vec4u(0u);
  for (var tile = local; tile < (1u << U.tilesLog); tile += ${THREADS}u) { total = qadd(total, partial[(group << U.tilesLog) + tile]); }
  sums[local] = total;
${REDUCE(1)}
  if (local == 0u) { out[U.first + list[group]] = sums[0]; }`,
});

/** y, x, π(x), …: the factors of the first `count` bits */
function factorsAt([x, y]: readonly [QM31, QM31], count: number): QM31[] {
  const factors = [y];
  for (let power = x; factors.length < count; ) {
    factors.push(power);
    const square = Q.mul(power, power);
    power = Q.sub(Q.add(square, square), Q.ONE);
  }
  return factors.slice(0, count);
}

function basisOf(queue: Queue, factors: readonly QM31[]): Memory {
  const memory = queue.memory.allocate(16 * 2 ** factors.length, 'sample basis');
  const constants = [...factors, ...Array<QM31>(MAX_BITS - factors.length).fill(Q.ONE)];
  queue.run(BASIS, { bits: factors.length }, [memory], Math.ceil(2 ** factors.length / THREADS), constants);
  return memory;
}

/**
 * Values of every column of every block (coefficients), lifted to `logSize`, at `point`.
 * @param wanted columns of each block; all if left out, else the other entries mean nothing
 */
export async function sampleBlocks(
  queue: Queue,
  blocks: readonly GpuBlock[],
  logSize: number,
  point: readonly [QM31, QM31],
  wanted?: readonly (readonly number[])[],
): Promise<Uint32Array[]> {
  const bases = new Map<number, { low: Memory; high: Memory }>();
  for (const k of new Set(blocks.map((b) => b.logSize))) {
    const factors = factorsAt(project(point, logSize - k), k);
    bases.set(k, { low: basisOf(queue, factors.slice(0, TILE_LOG)), high: basisOf(queue, factors.slice(TILE_LOG)) });
  }
  const count = blocks.reduce((n, b) => n + b.columns, 0);
  const out = queue.memory.allocate(16 * count, 'samples');
  let first = 0;
  for (const [index, block] of blocks.entries()) {
    const { low, high } = bases.get(block.logSize)!;
    const tilesLog = Math.max(0, block.logSize - TILE_LOG);
    for (const { memory, columns, first: own } of block.groups) {
      const every = Array.from({ length: columns }, (_, c) => c);
      const list = wanted ? wanted[index]!.map((c) => c - own).filter((c) => c >= 0 && c < columns) : every;
      if (list.length) {
        const partial = queue.memory.allocate(16 * list.length * 2 ** tilesLog, 'sample tiles');
        const groups = Math.ceil(list.length / COLUMNS) * 2 ** tilesLog;
        const staged = queue.stage(list);
        const params = { logSize: block.logSize, tilesLog, columns: list.length, groups };
        queue.run(TILES, params, [memory, low, high, staged, partial], groups);
        queue.run(TOTALS, { tilesLog, columns: list.length, first }, [partial, staged, out], list.length);
        queue.memory.release(partial);
      }
      first += columns;
    }
  }
  for (const { low, high } of bases.values()) queue.memory.release(low, high);
  const words = await queue.read(out);
  queue.memory.release(out);
  let next = 0;
  return blocks.map((block) => {
    const from = next;
    next += 4 * block.columns;
    return words.slice(from, next);
  });
}
