// The running sum of random shards on every backend in the process, the reference too, against its definition (sums.ts); and that its constraint is 0
// everywhere, not only on the rows, so that an honest prover's composition needs nothing of it. Source: AIR.md §5.0, §8.
// Caveat: columns of an honest prover; that others are refused is test/air/forgeries.test.ts.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { addPoints, type CirclePoint, pointFromParameter, pointOverQM31, stepIndex } from '../../fri/core/circle.ts';
import { inverse } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import type { StartedBackend } from '../../gpu/kind/kind.ts';
import { random } from '../air/toy.ts';
import { times } from '../times.ts';
import { computed, expected, type Shard, shards, wanted } from './sums.ts';
import { randomColumn, TIERS } from './tiers.ts';

describe.each(TIERS)('$name', ({ start }) => {
  let started: StartedBackend;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(() => started.close());

  test('random shards', async () => {
    const property = fc.asyncProperty(shards(9), async (shard) => {
      expect(await computed(started.backend, shard)).toEqual(await wanted(shard));
    });
    await fc.assert(property, { numRuns: times(40) });
  });

  test('a shard of 2^13 rows, which several threads share, with instances of 2, 4, 8 and as many rows', async () => {
    const next = random(3);
    const heights = [13, 1, 2, 3, 13, 12, 1];
    const instances = heights.map((logSize) => ({ logSize, columns: Array.from({ length: 4 }, () => randomColumn(next, logSize)) }));
    const shard = { logSize: 13, instances };
    expect(await computed(started.backend, shard)).toEqual(await wanted(shard));
  });
});

describe('the constraint of the running sum at random points', () => {
  const law = jsBackend();
  const next = random(41);
  const valuesAt = async (columns: Uint32Array[], k: number, logSize: number, point: CirclePoint): Promise<QM31> => {
    const coefficients = await law.interpolate(await law.upload(columns.slice(-4), k));
    const [words] = await law.sample([coefficients], logSize, point);
    return Q.UNITS.reduce((total, unit, c) => Q.add(total, Q.mul(Q.at(words!, c), unit)), Q.ZERO);
  };
  /** S - p.S - Σ 2^(k - L)·U + sum/2^L */
  const constraint = async ({ logSize, instances }: Shard, columns: Uint32Array[], sum: QM31, point: CirclePoint): Promise<QM31> => {
    const before = addPoints(point, pointOverQM31(-stepIndex(logSize)));
    let value = Q.sub(await valuesAt(columns, logSize, logSize, point), await valuesAt(columns, logSize, logSize, before));
    for (const { columns: own, logSize: k } of instances)
      value = Q.sub(value, Q.scale(await valuesAt(own, k, logSize, point), inverse(2 ** (logSize - k))));
    return Q.add(value, Q.scale(sum, inverse(2 ** logSize)));
  };
  const point = (): CirclePoint => pointFromParameter([next(), next(), next(), next()]);

  test.each([
    ['every height in one shard', 6, [1, 2, 3, 4, 5, 6]],
    ['2 rows beside 2^6', 6, [6, 1]],
    ['several of a height, the highest last', 8, [1, 1, 7, 7, 8, 8]],
    ['the highest alone', 6, [6]],
  ])('%s: it is 0 everywhere, and nowhere with another sum or another cell', async (_, logSize, heights) => {
    const instances = heights.map((k) => ({ logSize: k, columns: Array.from({ length: 4 }, () => randomColumn(next, k)) }));
    const shard = { logSize, instances };
    const { columns, sum } = expected(shard);
    for (let i = 0; i < 3; i++) expect(await constraint(shard, columns, sum, point())).toEqual(Q.ZERO);
    expect(await constraint(shard, columns, Q.add(sum, Q.ONE), point())).not.toEqual(Q.ZERO);
    const moved = columns.map((column, c) => (c === 2 ? column.with(3, column[3]! ^ 1) : column));
    expect(await constraint(shard, moved, sum, point())).not.toEqual(Q.ZERO);
    for (const [i, { columns: own }] of instances.entries()) {
      const other = instances.map((one, j) =>
        i === j ? { ...one, columns: own.map((c, n) => (n === 0 ? c.with(0, c[0]! ^ 1) : c)) } : one,
      );
      expect(await constraint({ logSize, instances: other }, columns, sum, point())).not.toEqual(Q.ZERO);
    }
  });
});
