// For one dispatch, mac and store accept exactly the honest run (AIR.md §11 e): 153 shapes of MAC and MUL, 56 of STORE, enumerated.
// SPLIT with an odd row has no run at all; the loader refuses it too.
import { expect, test } from 'vitest';
import { acceptedRuns, honestLength, honestText, macShape, mulShape, type Shape, storeShape } from './search.ts';

const mac: Shape[] = [];
for (const nw of [1, 2, 3])
  for (const h of [1, 2]) {
    for (const ob of [1, 2, 3])
      for (const taps of [1, 2]) for (const pad of [0, 1]) for (const Z of [0, 1]) mac.push(macShape({ nw, h, ob, taps, pad, Z }));
  }
for (const nw of [1, 2, 3]) for (const h of [1, 2, 3]) mac.push(mulShape({ nw, h }));
const store: Shape[] = [];
for (const rw of [1, 2, 3, 4])
  for (const h of [1, 2])
    for (const O of [1, 2])
      for (const hl of [0, 1]) for (const hs of [0, 1]) if (rw * h * O <= 8) store.push(storeShape({ rw, h, O, hl, hs }));

test('there are as many shapes as the reference enumerates', () => {
  expect([mac.length, store.length]).toEqual([153, 56]);
});

test.each([...mac, ...store])('$chip $dispatch has one run', (shape) => {
  const runs = acceptedRuns(shape, undefined, honestLength(shape) + 2);
  const oddSplit = shape.chip === 'store' && shape.dispatch.hs === 1 && shape.dispatch.rw % 2 === 1;
  expect(runs).toEqual(oddSplit ? [] : [honestText(shape)]);
});
