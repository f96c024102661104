// The circle FFT and its inverse. A workgroup holds a tile of 2^12 words and does up to twelve layers on it: first layers on
// rows of neighbouring words far apart (as many as leave ≥ 8 neighbours), last layers on contiguous words; two passes up to log size
// 21. Source: PCS.md §3 (layers, twiddles). Zero-padded layers only copy, so an extension starts from copies of its coefficients,
// and the inverse reads rows in row order. Caveat: tiles of 16 KiB, the smallest workgroup memory that WebGPU promises.
import { pointAt } from '../../fri/core/circle.ts';
import { inverse, P } from '../../fri/core/m31.ts';
import { type GpuBlock, type Group, sharedRanges } from './blocks.ts';
import { M31_WGSL } from './field.ts';
import { type Kernel, kernel, THREADS } from './kernel.ts';
import type { Queue } from './queue.ts';
import type { Twiddles } from './twiddles.ts';

/** log of the words in a tile */
const TILE_LOG = 12;
/** log of the neighbouring words that a pass over distant rows reads at least */
const NEIGHBOUR_LOG = 3;

const PARAMS = ['groups', 'n', 'lo', 'layers', 'w', 'total', 'begin', 'sourceLog', 'permute', 'rotate', 'tiny'] as const;

/** index within the column of a tile's element, for both kinds of pass; and the twiddles */
const LIBRARY = /* wgsl */ `
${M31_WGSL}
fn wordOf(group: u32, e: u32) -> u32 { // in the range of columns
  if (U.lo == 0u) { return (group << ${TILE_LOG}u) + e; }
  let tilesLog = U.n - ${TILE_LOG}u;
  let tile = group & ((1u << tilesLog) - 1u);
  let mid = tile & ((1u << (U.lo - U.w)) - 1u);
  let high = tile >> (U.lo - U.w);
  let row = e >> U.w;
  let inColumn = (high << (U.lo + ${TILE_LOG}u - U.w)) | (row << U.lo) | (mid << U.w) | (e & ((1u << U.w) - 1u));
  return ((group >> tilesLog) << U.n) | inColumn;
}
fn twiddle(layer: u32, h: u32) -> u32 {
  if (layer != 0u) { return T[(1u << (U.n - layer - 1u)) + h]; }
  if (U.n < 3u) { return select(P - U.tiny, U.tiny, h == 0u); }
  let pair = (1u << (U.n - 2u)) + ((h >> 2u) << 1u);
  let s = h & 3u;
  let t = select(T[pair], T[pair + 1u], s < 2u); // y -y -x x
  return select(t, P - t, s == 1u || s == 2u);
}
// the two indices whose difference is bit b, and four that differ in bits b and b + 1
fn spread1(t: u32, b: u32) -> u32 { return ((t >> b) << (b + 1u)) | (t & ((1u << b) - 1u)); }
fn spread2(t: u32, b: u32) -> u32 { return ((t >> b) << (b + 2u)) | (t & ((1u << b) - 1u)); }
`;

const STORE = (value: string): string => /* wgsl */ `
  for (var e = local; e < ${2 ** TILE_LOG}u; e += ${THREADS}u) {
    let at = wordOf(group, e);
    if (at < U.total) { D[U.begin + at] = ${value}; }
  }`;

