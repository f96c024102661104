// Merkle trees on the device. Leaves: columns come in ascending height; every buffer of columns is absorbed by one dispatch, with one
// thread a row of that height, and the hash state (with the words of an unfinished block) is copied to the next height by reading
// it at the lifted row. Nodes: a dispatch a layer. Source: PCS.md §5 (D2, D3, D4). Caveat: the layers lie in one buffer, 64 bytes a
// leaf, and stay there until the openings.
import type { Opening, Tree } from '../../fri/backend/seam.ts';
import type { Digest } from '../../fri/core/digest.ts';
import { DIGEST_WORDS } from '../../fri/core/digest.ts';
import { bug } from '../../fri/core/errors.ts';
import { witnessPositions } from '../../fri/core/merkle.ts';
import { BLAKE2S_WGSL } from './blake2s.ts';
import type { GpuBlock } from './blocks.ts';
import { kernel, LIFT_WGSL, THREADS } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';

export interface GpuTree extends Tree {
  /** layer l (leaves are 0) starts at digest 2^(height+1) - 2^(height+1-l) */
  digests: Memory;
  /** what it commits to; empty for a FRI layer */
  blocks: readonly GpuBlock[];
  freed: boolean;
}

const M = [...'0123456789abcdef'];
const MESSAGE = (word: (i: number) => string): string => M.map((_, i) => word(i)).join(', ');

/**
 * Absorbs the columns of one buffer. Words of the message: `pending` unfinished ones of the state, then one a column. Word w of the
 * state (8 of the hash, then pending ones) of row r is at w·rows + r.
 */
const ABSORB = kernel({
  label: 'leaves',
  params: ['logSize', 'priorLog', 'pending', 'columns', 'start', 'first', 'last'],
  buffers: [
    { name: 'D', access: 'read' },
    { name: 'prior', access: 'read' },
    { name: 'next', access: 'write' },
    { name: 'digests', access: 'write', type: 'vec4u' },
  ],
  library: `${BLAKE2S_WGSL}${LIFT_WGSL}
fn word(t: u32, row: u32, priorRow: u32) -> u32 {
  if (t < U.pending) { return prior[((8u + t) << U.priorLog) + priorRow]; }
  if (t - U.pending < U.columns) { return D[((t - U.pending) << U.logSize) + row]; }
  return 0u;
}`,
  body: /* wgsl */ `
  let row = group * ${THREADS}u + local;
  if (row >= (1u << U.logSize)) { return; }
  let before = lift(row, U.logSize, U.priorLog);
  var h = leafState();
  if (U.first == 0u) {
    h.low = vec4u(prior[before], prior[(1u << U.priorLog) + before], prior[(2u << U.priorLog) + before], prior[(3u << U.priorLog) + before]);
    h.high = vec4u(prior[(4u << U.priorLog) + before], prior[(5u << U.priorLog) + before], prior[(6u << U.priorLog) + before], prior[(7u << U.priorLog) + before]);
  }
  let words = U.pending + U.columns;
  let blocks = select(words >> 4u, max(1u, (words + 15u) >> 4u), U.last != 0u);
  for (var b = 0u; b < blocks; b++) {
    let t = b << 4u;
    let ends = U.last != 0u && b + 1u == blocks;
    let bytes = 4u * (U.start + select(t + 16u, words, ends));
    h = compress(h, ${MESSAGE((i) => `word(t + ${i}u, row, before)`)}, bytes, select(0u, 0xffffffffu, ends));
  }
  if (U.last != 0u) {
    digests[2u * row] = h.low;
    digests[2u * row + 1u] = vec4u(h.high.xyz, h.high.w & DIGEST_MASK);
    return;
  }
  for (var i = 0u; i < 4u; i++) {
    next[(i << U.logSize) + row] = h.low[i];
    next[((i + 4u) << U.logSize) + row] = h.high[i];
  }
  for (var t = blocks << 4u; t < words; t++) { next[((8u + t - (blocks << 4u)) << U.logSize) + row] = word(t, row, before); }`,
});

/** leaf κ: coordinates 0…3 of the values at positions κ·2^foldLog … */
const COSETS = kernel({
  label: 'fri leaves',
  params: ['height', 'foldLog'],
  buffers: [
    { name: 'D', access: 'read' },
    { name: 'digests', access: 'write', type: 'vec4u' },
  ],
  library: `${BLAKE2S_WGSL}
fn word(t: u32, leaf: u32) -> u32 {
  if (t >= (4u << U.foldLog)) { return 0u; }
  return D[((t & 3u) << (U.height + U.foldLog)) + (leaf << U.foldLog) + (t >> 2u)];
}`,
  body: /* wgsl */ `
  let leaf = group * ${THREADS}u + local;
  if (leaf >= (1u << U.height)) { return; }
  let words = 4u << U.foldLog;
  var h = leafState();
  for (var t = 0u; t < words; t += 16u) {
    let ends = t + 16u >= words;
    h = compress(h, ${MESSAGE((i) => `word(t + ${i}u, leaf)`)}, 4u * min(t + 16u, words), select(0u, 0xffffffffu, ends));
  }
  digests[2u * leaf] = h.low;
  digests[2u * leaf + 1u] = vec4u(h.high.xyz, h.high.w & DIGEST_MASK);`,
});

