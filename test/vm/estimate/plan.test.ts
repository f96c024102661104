// How many shards a run takes in so much memory. Source: vm/estimate/plan.ts. Caveat: predictions; what a proof really takes, the benchmarks say.
import { describe, expect, test } from 'vitest';
import { lenet } from '../../../bench/networks.ts';
import type { ZkvmError } from '../../../fri/core/errors.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { WASM } from '../../../gpu/wasm/kind.ts';
import { sizesOf } from '../../../vm/estimate/cost.ts';
import { planProof } from '../../../vm/estimate/plan.ts';
import { fitsMemory, predictShards } from '../../../vm/estimate/predict.ts';
import { type Execution, execute } from '../../../vm/executor/run.ts';
import { code } from '../../failure.ts';

const { program, inputs } = lenet();
const run: Execution = execute(program, inputs);
const plan = (availableBytes: number, profile = PROFILES.test) => planProof(run, { profile, kind: WASM, threads: 1, availableBytes });
const { prediction } = plan(Number.POSITIVE_INFINITY);

describe('a run', () => {
  test('that fits is one shard', () => {
    expect(plan(prediction.peakBytes).shards).toHaveLength(1);
    expect(plan(1e12).shards).toHaveLength(1);
  });

  test('that does not fit is cut until it does', () => {
    const less = plan(prediction.peakBytes - 0.2 * prediction.columnBytes);
    expect(less.shards.length).toBeGreaterThan(1);
    expect(fitsMemory(less.prediction, prediction.peakBytes - 0.2 * prediction.columnBytes)).toBe(true);
    expect(less.prediction).toEqual(predictShards(less.shards.map(sizesOf), PROFILES.test, WASM, 1, 1));
    expect(less.prediction.columnBytes).toBeLessThan(prediction.columnBytes);
    expect(less.prediction.proveMs).toBeGreaterThan(prediction.proveMs);
  });

  test('that no number of shards makes fit is refused', () => {
    expect(code(() => plan(prediction.processBytes))).toBe('ZK0620');
    expect(code(() => plan(1))).toBe('ZK0620');
  });

  test('is cut under the profile of the contract too, whose single shards have one instance of each chip that a run sizes', () => {
    const whole = plan(Number.POSITIVE_INFINITY, PROFILES.chain);
    expect(whole.shards.map((shard) => [...new Set(shard.map(({ type }) => type))])).toEqual([[0, 1, 2, 3, 4, 5]]);
    expect(whole.shards[0]!.filter(({ type }) => type < 3)).toHaveLength(3);
    const less = plan(whole.prediction.peakBytes - 0.2 * whole.prediction.columnBytes, PROFILES.chain);
    expect(less.shards.length).toBeGreaterThan(1);
  });

  test('is let through with all memory from some size on, each time in what fits, and a refusal names memory that does', () => {
    const refusal = (availableBytes: number): string | undefined => {
      try {
        const { prediction: made } = plan(availableBytes);
        expect(fitsMemory(made, availableBytes)).toBe(true);
        return undefined;
      } catch (error) {
        expect((error as ZkvmError).code).toBe('ZK0620');
        return (error as ZkvmError).why;
      }
    };
    const { processBytes, peakBytes } = prediction;
    const refused = Array.from({ length: 30 }, (_, i) => refusal(processBytes + ((peakBytes - processBytes) * (i + 1)) / 29));
    const from = refused.indexOf(undefined);
    expect(from).toBeGreaterThan(0);
    expect(refused.slice(from)).toEqual(Array(30 - from).fill(undefined));
    const named = Number(/about (\d+) MB/.exec(refused[0]!)![1]);
    expect(refusal((named + 1) * 1e6)).toBeUndefined();
    expect(refusal((named - 5) * 1e6)).toBeDefined();
  });
});
