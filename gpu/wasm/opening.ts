// Steps after the composition: samples, DEEP quotient, folds, coset trees, proof of work. Source: PCS.md §6, §8, §9 (D11).
// Caveat: tables are laid out as kernels/opening.ts says; layers have four values at least.

import { project } from '../../fri/core/circle.ts';
import { basisAtPoint, highBasisAtPoint } from '../../fri/core/fft.ts';
import { add, mul, sub } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { toNonce } from '../../fri/core/work.ts';
import type { DeepBatch } from '../../fri/pcs/deep.ts';
import { DEEP_ENTRY_BYTES } from './kernels/opening.ts';
import type { Session, WasmBlock } from './session.ts';

const FELT_BYTES = 64;
const LEAST_GROUPS = 32;

/** bits of a coefficient's index that the low basis covers: 2^8 values are 4 KiB, and cost little to make for every height */
const LOW_LOG = 8;
/** the kernel takes 16 coefficients at a time */
const LEAST_LOW_LOG = 4;

/** values of every column at a point of the largest domain's circle */
export function sample(
  session: Session,
  blocks: readonly WasmBlock[],
  logSize: number,
  point: readonly [QM31, QM31],
  columns?: readonly (readonly number[])[],
): Uint32Array[] {
  return session.withTables((table, room) => {
    const bases = new Map<number, { lowLog: number; low: number; high: number; count: number }>();
    const basis = (k: number) => {
      const known = bases.get(k);
      if (known) return known;
      const lowLog = Math.max(LEAST_LOW_LOG, Math.min(k, LOW_LOG));
      const low = basisAtPoint(Math.min(k, lowLog), project(point, logSize - k));
      const words = new Uint32Array(4 * 2 ** lowLog); // zero beyond a short column
      for (let i = 0; i < low[0].length; i++) for (let c = 0; c < 4; c++) words[16 * (i >> 2) + 4 * c + (i & 3)] = low[c]![i]!;
      const high = highBasisAtPoint(k, lowLog, project(point, logSize - k));
      const count = high[0].length;
      const highWords = new Uint32Array(4 * count);
      for (let i = 0; i < count; i++) for (let c = 0; c < 4; c++) highWords[4 * i + c] = high[c]![i]!;
      const made = { lowLog, low: table(words), high: table(highWords), count };
      bases.set(k, made);
      return made;
    };
    const wanted = blocks.map((b, i) => columns?.[i] ?? Array.from({ length: b.columns }, (_, c) => c));
    const out = room(FELT_BYTES * wanted.reduce((sum, list) => sum + list.length, 0));
    session.run('sample', { column: 0, lowLog: 0, low: 0, high: 0, highCount: 0, out }, (next, add) => {
      let to = out;
      for (const [i, { address, stride, logSize: k }] of blocks.entries()) {
        const { lowLog, low, high, count } = basis(k);
        next.lowLog = lowLog;
        next.low = low;
        next.high = high;
        next.highCount = count;
        for (const c of wanted[i]!) {
          next.column = address + c * stride;
          next.out = to;
          add();
          to += FELT_BYTES;
        }
      }
    });
    const words = session.words();
    let at = out / 4;
    const coordinate = (c: number): number => {
      let sum = 0;
      for (let lane = 0; lane < 4; lane++) sum = add(sum, words[at + 4 * c + lane]!);
      return sum;
    };
    return wanted.map((list, i) => {
      const values = new Uint32Array(4 * blocks[i]!.columns);
      for (const column of list) {
        for (let c = 0; c < 4; c++) values[4 * column + c] = coordinate(c);
        at += FELT_BYTES / 4;
      }
      return values;
    });
  });
}

/** the DEEP quotient on the canonic coset of `logSize`: four coordinate columns */
export function deep(session: Session, blocks: readonly WasmBlock[], batches: readonly DeepBatch[], logSize: number): WasmBlock {
  const out = session.block(4, logSize);
  const groups = 2 ** (logSize - 2);
  const points = session.tower(logSize).address + 4 * 2 ** (logSize - 2);
  if (batches.length === 0) for (let c = 0; c < 4; c++) session.view(out, c).fill(0);
  batches.forEach((batch, index) => {
    const numerator = deepNumerator(session, blocks, batch, logSize);
    session.withTables((table) => {
      const { A, B, m, px, py } = batch;
      const c0 = sub(sub(mul(m[0], py[0]), mul(m[1], py[1])), px[0]);
      const c1 = sub(add(mul(m[0], py[1]), mul(m[1], py[0])), px[1]);
      const constants = table([...A, ...B, m[0], m[1], c0, c1]);
      const args = {
        numerator: numerator.address,
        numeratorStride: numerator.stride,
        lift: logSize - numerator.logSize,
        constants,
        points,
        group: 0,
        groups: 0,
        out: out.address,
        outStride: out.stride,
        add: index === 0 ? 0 : 1,
      };
      session.run('deepQuotient', args, (next, add) =>
        session.split(groups, LEAST_GROUPS, (first, count) => {
          next.group = first;
          next.groups = count;
          add();
        }),
      );
    });
    session.release(numerator);
  });
  return out;
}