const NODES = kernel({
  label: 'nodes',
  params: ['children', 'parents', 'count'],
  buffers: [{ name: 'digests', access: 'write', type: 'vec4u' }],
  library: BLAKE2S_WGSL,
  body: /* wgsl */ `
  let node = group * ${THREADS}u + local;
  if (node >= U.count) { return; }
  let at = 2u * U.children + 4u * node;
  let a = digests[at]; let b = digests[at + 1u]; let c = digests[at + 2u]; let d = digests[at + 3u];
  let h = compress(nodeState(), a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w, c.x, c.y, c.z, c.w, d.x, d.y, d.z, d.w, 64u, 0xffffffffu);
  digests[2u * (U.parents + node)] = h.low;
  digests[2u * (U.parents + node) + 1u] = vec4u(h.high.xyz, h.high.w & DIGEST_MASK);`,
});

/** layers that the top of a tree has in one workgroup */
const TOP_LOG = 9;

/** the last nine layers at once: a workgroup needs no other one's digests */
const TOP = kernel({
  label: 'nodes',
  params: ['height', 'begin'],
  buffers: [{ name: 'digests', access: 'write', type: 'vec4u' }],
  library: BLAKE2S_WGSL,
  threads: 2 ** (TOP_LOG - 1),
  body: /* wgsl */ `
  if (group > 0u) { return; }
  for (var layer = U.begin; layer < U.height; layer++) {
    let count = 1u << (U.height - layer - 1u);
    if (local < count) {
      let children = (2u << U.height) - (2u << (U.height - layer));
      let at = 2u * children + 4u * local;
      let a = digests[at]; let b = digests[at + 1u]; let c = digests[at + 2u]; let d = digests[at + 3u];
      let h = compress(nodeState(), a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w, c.x, c.y, c.z, c.w, d.x, d.y, d.z, d.w, 64u, 0xffffffffu);
      let parent = 2u * (children + (2u << (U.height - layer - 1u)) + local);
      digests[parent] = h.low;
      digests[parent + 1u] = vec4u(h.high.xyz, h.high.w & DIGEST_MASK);
    }
    storageBarrier();
  }`,
});

const layerStart = (height: number, layer: number): number => 2 ** (height + 1) - 2 ** (height + 1 - layer);
const treeBytes = (height: number): number => 4 * DIGEST_WORDS * (2 ** (height + 1) - 1);

/** nodes above the leaves that are in place; reads the root */
async function finish(queue: Queue, digests: Memory, height: number): Promise<Digest> {
  let layer = 0;
  for (; height - layer > TOP_LOG; layer++) {
    const count = 2 ** (height - layer - 1);
    queue.run(
      NODES,
      { children: layerStart(height, layer), parents: layerStart(height, layer + 1), count },
      [digests],
      Math.ceil(count / THREADS),
    );
  }
  if (layer < height) queue.run(TOP, { height, begin: layer }, [digests], 1);
  return queue.read(digests, 4 * DIGEST_WORDS * layerStart(height, height), 4 * DIGEST_WORDS);
}

/** the tree over evaluations in commit order (ascending height) */
export async function commitBlocks(queue: Queue, blocks: readonly GpuBlock[]): Promise<GpuTree> {
  const parts = blocks.flatMap((block) => block.groups.map((g) => ({ ...g, logSize: block.logSize })));
  const height = parts.at(-1)?.logSize;
  if (height === undefined) throw bug('a tree without columns');
  const digests = queue.memory.allocate(treeBytes(height), 'tree');
  // bound where a kernel names a buffer that this dispatch does not use
  const none = queue.memory.allocate(16, 'unused');
  let state = { memory: queue.memory.allocate(16, 'hash state'), logSize: 0 };
  let pending = 0;
  let start = 0;
  for (const [i, { memory, columns, logSize }] of parts.entries()) {
    if (logSize < (parts[i - 1]?.logSize ?? 0)) throw bug('columns of a tree are not in commit order');
    const last = i === parts.length - 1;
    const rest = (pending + columns) % 16;
    const next = last ? none : queue.memory.allocate(4 * (8 + rest) * 2 ** logSize, 'hash state');
    const params = {
      logSize,
      priorLog: i === 0 ? logSize : state.logSize,
      pending,
      columns,
      start,
      first: Number(i === 0),
      last: Number(last),
    };
    queue.run(ABSORB, params, [memory, state.memory, next, digests], Math.ceil(2 ** logSize / THREADS));
    queue.memory.release(state.memory);
    state = { memory: next, logSize };
    start += pending + columns - rest;
    pending = rest;
  }
  queue.memory.release(none);
  return { height, digests, blocks, root: await finish(queue, digests, height), freed: false };
}

