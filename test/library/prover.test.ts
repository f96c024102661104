// Provers: they queue, end when they are told to, leave nothing behind, and work in a worker as in this thread.
// Slow: it proves real models many times.
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { wasmBackend } from '../../gpu/wasm/backend.ts';
import { connectProver, createProver, type Model, type Prover, verify } from '../../index.ts';
import { PreparedModels } from '../../vm/library/prepared.ts';
import { listening } from '../../vm/library/signals.ts';
import { expectInTime } from '../clock.ts';
import { sampled } from '../times.ts';
import { inputOf, modelOf, rejection } from './kit.ts';

const small = () => modelOf('digits_mlp');
const input = inputOf('digits_mlp');
/** how long an abort may take */
const LIMIT_MS = 200;

const WORKER = new URL('../../vm/library/worker.ts', import.meta.url).href;
/** sources are TypeScript, so the worker is given a loader; what is published needs none */
const startWorker = (): Worker =>
  new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(WORKER)}); });`, {
    eval: true,
    execArgv: [],
  });

const inThread = (): Promise<Prover> => createProver({ device: 'wasm', threads: 2 });
const inWorker = (): Promise<Prover> => connectProver(startWorker(), { device: 'wasm', threads: 2 });

/** How late a proof ends after it should, when it is aborted `afterMs` from now; undefined where it was whole by then. */
async function lateness(prover: Prover, model: Model, values: Float32Array, afterMs: number): Promise<number | undefined> {
  const controller = new AbortController();
  const due = performance.now() + afterMs;
  const timer = setTimeout(() => controller.abort(), afterMs);
  const [ended] = await Promise.allSettled([prover.prove(model, values, { signal: controller.signal, profile: 'fast' })]);
  clearTimeout(timer);
  if (ended.status === 'fulfilled') return undefined;
  expect(ended.reason).toMatchObject({ name: 'AbortError' });
  return performance.now() - due;
}

describe.each([
  ['in this thread', inThread],
  ['in a worker', inWorker],
])('a prover %s', (_where, start) => {
  test('proves, says what it uses, and is closed once', async () => {
    const model = await small();
    let kept: Prover;
    {
      await using prover = await start();
      kept = prover;
      expect(prover).toMatchObject({ backend: 'wasm', why: 'WASM-SIMD on 2 threads' });
      const phases: string[] = [];
      const { proof, outputs } = await prover.prove(model, { input }, { profile: 'fast', onProgress: ({ phase }) => phases.push(phase) });
      expect(await verify(proof, model.recordFor(['fast']), { outputs })).toMatchObject({ accepted: true });
      expect(phases.at(-1)).toBe('openings');
    }
    await kept.close();
    expect(await rejection(kept.prove(model, input))).toMatchObject({ kind: 'usage', code: 'ZK0625' });
  });

  test('takes calls that come together, and a failure of one is not one of the others', async () => {
    const model = await small();
    await using prover = await start();
    const options = { profile: 'test' } as const;
    const [first, wrong, aborted, last] = await Promise.allSettled([
      prover.prove(model, input, options),
      prover.prove(model, input.subarray(1), options),
      prover.prove(model, input, { ...options, signal: AbortSignal.abort(new Error('enough')) }),
      prover.prove(model, input, options),
    ]);
    expect(wrong).toMatchObject({ status: 'rejected', reason: { code: 'ZK0810' } });
    expect(aborted).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
    if (first.status === 'rejected' || last.status === 'rejected') throw new Error('a sound proof failed');
    expect(Buffer.from(last.value.proof).equals(first.value.proof)).toBe(true);
  });

  test('ends within 200 ms of an abort, wherever it is, and goes on', async () => {
    const model = await modelOf('lenet');
    const values = inputOf('lenet');
    await using prover = await start();
    const { timings, proof } = await prover.prove(model, values, { profile: 'fast' });
    const wholeMs = Object.values(timings).reduce((sum, ms) => sum + ms, 0);
    for (const share of [0, 0.1, 0.2, 0.3, 0.5]) {
      let afterMs = share * wholeMs * 0.5;
      await expectInTime(LIMIT_MS, async () => {
        // the machine may have become faster since the whole was timed: then it is asked earlier
        for (; ; afterMs /= 2) {
          const lateMs = await lateness(prover, model, values, afterMs);
          if (lateMs !== undefined) return lateMs;
        }
      });
    }
    const again = await prover.prove(model, values, { profile: 'fast' });
    expect(Buffer.from(again.proof).equals(proof)).toBe(true);
  });

  test('ends what is under way when it is closed', async () => {
    const model = await small();
    const prover = await start();
    const pending = rejection(prover.prove(model, input));
    await prover.close();
    expect(await pending).toMatchObject({ code: 'ZK0625' });
  });
});

test('a device or a number of threads that is none is refused', async () => {
  expect(await rejection(createProver({ device: 'cuda' as 'js' }))).toMatchObject({ code: 'ZK0610' });
  expect(await rejection(createProver({ threads: 0 }))).toMatchObject({ code: 'ZK0610' });
  expect(await rejection(connectProver(startWorker(), { device: 'cuda' as 'js' }))).toMatchObject({ kind: 'usage', code: 'ZK0610' });
});

test('options that there are not are refused on both sides of a worker', async () => {
  const given = (value: unknown): never => value as never;
  expect(await rejection(connectProver(startWorker(), given({ thread: 2 })))).toMatchObject({ code: 'ZK0626' });
  await using prover = await connectProver(startWorker(), { device: 'wasm', threads: 1 });
  const model = await small();
  expect(await rejection(prover.prove(model, input, given({ contxt: input })))).toMatchObject({ code: 'ZK0626' });
  expect(await rejection(prover.prove(model, input, given(null)))).toMatchObject({ code: 'ZK0626' });
  expect(await rejection(prover.prepare(model, given({ context: input })))).toMatchObject({ code: 'ZK0626' });
  expect(await rejection(prover.prepare(given(model.bytes())))).toMatchObject({ code: 'ZK0626' });
  await prover.prepare(model, { profile: 'test' });
});

test('a worker that ends is an error of the backend, not a promise that never ends', async () => {
  const worker = startWorker();
  const prover = await connectProver(worker, { device: 'wasm', threads: 1 });
  const pending = rejection(prover.prove(await small(), input));
  await worker.terminate();
  expect(await pending).toMatchObject({ kind: 'backend', code: 'ZK0624' });
  await prover.close();
});

test('prepared models are kept up to a limit, and an abort while one is prepared leaves nothing', async () => {
  const backend = await wasmBackend({ threads: 1 });
  const models = new PreparedModels<string>(backend, { models: 1, size: 1, sizeOf: () => 1 });
  const { program } = await small();
  const of = (profile: Profile, signal?: AbortSignal) =>
    models.of(
      'small',
      profile,
      () => program,
      {},
      (own) => listening(own, signal),
    );
  await of(PROFILES.fast);
  const one = backend.memory().usedBytes;
  let outcome = 'enough';
  for (let operations = 0; outcome === 'enough'; operations++) {
    let left = operations;
    const signal = { aborted: false, throwIfAborted: () => {} };
    signal.throwIfAborted = () => {
      if (left-- === 0) throw new Error('enough');
    };
    outcome = await of(PROFILES.test, signal as AbortSignal).then(
      () => `prepared with ${operations}`,
      (error: Error) => error.message,
    );
    expect(backend.memory().usedBytes).toBe(one);
  }
  expect(outcome).toMatch(/^prepared with [1-9]/);
  expect(models.ready).toMatchObject([{ key: 'small', profile: PROFILES.test }]);
  await of(PROFILES.fast);
  expect(models.ready).toMatchObject([{ key: 'small', profile: PROFILES.fast }]);
  expect(backend.memory().usedBytes).toBe(one);
  backend.close();
});

test('proofs after proofs do not grow', async () => {
  const model = await small();
  await using prover = await createProver({ device: 'wasm', threads: 2 });
  const count = sampled(100, 20);
  const heaps: number[] = [];
  for (let i = 0; i < count; i++) {
    await prover.prove(model, input, { profile: 'fast' });
    if (i >= count / 4 && i % 5 === 0) heaps.push(process.memoryUsage().rss);
  }
  const [first] = heaps as [number];
  // garbage that waits for the collector; a column that stayed would be some 3 MB a proof
  expect(Math.min(...heaps.slice(-3)) - first).toBeLessThan(40e6);
});