const EVALUATE = /* wgsl */ `
  var top = U.w + U.layers; // tile bits w … w + layers - 1 are layers lo …
  if ((U.layers & 1u) != 0u) {
    top -= 1u;
    let layer = U.lo + top - U.w;
    for (var t = local; t < ${2 ** (TILE_LOG - 1)}u; t += ${THREADS}u) {
      let a = spread1(t, top);
      let x = wordOf(group, a) & ((1u << U.n) - 1u);
      let m = mmul(tile[a + (1u << top)], twiddle(layer, x >> (layer + 1u)));
      let v = tile[a];
      tile[a] = madd(v, m);
      tile[a + (1u << top)] = msub(v, m);
    }
    workgroupBarrier();
  }
  while (top > U.w) {
    top -= 2u;
    let layer = U.lo + top - U.w; // and the one above
    let step = 1u << top;
    for (var t = local; t < ${2 ** (TILE_LOG - 2)}u; t += ${THREADS}u) {
      let a = spread2(t, top);
      let x = wordOf(group, a) & ((1u << U.n) - 1u);
      let h = x >> (layer + 2u);
      let outer = twiddle(layer + 1u, h);
      let m2 = mmul(tile[a + 2u * step], outer);
      let m3 = mmul(tile[a + 3u * step], outer);
      let v0 = tile[a];
      let v1 = tile[a + step];
      let s0 = madd(v0, m2);
      let s2 = msub(v0, m2);
      let i1 = mmul(madd(v1, m3), twiddle(layer, 2u * h));
      let i3 = mmul(msub(v1, m3), twiddle(layer, 2u * h + 1u));
      tile[a] = madd(s0, i1);
      tile[a + step] = msub(s0, i1);
      tile[a + 2u * step] = madd(s2, i3);
      tile[a + 3u * step] = msub(s2, i3);
    }
    workgroupBarrier();
  }`;

const INTERPOLATE = /* wgsl */ `
  var bit = U.w;
  if ((U.layers & 1u) != 0u) {
    let layer = U.lo;
    for (var t = local; t < ${2 ** (TILE_LOG - 1)}u; t += ${THREADS}u) {
      let a = spread1(t, bit);
      let x = wordOf(group, a) & ((1u << U.n) - 1u);
      let v = tile[a];
      let z = tile[a + (1u << bit)];
      tile[a] = madd(v, z);
      tile[a + (1u << bit)] = mmul(msub(v, z), twiddle(layer, x >> (layer + 1u)));
    }
    bit += 1u;
    workgroupBarrier();
  }
  while (bit < U.w + U.layers) {
    let layer = U.lo + bit - U.w;
    let step = 1u << bit;
    for (var t = local; t < ${2 ** (TILE_LOG - 2)}u; t += ${THREADS}u) {
      let a = spread2(t, bit);
      let x = wordOf(group, a) & ((1u << U.n) - 1u);
      let h = x >> (layer + 2u);
      let v0 = tile[a];
      let v1 = tile[a + step];
      let v2 = tile[a + 2u * step];
      let v3 = tile[a + 3u * step];
      let outer = twiddle(layer + 1u, h);
      let s0 = madd(v0, v1);
      let s2 = madd(v2, v3);
      let d0 = mmul(msub(v0, v1), twiddle(layer, 2u * h));
      let d2 = mmul(msub(v2, v3), twiddle(layer, 2u * h + 1u));
      tile[a] = madd(s0, s2);
      tile[a + 2u * step] = mmul(msub(s0, s2), outer);
      tile[a + step] = madd(d0, d2);
      tile[a + 3u * step] = mmul(msub(d0, d2), outer);
    }
    bit += 2u;
    workgroupBarrier();
  }`;

/** how a pass reads its input */
const LOAD = {
  inPlace: 'D[U.begin + at]',
  // coefficients of a shorter column, repeated
  coefficients: 'S[((at >> U.n) << U.sourceLog) | (at & ((1u << U.sourceLog) - 1u))]',
  // a column of the same size, in row order if asked: natural order i < half is row 2i, the others count down
  values: 'S[select(at, ((at >> U.n) << U.n) | rowOf(at & ((1u << U.n) - 1u)), U.permute != 0u)]',
} as const;

const ROW = /* wgsl */ `
fn rowOf(position: u32) -> u32 {
  let natural = reverseBits(position) >> (32u - U.n);
  let half = 1u << (U.n - 1u);
  return select(2u * half - 1u - 2u * (natural - half), 2u * natural, natural < half);
}`;

function pass(label: string, layers: string, source: keyof typeof LOAD, store: string): Kernel {
  const reads = source !== 'inPlace';
  return kernel({
    label,
    params: PARAMS,
    buffers: [{ name: 'T', access: 'read' }, { name: 'D', access: 'write' }, ...(reads ? [{ name: 'S', access: 'read' } as const] : [])],
    library: LIBRARY + (source === 'values' ? ROW : ''),
    shared: `var<workgroup> tile: array<u32, ${2 ** TILE_LOG}>;`,
    body: /* wgsl */ `
  if (group >= U.groups) { return; }
  for (var e = local; e < ${2 ** TILE_LOG}u; e += ${THREADS}u) {
    let at = wordOf(group, e);
    if (at < U.total) { tile[e] = ${LOAD[source]}; }
  }
  workgroupBarrier();${layers}${STORE(store)}`,
  });
}