/** the tree whose leaves are cosets of 2^foldLog values of a layer (four coordinate columns of log size `logSize`) */
export async function commitCosets(queue: Queue, values: Memory, logSize: number, foldLog: number): Promise<GpuTree> {
  const height = logSize - foldLog;
  const digests = queue.memory.allocate(treeBytes(height), 'fri tree');
  queue.run(COSETS, { height, foldLog }, [values, digests], Math.ceil(2 ** height / THREADS));
  return { height, digests, blocks: [], root: await finish(queue, digests, height), freed: false };
}

/** out[i·stride + first + c] = column c at the lifted position i */
const GATHER_ROWS = kernel({
  label: 'openings',
  params: ['positions', 'columns', 'first', 'stride', 'height', 'logSize'],
  buffers: [
    { name: 'D', access: 'read' },
    { name: 'at', access: 'read' },
    { name: 'out', access: 'write' },
  ],
  library: LIFT_WGSL,
  body: /* wgsl */ `
  let entry = group * ${THREADS}u + local;
  if (entry >= U.positions * U.columns) { return; }
  let i = entry / U.columns;
  let c = entry % U.columns;
  out[i * U.stride + U.first + c] = D[(c << U.logSize) + lift(at[i], U.height, U.logSize)];`,
});

/** out[i] = D[at[i]] */
const GATHER_WORDS = kernel({
  label: 'openings',
  params: ['count'],
  buffers: [
    { name: 'D', access: 'read' },
    { name: 'at', access: 'read' },
    { name: 'out', access: 'write' },
  ],
  body: /* wgsl */ `
  let i = group * ${THREADS}u + local;
  if (i < U.count) { out[i] = D[at[i]]; }`,
});

/** words of a buffer at given places */
async function gather(queue: Queue, memory: Memory, at: readonly number[]): Promise<Uint32Array> {
  if (!at.length) return new Uint32Array(0);
  const out = queue.memory.allocate(4 * at.length, 'openings');
  queue.run(GATHER_WORDS, { count: at.length }, [memory, queue.stage(at), out], Math.ceil(at.length / THREADS));
  const words = await queue.read(out);
  queue.memory.release(out); // not before the read is answered: the memory could be written again
  return words;
}

function witnessDigests(queue: Queue, { digests, height }: GpuTree, positions: readonly number[]): Promise<Uint32Array> {
  const at = witnessPositions(height, positions).flatMap(({ layer, index }) => {
    const first = DIGEST_WORDS * (layerStart(height, layer) + index);
    return Array.from({ length: DIGEST_WORDS }, (_, w) => first + w);
  });
  return gather(queue, digests, at);
}

/** whole rows at strictly increasing leaf positions */
export async function openRows(queue: Queue, tree: GpuTree, positions: readonly number[]): Promise<Opening> {
  const stride = tree.blocks.reduce((n, b) => n + b.columns, 0);
  const out = queue.memory.allocate(4 * stride * positions.length, 'openings');
  const at = queue.stage(positions);
  let first = 0;
  for (const block of tree.blocks) {
    for (const { memory, columns } of block.groups) {
      const params = { positions: positions.length, columns, first, stride, height: tree.height, logSize: block.logSize };
      queue.run(GATHER_ROWS, params, [memory, at, out], Math.ceil((positions.length * columns) / THREADS));
      first += columns;
    }
  }
  const [words, witnesses] = await Promise.all([queue.read(out), witnessDigests(queue, tree, positions)]);
  queue.memory.release(out);
  return { words, witnesses };
}

/** coset values except the known ones */
export async function openCosets(
  queue: Queue,
  tree: GpuTree,
  values: Memory,
  logSize: number,
  cosets: readonly number[],
  known: ReadonlySet<number>,
): Promise<Opening> {
  const coset = 2 ** (logSize - tree.height);
  const at: number[] = [];
  for (const k of cosets)
    for (let position = k * coset; position < (k + 1) * coset; position++)
      if (!known.has(position)) for (let c = 0; c < 4; c++) at.push(c * 2 ** logSize + position);
  const [words, witnesses] = await Promise.all([gather(queue, values, at), witnessDigests(queue, tree, cosets)]);
  return { words, witnesses };
}
