// The factor of a machine: known work, timed by a clock that the test turns.
import { expect, test } from 'vitest';
import { around } from '../../../fri/backend/around.ts';
import type { Backend } from '../../../fri/backend/seam.ts';
import { wasmBackend } from '../../../gpu/wasm/backend.ts';
import { WASM } from '../../../gpu/wasm/kind.ts';
import { calibrate } from '../../../vm/estimate/calibrate.ts';

const BUDGET_MS = 100;

/** a backend that takes so long for a tree and no time for anything else, and its clock */
function slow(
  backend: Backend,
  msOf: (commitment: number) => number,
): { backend: Backend; clock: () => number; commitments: () => number } {
  let now = 0;
  let commitments = 0;
  return {
    backend: {
      ...around(backend, { operation: (run) => run() }),
      commit: async (evaluations) => {
        now += msOf(commitments++);
        return backend.commit(evaluations);
      },
    },
    clock: () => now,
    commitments: () => commitments,
  };
}

test('is the median of what the known work takes, over what it takes at the rates of the backend; its memory is given back', async () => {
  const backend = await wasmBackend();
  try {
    const reference = WASM.commitMs(32, 14, 1, 1);
    const factor = async (msOf: (commitment: number) => number, threads = 1): Promise<number> => {
      const { backend: timed, clock } = slow(backend, msOf);
      return calibrate(WASM, timed, threads, BUDGET_MS, clock);
    };
    expect(await factor(() => reference)).toBeCloseTo(1);
    const before = backend.memory().usedBytes; // with the tables that the first transform made
    expect(await factor(() => 3 * reference)).toBeCloseTo(3);
    expect(await factor(() => reference, 2)).toBeCloseTo(2); // two threads should take half
    // neither a first one that compiles nor an outlier counts
    expect(await factor((i) => (i === 0 ? 30 : i === 6 ? 5 * reference : reference))).toBeCloseTo(1);
    expect(backend.memory().usedBytes).toBe(before);
  } finally {
    backend.close();
  }
});

test('on a machine that is too slow for the budget two commitments are made', async () => {
  const backend = await wasmBackend();
  try {
    const { backend: timed, clock, commitments } = slow(backend, () => 10 * BUDGET_MS);
    expect(await calibrate(WASM, timed, 1, BUDGET_MS, clock)).toBeGreaterThan(10);
    expect(commitments()).toBe(2);
  } finally {
    backend.close();
  }
});