/** Σ δ^e f_e of one batch at its largest height, summed at every height on its own and lifted on the way up */
function deepNumerator(session: Session, blocks: readonly WasmBlock[], batch: DeepBatch, logSize: number): WasmBlock {
  const heights = [...new Set(batch.terms.map(({ block }) => blocks[block]!.logSize))].sort((a, b) => a - b);
  let below: WasmBlock | undefined;
  for (const height of heights.length ? heights : [logSize]) {
    const sum = session.block(4, height);
    const terms = batch.terms.filter(({ block }) => blocks[block]!.logSize === height);
    const { words, count } = entryTable(blocks, terms, sum.address);
    session.withTables((table) => {
      const args = {
        list: table(words),
        count,
        below: below?.address ?? 0,
        belowStride: below?.stride ?? 0,
        lift: below ? height - below.logSize : 0,
        group: 0,
        groups: 0,
        out: sum.address,
        outStride: sum.stride,
      };
      session.run('deepNumerator', args, (next, add) =>
        session.split(2 ** (height - 2), LEAST_GROUPS, (first, groups) => {
          next.group = first;
          next.groups = groups;
          add();
        }),
      );
    });
    session.release(below);
    below = sum;
  }
  return below!;
}

/** Columns of one height and their weights, as the kernel reads them. Entries come in fours: the last ones read `idle` with weight 0. */
function entryTable(blocks: readonly WasmBlock[], terms: DeepBatch['terms'], idle: number): { words: Uint32Array; count: number } {
  const columns = terms.reduce((sum, term) => sum + term.columns.length, 0);
  const count = Math.max(4, Math.ceil(columns / 4) * 4);
  const words = new Uint32Array((count * DEEP_ENTRY_BYTES) / 4);
  let at = 0;
  for (const { block, columns, powers } of terms) {
    const { address, stride } = blocks[block]!;
    for (let i = 0; i < columns.length; i++, at += DEEP_ENTRY_BYTES / 4) {
      words[at] = address + columns[i]! * stride;
      for (let c = 0; c < 4; c++) words[at + 4 + c] = powers[4 * i + c]!;
    }
  }
  for (; at < words.length; at += DEEP_ENTRY_BYTES / 4) words[at] = idle;
  return { words, count };
}

/** folds a layer by 2^foldLog; gives four coordinate columns */
export function fold(session: Session, layer: WasmBlock, foldLog: number, circle: boolean, alpha: QM31): WasmBlock {
  let current = layer;
  let challenge = alpha;
  for (let step = 0; step < foldLog; step++) {
    const folded = session.block(4, current.logSize - 1);
    const onCircle = circle && step === 0;
    // inverse factors: on the circle those of layer 1 of a transform of this size, on a line those of layer 0
    const { inverse } = session.tower(onCircle ? current.logSize : current.logSize + 1);
    const twiddles = inverse + 4 * 2 ** (onCircle ? current.logSize - 2 : current.logSize - 1);
    session.withTables((table) => {
      const args = {
        from: current.address,
        fromStride: current.stride,
        to: folded.address,
        toStride: folded.stride,
        twiddles,
        circle: onCircle ? 1 : 0,
        matrix: table(Q.matrixOf(challenge)),
        group: 0,
        groups: 0,
      };
      session.run('fold', args, (next, add) =>
        session.split(2 ** (folded.logSize - 2), LEAST_GROUPS, (first, groups) => {
          next.group = first;
          next.groups = groups;
          add();
        }),
      );
    });
    if (current !== layer) session.release(current);
    current = folded;
    challenge = Q.mul(challenge, challenge);
  }
  return current;
}

/** columns of the coset leaves: word 4·l + c of coset κ is coordinate c of the value at κ·2^foldLog + l */
export function cosetColumns(session: Session, layer: WasmBlock, foldLog: number): WasmBlock {
  const size = 2 ** foldLog;
  const out = session.block(4 * size, layer.logSize - foldLog);
  session.run('deinterleave', { from: 0, to: 0, toStride: 4 * out.stride, log: foldLog, first: 0, count: 0 }, (next, add) => {
    for (let c = 0; c < 4; c++) {
      next.from = layer.address + c * layer.stride;
      next.to = out.address + c * out.stride;
      session.split(2 ** out.logSize, 1024, (first, count) => {
        next.first = first;
        next.count = count;
        add();
      });
    }
  });
  return out;
}

const NONE = 0xffffffff;
/** nonces of one task: a millisecond */
const GRIND_TASK = 2 ** 13;

/** the smallest nonce [low, high]; `between` is waited for between the searches, each of some milliseconds */
export async function grind(
  session: Session,
  digest: ArrayLike<number>,
  bits: number,
  between?: () => Promise<void>,
): Promise<[number, number]> {
  if (bits === 0) return [0, 0];
  const mask = bits === 32 ? NONE : 2 ** bits - 1;
  // tables of its own each time: others may work in this memory in between
  const search = (from: number, count: number, size: number): number | undefined =>
    session.withTables((table, room) => {
      const message = table(digest);
      const results = room(4 * count);
      session.words().fill(NONE, results / 4, results / 4 + count);
      const high = Math.floor(from / 2 ** 32);
      session.run('grind', { digest: message, mask, bits, low: 0, high, count: size, result: results }, (next, add) => {
        for (let i = 0; i < count; i++) {
          next.low = (from + i * size) % 2 ** 32;
          next.result = results + 4 * i;
          add();
        }
      });
      const found = session.words().subarray(results / 4, results / 4 + count);
      const low = found.find((nonce) => nonce !== NONE);
      return low === undefined ? undefined : high * 2 ** 32 + low;
    });
  // a small search is not worth waking anybody
  const first = Math.min(2 ** (bits + 1), GRIND_TASK);
  const tasks = 8 * session.threads;
  let nonce = search(0, 1, first);
  for (let from = first; nonce === undefined; from += tasks * GRIND_TASK) {
    await between?.();
    nonce = search(from, tasks, GRIND_TASK);
  }
  return toNonce(nonce);
}
