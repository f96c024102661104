// Predictions for this machine: a backend with threads is measured, the plain one is judged by hashing, and whoever waits can end it.
import { expect, test } from 'vitest';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { JS } from '../../../gpu/js/kind.ts';
import { wasmBackend } from '../../../gpu/wasm/backend.ts';
import { WASM } from '../../../gpu/wasm/kind.ts';
import { costOf, countingRun } from '../../../vm/estimate/cost.ts';
import { factorOf, predictHere, securedHere } from '../../../vm/estimate/here.ts';
import { predict } from '../../../vm/estimate/predict.ts';
import { EXAMPLES } from '../programs.ts';

/** of no machine, so that it is seen where it was taken */
const SLOWNESS = 1e9;

test('a backend with threads is measured, the plain one is as slow as its hashing', async () => {
  expect(await factorOf(JS, jsBackend(), 1, SLOWNESS)).toBe(SLOWNESS);
  const backend = await wasmBackend({ threads: 1 });
  try {
    const factor = await factorOf(WASM, backend, 1, SLOWNESS, 50);
    expect(factor).toBeGreaterThan(0);
    expect(factor).toBeLessThan(1e6);
  } finally {
    backend.close();
  }
});

test('every backend of the process is predicted at its own factor', async () => {
  const { program } = EXAMPLES[0]!();
  const run = countingRun(program);
  const { instances } = costOf(program, PROFILES.test);
  let turns = 0;
  const found = await predictHere(run, PROFILES.test, Number.POSITIVE_INFINITY, async () => void turns++, SLOWNESS);
  expect(found.map(({ prediction }) => prediction.backend)).toEqual(expect.arrayContaining(['wasm', 'js']));
  expect(turns).toBe(found.length);
  for (const { prediction, factor, plan } of found) {
    const kind = prediction.backend === 'js' ? JS : WASM;
    expect(prediction.proveMs).toBe(predict(instances, PROFILES.test, kind, prediction.threads, factor).proveMs);
    expect(factor === SLOWNESS).toBe(!kind.threaded);
    expect(plan?.shards).toHaveLength(1);
  }
  const ended = predictHere(run, PROFILES.test, Number.POSITIVE_INFINITY, () => Promise.reject(new Error('enough')), SLOWNESS);
  await expect(ended).rejects.toThrow('enough');
  const nowhere = await predictHere(run, PROFILES.test, 1, async () => {}, SLOWNESS);
  expect(nowhere.map(({ plan }) => plan)).toEqual(nowhere.map(() => undefined));
  expect(securedHere(nowhere, run, PROFILES.test)).toEqual(securedHere(found, run, PROFILES.test));
});
