// How much device memory a proof will take, from the shapes of its columns: known before the first column is uploaded, so that a proof
// that cannot fit is refused before work starts. Follows the order of allocation in air/prove.ts and of this folder's files.
// Caveat: buffers in use only; freed ones that are kept for the next use, staging memory and the driver's own come on top.
import { foldSteps, type LayoutBlock } from '../../fri/pcs/layout.ts';
import type { DeviceEstimate } from '../kind/kind.ts';
import { sizeClass } from './memory.ts';

/** all layers of digests, 32 bytes each */
const TREE_BYTES_PER_LEAF = 64;
const FELT_BYTES = 16;
/** carry and add of a register, for a row */
const MAP_BYTES_PER_ROW = 32;
const HASH_WORDS = 8;
const MESSAGE_WORDS = 16;

const byInstance = (a: LayoutBlock, b: LayoutBlock): number => a.instance - b.instance;

/**
 * Device memory of a proof of these columns.
 * @param blocks all blocks that the proof uploads or computes; those of a setup that is on the device already are left out
 */
export function devicePlan(blocks: readonly LayoutBlock[], logBlowup: number): DeviceEstimate {
  let used = 0;
  let peakBytes = 0;
  let largestBufferBytes = 0;
  const take = (bytes: number): number => {
    const size = sizeClass(bytes);
    used += size;
    peakBytes = Math.max(peakBytes, used);
    return size;
  };
  const whole = (bytes: number): number => {
    largestBufferBytes = Math.max(largestBufferBytes, bytes);
    return take(bytes);
  };
  const give = (sizes: readonly number[]): void => {
    for (const size of sizes) used -= size;
  };
  /** columns of a block; four of them always share a buffer */
  const columns = (count: number, logSize: number): number => {
    largestBufferBytes = Math.max(largestBufferBytes, 4 * Math.min(4, count) * 2 ** logSize);
    return take(4 * count * 2 ** logSize);
  };
  const rows = (b: LayoutBlock): number => columns(b.columns, b.logSize);
  const values = (b: LayoutBlock): number => columns(b.columns, b.logSize + logBlowup);
  const commit = (list: readonly LayoutBlock[]): void => {
    if (!list.length) return;
    whole(TREE_BYTES_PER_LEAF * 2 ** (list.at(-1)!.logSize + logBlowup));
    let pending = 0;
    let state = take(4);
    for (const [i, b] of list.entries()) {
      pending = (pending + b.columns) % MESSAGE_WORDS;
      const next = i === list.length - 1 ? take(4) : whole(4 * (HASH_WORDS + pending) * 2 ** (b.logSize + logBlowup));
      give([state]);
      state = next;
    }
    give([state]);
  };
  const of = (name: LayoutBlock['tree']): LayoutBlock[] => blocks.filter((b) => b.tree === name);
  const fixed = [...of('preprocessed'), ...of('data')];
  const [base, interaction] = [of('base'), of('interaction')];
  const L = Math.max(...blocks.map((b) => b.logSize));
  const n = L + logBlowup;

  // 2: every trace is uploaded before the first is interpolated; twiddles and their inverses for the largest domain
  const traces = new Map<LayoutBlock, number>();
  for (const b of [...base, ...fixed].sort(byInstance)) traces.set(b, rows(b));
  take(2 ** (Math.max(n, L + 1) + 1));
  take(2 ** (Math.max(n, L + 1) + 1));
  const coefficients: number[] = [];
  for (const b of [...fixed.sort(byInstance), ...[...base].sort(byInstance)]) {
    coefficients.push(rows(b));
    values(b);
  }
  for (const name of ['preprocessed', 'data', 'base'] as const) commit(of(name));

  // 4: rows are given back instance by instance while interaction columns arrive
  for (const b of [...interaction].sort(byInstance)) {
    const made = rows(b);
    give([whole(MAP_BYTES_PER_ROW * 2 ** b.logSize)]);
    coefficients.push(rows(b));
    give([made, ...[...traces].filter(([t]) => t.instance === b.instance).map(([, size]) => size)]);
    values(b);
  }
  commit(interaction);

  // 5: quotients height by height; with another blowup than 2, one instance's columns on twice its rows
  coefficients.push(columns(8, L));
  const heights = [...new Set(base.map((b) => b.logSize))].sort((a, b) => a - b);
  for (const k of heights) {
    const totals = columns(4, k + 1);
    if (logBlowup !== 1)
      for (const { instance } of base.filter((b) => b.logSize === k))
        give(blocks.filter((b) => b.instance === instance).map((b) => columns(b.columns, k + 1)));
    give([totals, columns(4, k + 1)]);
  }
  values({ ...base[0]!, columns: 8, logSize: L });
  whole(TREE_BYTES_PER_LEAF * 2 ** n);

  // 7, 8: the coefficients are gone when the DEEP quotient is made: result, sums, sums of the height below
  give(coefficients);
  whole(FELT_BYTES * 2 ** n);
  give([whole(FELT_BYTES * 2 ** n), take(FELT_BYTES * 2 ** (n - 1))]);

  // 9: all layers and their trees stay until the openings
  let log = n;
  for (const foldLog of foldSteps(L)) {
    log -= foldLog;
    whole(TREE_BYTES_PER_LEAF * 2 ** log);
    whole(FELT_BYTES * 2 ** log);
  }
  return { peakBytes, largestBufferBytes };
}