const ROTATED = 'mrotate(tile[e], U.rotate)';
const FORWARD = { first: pass('fft', EVALUATE, 'coefficients', 'tile[e]'), next: pass('fft', EVALUATE, 'inPlace', 'tile[e]') };
const BACKWARD = { first: pass('inverse fft', INTERPOLATE, 'values', ROTATED), next: pass('inverse fft', INTERPOLATE, 'inPlace', ROTATED) };

interface Pass {
  lo: number;
  layers: number;
}

/** layers 0 … count-1 in groups, contiguous ones first */
function plan(count: number): Pass[] {
  const passes: Pass[] = [{ lo: 0, layers: Math.min(count, TILE_LOG) }];
  const rest = count - TILE_LOG;
  if (rest > 0) {
    const upper = Math.ceil(rest / (TILE_LOG - NEIGHBOUR_LOG));
    for (let i = 0, lo = TILE_LOG; i < upper; i++) {
      const layers = Math.ceil((count - lo) / (upper - i));
      passes.push({ lo, layers });
      lo += layers;
    }
  }
  return passes;
}

/** y at position 0 of the canonic coset of log size 2: layer 0 of the smallest FFTs has no table */
const SMALL_Y = pointAt(2 ** 28)[1];

function runPasses(
  queue: Queue,
  kernels: { first: Kernel; next: Kernel },
  passes: readonly Pass[],
  table: { buffer: GPUBuffer; bytes: number },
  range: { a: Group; b: Group; first: number; columns: number },
  sourceLog: number,
  n: number,
  extra: { permute: number; tiny: number; rotate: number },
): void {
  const words = range.columns * 2 ** n;
  const begin = (range.first - range.b.first) * 2 ** n;
  // the source is bound at the range's first column when the alignment allows it, else it starts with its group
  const offset = 4 * (range.first - range.a.first) * 2 ** sourceLog;
  passes.forEach(({ lo, layers }, i) => {
    const w = lo === 0 ? 0 : TILE_LOG - layers;
    const groups = Math.ceil(words / 2 ** TILE_LOG);
    const params = {
      groups,
      n,
      lo,
      layers,
      w,
      total: words,
      begin,
      sourceLog,
      permute: extra.permute,
      tiny: extra.tiny,
      rotate: i === passes.length - 1 ? extra.rotate : 0,
    };
    const source = { buffer: range.a.memory.buffer, offset, bytes: 4 * range.columns * 2 ** sourceLog };
    const buffers = i === 0 ? [table, range.b.memory, source] : [table, range.b.memory];
    queue.run(i === 0 ? kernels.first : kernels.next, params, buffers, groups);
  });
}

/** `target` := values on its canonic coset of the polynomials with coefficients `source` (same number of columns, not larger) */
export function evaluateBlock(queue: Queue, twiddles: Twiddles, source: GpuBlock, target: GpuBlock): void {
  const n = target.logSize;
  const passes = plan(source.logSize).reverse();
  const extra = { permute: 0, rotate: 0, tiny: n === 2 ? SMALL_Y : P - 1 };
  for (const range of sharedRanges(source, target))
    runPasses(queue, FORWARD, passes, twiddles.tables(n).forward, range, source.logSize, n, extra);
}

/** `target` := coefficients of the columns of `source`, which are values in row order (a trace) or in storage order */
export function interpolateBlock(queue: Queue, twiddles: Twiddles, source: GpuBlock, target: GpuBlock, rowOrder: boolean): void {
  const n = target.logSize;
  const extra = { permute: rowOrder ? 1 : 0, rotate: n % 31, tiny: n === 2 ? inverse(SMALL_Y) : P - 1 };
  for (const range of sharedRanges(source, target)) runPasses(queue, BACKWARD, plan(n), twiddles.tables(n).inverse, range, n, n, extra);
}
