// What the running sum of a shard is, said from AIR.md §5.0 row by row, and a backend's answer to the same last LogUp columns. Source: AIR.md §5.0, §8.
// Caveat: a backend's columns are read back through openings, so transforms and trees are in between.
import fc from 'fast-check';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Backend, Block } from '../../fri/backend/seam.ts';
import { inverse, P } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { random } from '../air/toy.ts';
import { randomColumn } from './tiers.ts';

/** Interaction columns of the instances of a shard, four coordinates each QM31 column; the last one is what the running sum takes. */
export interface Shard {
  /** as high as its highest instance, or higher: the steps go by this alone */
  logSize: number;
  instances: readonly { logSize: number; columns: Uint32Array[] }[];
}

const rowOf = (columns: readonly Uint32Array[], row: number): QM31 => {
  const [a, b, c, d] = columns.slice(-4).map((column) => column[row % column.length]!);
  return [a!, b!, c!, d!];
};

/** the coordinates of S and the sum: S(row) = S(row - 1) + Σ 2^(k - L)·U_i(row mod 2^k) - sum/2^L, and 0 on the last row */
export function expected({ logSize, instances }: Shard): { columns: Uint32Array[]; sum: QM31 } {
  const rows = 2 ** logSize;
  const sum = instances.reduce(
    (all, { columns }) => columns.at(-1)!.reduce<QM31>((total, _, row) => Q.add(total, rowOf(columns, row)), all),
    Q.ZERO,
  );
  const share = Q.scale(sum, inverse(rows));
  const columns = [0, 1, 2, 3].map(() => new Uint32Array(rows));
  let state = Q.ZERO;
  for (let row = 0; row < rows; row++) {
    for (const { columns: own, logSize: k } of instances) state = Q.add(state, Q.scale(rowOf(own, row), inverse(2 ** (logSize - k))));
    state = Q.sub(state, share);
    for (const [c, column] of columns.entries()) column[row] = state[c]!;
  }
  return { columns, sum };
}

/** every cell of the values of a block in row order, and of nothing else */
async function opened(backend: Backend, rows: Block): Promise<Uint32Array> {
  const coefficients = await backend.interpolate(rows);
  const values = await backend.extend(coefficients, 0);
  const tree = await backend.commit([values]);
  const { words } = await backend.open(
    tree,
    Array.from({ length: 2 ** rows.logSize }, (_, i) => i),
  );
  backend.free(rows, coefficients, values, tree);
  return words;
}

/** both as a backend has them */
export async function computed(backend: Backend, { logSize, instances }: Shard): Promise<{ columns: Uint32Array; sum: QM31 }> {
  let steps: Block | undefined;
  for (const instance of instances) {
    const rows = await backend.upload(instance.columns, instance.logSize);
    steps = await backend.addSteps(rows, logSize, steps);
    backend.free(rows);
  }
  const sum = await backend.runningSum(steps!);
  return { columns: await opened(backend, steps!), sum: await sum() };
}

/** the definition in the form of `computed` */
export async function wanted(shard: Shard): Promise<{ columns: Uint32Array; sum: QM31 }> {
  const { columns, sum } = expected(shard);
  const law = jsBackend();
  return { columns: await opened(law, await law.upload(columns, shard.logSize)), sum };
}

/** Shards up to a height: instances of 2, 4 and 8 rows, the highest, and others, one or several of a height, with the edge values of the field. */
export const shards = (largest: number): fc.Arbitrary<Shard> =>
  fc.integer({ min: 6, max: largest }).chain((logSize) =>
    fc
      .record({
        seed: fc.integer({ min: 1, max: P - 1 }),
        others: fc.array(
          fc.oneof(fc.constantFrom(1, 2, 3, logSize - 1, logSize), fc.integer({ min: 1, max: logSize })).chain((height) => {
            return fc.record({ height: fc.constant(height), felts: fc.integer({ min: 1, max: 3 }) });
          }),
          { maxLength: 5 },
        ),
        place: fc.nat(),
      })
      .map(({ seed, others, place }) => {
        const next = random(seed);
        const list = [...others];
        // one as high as all, anywhere among them
        list.splice(place % (list.length + 1), 0, { height: logSize, felts: 2 });
        return {
          logSize,
          instances: list.map(({ height, felts }) => ({
            logSize: height,
            columns: Array.from({ length: 4 * felts }, () => randomColumn(next, height)),
          })),
        };
      }),
  );
