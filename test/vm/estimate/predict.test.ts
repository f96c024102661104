// Predictions against what happens: memory is counted and must be met; times are medians of another machine and are only ordered here.
// Slow: a LeNet is proved at two blowups.
import { expect, test } from 'vitest';
import * as networks from '../../../bench/networks.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { PROFILES, type Profile } from '../../../fri/pcs/profile.ts';
import { JS } from '../../../gpu/js/kind.ts';
import type { HostKind } from '../../../gpu/kind/kind.ts';
import { wasmBackend } from '../../../gpu/wasm/backend.ts';
import { WASM } from '../../../gpu/wasm/kind.ts';
import { fillTraces } from '../../../vm/chips/fill.ts';
import { costOf, sizesOf } from '../../../vm/estimate/cost.ts';
import { predict, requireMemory } from '../../../vm/estimate/predict.ts';
import { execute } from '../../../vm/executor/run.ts';
import { proveExecution } from '../../../vm/prove.ts';
import { prepareModel } from '../../../vm/statement/model.ts';

/** no proof of work: it takes no memory */
const quick = (profile: Profile): Profile => ({
  ...profile,
  work: { query: 0, interaction: 0, deep: 0, fold: 0 },
  floor: { kind: 'conjectured', bits: 0 },
});
const { program, inputs } = networks.lenet();
const run = execute(program, inputs);

test.each(['fast', 'chain'] as const)(
  'columns of a proof of profile %s take the memory that was predicted, within a twentieth',
  async (name) => {
    const profile = quick(PROFILES[name]);
    const cost = costOf(program, profile, run);
    const backend = await wasmBackend();
    try {
      const model = await prepareModel(program, profile, backend);
      const proof = await proveExecution(model, run);
      expect(cost.cells).toBe(proof.cells);
      expect(Math.abs(cost.proof.bytes / proof.bytes.length - 1)).toBeLessThan(0.05);
      const { columnBytes } = predict(cost.instances, profile, WASM, 1, 1);
      expect(Math.abs(columnBytes / backend.memory().peakBytes - 1)).toBeLessThan(0.05);
    } finally {
      backend.close();
    }
  },
);

test('more cells, a larger blowup, fewer threads and a slower machine take longer', () => {
  const small = sizesOf(fillTraces(run));
  const large = small.map(({ chip, logSize }) => ({ chip, logSize: logSize + 2 }));
  const time = (...[instances, profile, backend, threads, slowness]: Parameters<typeof predict>): number =>
    predict(instances, profile, backend, threads, slowness).proveMs;
  const usual = time(small, PROFILES.fast, WASM, 2, 1);
  expect(time(large, PROFILES.fast, WASM, 2, 1)).toBeGreaterThan(2 * usual);
  expect(time(small, PROFILES.chain, WASM, 2, 1)).toBeGreaterThan(usual);
  expect(time(small, PROFILES.fast, WASM, 1, 1)).toBeGreaterThan(1.2 * usual);
  expect(time(small, PROFILES.fast, JS, 1, 1)).toBeGreaterThan(5 * usual);
  expect(time(small, PROFILES.fast, WASM, 2, 3)).toBeCloseTo(3 * usual);
  const [one, two] = [1, 2].map((factor) => predict(small, PROFILES.fast, WASM, 1, factor));
  expect(two!.modelMs).toBeCloseTo(2 * one!.modelMs);
  expect(two!.firstMs).toBeCloseTo(2 * one!.firstMs);
  expect(predict(large, PROFILES.fast, WASM, 1, 1).modelMs).toBeCloseTo(4 * one!.modelMs);
  expect(predict(small, PROFILES.fast, WASM, 2, 1).modelMs).toBeCloseTo(one!.modelMs / 2);
  expect(time(small, PROFILES.test, WASM, 2, 1)).toBeLessThan(usual); // no proof of work
});

test('a proof that does not fit is refused with the need and what would fit; one that fits is not', () => {
  const sizes = sizesOf(fillTraces(run));
  const huge = sizes.map((size) => (size.chip === 'mac' ? { ...size, logSize: 22 } : size));
  const verdict = (instances: typeof sizes, backend: HostKind, available: number): string => {
    try {
      requireMemory(predict(instances, PROFILES.fast, backend, 1, 1), 123_456_789, available);
      return 'fits';
    } catch (error) {
      if (!(error instanceof ZkvmError)) throw error;
      expect(error).toMatchObject({ code: 'ZK0620', exitCode: 6 });
      expect(error.what).toContain('123456789');
      return error.why!;
    }
  };
  const { peakBytes } = predict(sizes, PROFILES.fast, WASM, 1, 1);
  expect(verdict(sizes, WASM, peakBytes)).toBe('fits');
  expect(verdict(sizes, WASM, peakBytes - 1)).toMatch(/^about \d+ MB are needed, \d+ MB are available; about 123\.4 million cells/);
  expect(verdict(sizes, WASM, 0)).toMatch(/about 0 million cells would fit$/);
  expect(verdict(huge, WASM, 1e12)).toMatch(/^its columns take about \d+ MB, a WASM memory holds 4295 MB; about \d+/);
  expect(verdict(huge, JS, 1e12)).toBe('fits');
});
