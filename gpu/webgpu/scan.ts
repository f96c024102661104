// Recurrences over the rows, in parallel: state = carry·state + add for a register, the running sum of a shard. A workgroup takes 2^11
// rows (eight a thread), its totals are scanned by one workgroup, then every workgroup starts from its own state. Source: AIR.md
// §5.0; fri/backend/js/interaction.ts. Caveat: an affine map is composed right to left: (m, a) after (n, b) is (m n, m b + a).
import { M31_WGSL, QM31_WGSL } from './field.ts';
import { kernel, THREADS } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';

const ROWS_PER_THREAD = 8;
const BLOCK = THREADS * ROWS_PER_THREAD;

/** inclusive scan of one affine map a thread: `m`, `a` become the composition of all threads up to this one */
const SCAN_AFFINE = /* wgsl */ `
  slopes[local] = m;
  offsets[local] = a;
  workgroupBarrier();
  for (var distance = 1u; distance < ${THREADS}u; distance <<= 1u) {
    var m0 = vec4u(1u, 0u, 0u, 0u);
    var a0 = vec4u(0u);
    if (local >= distance) { m0 = slopes[local - distance]; a0 = offsets[local - distance]; }
    workgroupBarrier();
    if (local >= distance) {
      a = qadd(qmul(m, a0), a);
      m = qmul(m, m0);
      slopes[local] = m;
      offsets[local] = a;
    }
    workgroupBarrier();
  }`;

const SCAN_SUM = /* wgsl */ `
  sums[local] = s;
  workgroupBarrier();
  for (var distance = 1u; distance < ${THREADS}u; distance <<= 1u) {
    var before = vec4u(0u);
    if (local >= distance) { before = sums[local - distance]; }
    workgroupBarrier();
    s = qadd(s, before);
    sums[local] = s;
    workgroupBarrier();
  }`;

/** the rows of a thread */
const OWN_ROWS = /* wgsl */ `
  let first = group * ${BLOCK}u + local * ${ROWS_PER_THREAD}u;
  let end = min(first + ${ROWS_PER_THREAD}u, U.rows);`;

/** the blocks of a thread, where one workgroup scans the totals of all */
const OWN_BLOCKS = /* wgsl */ `
  let each = (U.groups + ${THREADS - 1}u) / ${THREADS}u;
  let first = local * each;
  let end = min(first + each, U.groups);`;

/** one map (`m`, `a`) for the maps of a list from `first` to `end`, then the scan over threads */
const COMPOSE = (list: string): string => /* wgsl */ `
  var m = vec4u(1u, 0u, 0u, 0u);
  var a = vec4u(0u);
  for (var i = first; i < end; i++) {
    let carry = ${list}[2u * i];
    a = qadd(qmul(carry, a), ${list}[2u * i + 1u]);
    m = qmul(carry, m);
  }
${SCAN_AFFINE}`;

/** the sum `s` of the terms from `first` to `end`, then the scan over threads */
const ADD_UP = (term: (i: string) => string): string => /* wgsl */ `
  var s = vec4u(0u);
  for (var i = first; i < end; i++) { s = qadd(s, ${term('i')}); }
${SCAN_SUM}`;

const AFFINE_SHARED = `var<workgroup> slopes: array<vec4u, ${THREADS}>;\nvar<workgroup> offsets: array<vec4u, ${THREADS}>;`;
const SUM_SHARED = `var<workgroup> sums: array<vec4u, ${THREADS}>;`;

/** maps[2·row] is the carry, maps[2·row + 1] the add */
const AFFINE_TOTALS = kernel({
  label: 'register scan',
  params: ['rows', 'groups'],
  buffers: [
    { name: 'maps', access: 'read', type: 'vec4u' },
    { name: 'totals', access: 'write', type: 'vec4u' },
  ],
  library: QM31_WGSL,
  shared: AFFINE_SHARED,
  body: /* wgsl */ `
  if (group >= U.groups) { return; }
${OWN_ROWS}
${COMPOSE('maps')}
  if (local == ${THREADS - 1}u) { totals[2u * group] = m; totals[2u * group + 1u] = a; }`,
});

