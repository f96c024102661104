// Every method of the WASM backend against the reference, on random and edge values, from the smallest sizes up.
// Slow: columns of 2^16 rows on the reference backend.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { circuitOf } from '../../air/machine.ts';
import type { Backend, Block, Layer } from '../../fri/backend/seam.ts';
import { pointFromParameter } from '../../fri/core/circle.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { isWork } from '../../fri/core/work.ts';
import type { DeepBatch } from '../../fri/pcs/deep.ts';
import type { StartedBackend } from '../../gpu/kind/kind.ts';
import { random, toyMachine } from '../air/toy.ts';
import { randomColumn, TIERS } from './tiers.ts';

const next = random(11);
const felt = (): QM31 => [next(), next(), next(), next()];
const columns = (count: number, logSize: number): Uint32Array[] => Array.from({ length: count }, () => randomColumn(next, logSize));

/** the rows of a committed block, read back through openings */
async function rowsOf(backend: Backend, evaluations: Block): Promise<Uint32Array> {
  const tree = await backend.commit([evaluations]);
  const { words } = await backend.open(
    tree,
    Array.from({ length: 2 ** evaluations.logSize }, (_, i) => i),
  );
  backend.free(tree);
  return words;
}

describe.each(TIERS.slice(1))('$name', ({ start }) => {
  let law: Backend;
  let started: StartedBackend;
  let backend: Backend;
  beforeAll(async () => {
    law = (await TIERS[0]!.start()).backend;
    started = await start();
    backend = started.backend;
  });
  afterAll(() => started.close());
  const usedBytes = (): number => started.usedBytes?.() ?? 0;

  test.each([
    [1, 1, 1],
    [1, 3, 2],
    [2, 1, 1],
    [2, 5, 4],
    [3, 3, 1],
    [4, 2, 1],
    [5, 7, 1],
    [6, 1, 4],
    [9, 3, 1],
    [10, 2, 1],
    [11, 3, 2],
    [12, 1, 1],
    [13, 3, 1],
    [14, 2, 1],
    [16, 1, 1],
  ])('rows of log size %i, %i columns: coefficients and values at log blowup %i', async (logSize, count, logBlowup) => {
    const rows = columns(count, logSize);
    const seen: Uint32Array[] = [];
    for (const b of [law, backend]) {
      const uploaded = await b.upload(rows, logSize);
      const coefficients = await b.interpolate(uploaded);
      const values = await b.extend(coefficients, logBlowup);
      seen.push(await rowsOf(b, values));
      b.free(uploaded, coefficients, values);
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  test.each([
    [[[1, 4]]],
    [[[16, 5]]],
    [[[17, 6]]],
    [
      [
        [3, 2],
        [1, 3],
        [40, 5],
        [2, 9],
      ],
    ],
    [
      [
        [15, 3],
        [1, 4],
        [16, 8],
        [33, 10],
      ],
    ],
    [
      [
        [1, 1],
        [1, 11],
      ],
    ],
  ])('tree over (columns, log size) %j', async (shape) => {
    const traces = shape.map(([count, logSize]) => ({ columns: columns(count!, logSize!), logSize: logSize! }));
    const height = shape.at(-1)![1]! + 1;
    const positions = [...new Set([0, 1, 2 ** height - 1, ...Array.from({ length: 5 }, () => next() % 2 ** height)])].sort((a, b) => a - b);
    const seen: unknown[] = [];
    for (const b of [law, backend]) {
      const evaluations: Block[] = [];
      for (const t of traces) evaluations.push(await b.extend(await b.interpolate(await b.upload(t.columns, t.logSize)), 1));
      const tree = await b.commit(evaluations);
      seen.push({ root: tree.root, height: tree.height, opening: await b.open(tree, positions) });
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  test.each([
    [1, 7],
    [2, 7],
    [3, 9],
    [5, 9],
    [11, 12],
    [13, 13],
  ])('samples of log size %i inside %i', async (logSize, largest) => {
    const point = pointFromParameter(felt());
    const rows = columns(3, logSize);
    const seen: Uint32Array[][] = [];
    for (const b of [law, backend]) seen.push(await b.sample([await b.interpolate(await b.upload(rows, logSize))], largest, point));
    expect(seen[1]).toEqual(seen[0]);
  });

  test.each([
    [[4, 6], 1],
    [[6, 8, 8], 1],
    [[5, 9], 4],
    [[2, 10], 2],
  ])('DEEP quotient and folds of heights %j at log blowup %i', async (logSizes, logBlowup) => {
    const traces = logSizes.map((logSize, i) => columns(1 + 6 * i, logSize));
    const largest = Math.max(...logSizes) + logBlowup;
    const batch = (blocks: readonly number[], count: (block: number) => number): DeepBatch => ({
      terms: blocks.map((block) => {
        const opened = Array.from({ length: count(block) }, (_, c) => c);
        return { block, columns: opened, powers: Q.toWords(opened.map(felt)) };
      }),
      A: felt(),
      B: felt(),
      m: [next(), next(), 0, 0],
      px: [next(), next(), 0, 0],
      py: [next(), next(), 0, 0],
    });
    const all = logSizes.map((_, i) => i);
    const batches = [batch(all, (block) => traces[block]!.length), batch(all, () => 1), batch([0], () => 1)];
    const alphas = [felt(), felt(), felt()];
    const seen: unknown[] = [];
    for (const b of [law, backend]) {
      const blocks: Block[] = [];
      for (const [i, t] of traces.entries()) blocks.push(await b.extend(await b.interpolate(await b.upload(t, logSizes[i]!)), logBlowup));
      let layer: Layer = await b.deep(blocks, batches, largest);
      const out: unknown[] = [await b.read(layer)];
      let log = largest;
      for (const [i, foldLog] of [3, 1, 2].entries()) {
        if (log - foldLog < 2) break;
        const tree = await b.commitLayer(layer, foldLog);
        const known = new Set([1, 2 ** foldLog]);
        out.push(tree.root, await b.openLayer(tree, layer, [0, 1, 2 ** (log - foldLog) - 1], known));
        layer = await b.fold(layer, foldLog, i === 0, alphas[i]!);
        out.push(await b.read(layer));
        log -= foldLog;
      }
      seen.push(out);
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  test.each([0, 1, 5, 8, 14, 17])('the smallest nonce for %i bits', async (bits) => {
    const digest = Uint32Array.from({ length: 8 }, () => next());
    const nonce = await backend.grind(digest, bits);
    expect(nonce).toEqual(await law.grind(digest, bits));
    expect(isWork(digest, bits, nonce)).toBe(true);
  });

  test('a zero denominator is rejected as the reference does, and costs no memory', async () => {
    const votes = toyMachine.components.find((c) => c.name === 'votes')!;
    const circuit = circuitOf(votes);
    const relationId: QM31 = [2, 0, 0, 0];
    for (const [z, fails] of [
      [relationId, true],
      [felt(), false],
    ] as const) {
      const parameters = circuit.graph.parameters.map(({ name }) => (name === 'z' ? z : felt()));
      for (const b of [law, backend]) {
        const base = await b.upload(columns(1, 5), 5);
        const before = usedBytes();
        const made = b.interaction({ circuit, logSize: 5, preprocessed: undefined, base, parameters });
        if (fails) {
          await expect(made).rejects.toMatchObject({ code: 'ZK0150', kind: 'rejected' });
          expect(usedBytes()).toBe(before);
        } else b.free(await made);
        b.free(base);
      }
    }
  });

  test('all memory comes back', async () => {
    const before = usedBytes();
    const rows = await backend.upload(columns(3, 6), 6);
    const coefficients = await backend.interpolate(rows);
    const values = await backend.extend(coefficients, 1);
    const tree = await backend.commit([values]);
    const layer = await backend.deep([values], [], 7);
    if (started.usedBytes) expect(usedBytes()).toBeGreaterThan(before);
    backend.free(rows, coefficients, values, tree, layer);
    expect(usedBytes()).toBe(before);
  });
});