/** totals[g] becomes the state before block g, 0 before the first; flags[1] is set when the first row would go on from the last one */
const AFFINE_STARTS = kernel({
  label: 'register scan',
  params: ['groups'],
  buffers: [
    { name: 'maps', access: 'read', type: 'vec4u' },
    { name: 'totals', access: 'write', type: 'vec4u' },
    { name: 'flags', access: 'write', type: 'atomic<u32>' },
  ],
  library: QM31_WGSL,
  shared: AFFINE_SHARED,
  body: /* wgsl */ `
  if (group > 0u) { return; }
${OWN_BLOCKS}
${COMPOSE('totals')}
  if (local == ${THREADS - 1}u && any(a != vec4u(0u)) && any(maps[0] != vec4u(0u))) { atomicMax(&flags[1], 1u); }
  var state = vec4u(0u);
  if (local > 0u) { state = offsets[local - 1u]; }
  for (var i = first; i < end; i++) {
    let next = qadd(qmul(totals[2u * i], state), totals[2u * i + 1u]);
    totals[2u * i] = state;
    state = next;
  }`,
});

const AFFINE_STATES = kernel({
  label: 'register scan',
  params: ['rows', 'groups', 'logSize', 'column'],
  buffers: [
    { name: 'maps', access: 'read', type: 'vec4u' },
    { name: 'totals', access: 'read', type: 'vec4u' },
    { name: 'D', access: 'write' },
  ],
  library: QM31_WGSL,
  shared: AFFINE_SHARED,
  body: /* wgsl */ `
  if (group >= U.groups) { return; }
${OWN_ROWS}
${COMPOSE('maps')}
  var state = totals[2u * group];
  if (local > 0u) { state = qadd(qmul(slopes[local - 1u], state), offsets[local - 1u]); }
  for (var row = first; row < end; row++) {
    state = qadd(qmul(maps[2u * row], state), maps[2u * row + 1u]);
    for (var c = 0u; c < 4u; c++) { D[((U.column + c) << U.logSize) + row] = state[c]; }
  }`,
});

const SUM_LIBRARY = /* wgsl */ `
${QM31_WGSL}
fn at(row: u32) -> vec4u {
  let first = (U.column << U.logSize) + row;
  return vec4u(D[first], D[first + (1u << U.logSize)], D[first + (2u << U.logSize)], D[first + (3u << U.logSize)]);
}`;

const SUM_TOTALS = kernel({
  label: 'running sum',
  params: ['rows', 'groups', 'logSize', 'column'],
  buffers: [
    { name: 'D', access: 'read' },
    { name: 'totals', access: 'write', type: 'vec4u' },
  ],
  library: SUM_LIBRARY,
  shared: SUM_SHARED,
  body: /* wgsl */ `
  if (group >= U.groups) { return; }
${OWN_ROWS}
${ADD_UP((i) => `at(${i})`)}
  if (local == ${THREADS - 1}u) { totals[group] = s; }`,
});

/** totals[g] becomes the sum before block g, totals[groups] the sum of all rows */
const SUM_STARTS = kernel({
  label: 'running sum',
  params: ['groups'],
  buffers: [{ name: 'totals', access: 'write', type: 'vec4u' }],
  library: QM31_WGSL,
  shared: SUM_SHARED,
  body: /* wgsl */ `
  if (group > 0u) { return; }
${OWN_BLOCKS}
${ADD_UP((i) => `totals[${i}]`)}
  if (local == ${THREADS - 1}u) { totals[U.groups] = s; }
  var state = vec4u(0u);
  if (local > 0u) { state = sums[local - 1u]; }
  for (var i = first; i < end; i++) {
    let next = qadd(state, totals[i]);
    totals[i] = state;
    state = next;
  }`,
});

/** every row becomes the sum up to it, less (row + 1) shares of the whole; the last row becomes 0 */
const SUM_STATES = kernel({
  label: 'running sum',
  params: ['rows', 'groups', 'logSize', 'column', 'rotate'],
  buffers: [
    { name: 'D', access: 'write' },
    { name: 'totals', access: 'read', type: 'vec4u' },
  ],
  library: SUM_LIBRARY,
  shared: SUM_SHARED,
  body: /* wgsl */ `
  if (group >= U.groups) { return; }
${OWN_ROWS}
${ADD_UP((i) => `at(${i})`)}
  let whole = totals[U.groups];
  let share = vec4u(mrotate(whole.x, U.rotate), mrotate(whole.y, U.rotate), mrotate(whole.z, U.rotate), mrotate(whole.w, U.rotate));
  var state = totals[group];
  if (local > 0u) { state = qadd(state, sums[local - 1u]); }
  state = qsub(state, qscale(share, first));
  for (var row = first; row < end; row++) {
    state = qsub(qadd(state, at(row)), share);
    for (var c = 0u; c < 4u; c++) { D[((U.column + c) << U.logSize) + row] = state[c]; }
  }`,
});

/**
 * Writes the states of `state = carry·state + add` to four coordinate columns, from 0.
 * @param maps carry and add of every row
 * @param flags its second word is set when the first row depends on the last one, which no fill's does
 * @param column number of the first coordinate column in `target`
 */
export function scanRegister(queue: Queue, maps: Memory, flags: Memory, target: Memory, column: number, logSize: number): void {
  const rows = 2 ** logSize;
  const groups = Math.ceil(rows / BLOCK);
  const totals = queue.memory.allocate(32 * groups, 'scan totals');
  queue.run(AFFINE_TOTALS, { rows, groups }, [maps, totals], groups);
  queue.run(AFFINE_STARTS, { groups }, [maps, totals, flags], 1);
  queue.run(AFFINE_STATES, { rows, groups, logSize, column }, [maps, totals, target], groups);
  queue.memory.release(totals);
}

/** column `c` of D gets 2^-rotate times column `column + c` of S in every copy of its rows */
const ADD_STEPS = kernel({
  label: 'running sum',
  params: ['logSize', 'sourceLog', 'column', 'rotate'],
  buffers: [
    { name: 'S', access: 'read' },
    { name: 'D', access: 'write' },
  ],
  library: M31_WGSL,
  body: /* wgsl */ `
  let row = group * ${THREADS}u + local;
  if (row >= (1u << U.logSize)) { return; }
  let source = row & ((1u << U.sourceLog) - 1u);
  for (var c = 0u; c < 4u; c++) {
    let at = (c << U.logSize) + row;
    D[at] = madd(D[at], mrotate(S[((U.column + c) << U.sourceLog) + source], U.rotate));
  }`,
});

/**
 * Adds the last LogUp column of an instance to the steps of a shard.
 * @param column number of its first coordinate column in `source`
 */
export function addSteps(queue: Queue, source: Memory, column: number, sourceLog: number, target: Memory, logSize: number): void {
  const groups = Math.ceil(2 ** logSize / THREADS);
  queue.run(ADD_STEPS, { logSize, sourceLog, column, rotate: logSize - sourceLog }, [source, target], groups);
}

/**
 * Turns four coordinate columns into their running sum less the share of every row.
 * @returns memory whose QM31 number `groups` is the sum of all rows; the caller releases it
 */
export function scanSum(queue: Queue, target: Memory, column: number, logSize: number): { totals: Memory; groups: number } {
  const rows = 2 ** logSize;
  const groups = Math.ceil(rows / BLOCK);
  const totals = queue.memory.allocate(16 * (groups + 1), 'scan totals');
  queue.run(SUM_TOTALS, { rows, groups, logSize, column }, [target, totals], groups);
  queue.run(SUM_STARTS, { groups }, [totals], 1);
  queue.run(SUM_STATES, { rows, groups, logSize, column, rotate: logSize % 31 }, [target, totals], groups);
  return { totals, groups };
}
