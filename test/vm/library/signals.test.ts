// An abort is heard in the middle of a proof of work, and one that nobody aborts finds what it always found. Source: vm/library/signals.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { around } from '../../../fri/backend/around.ts';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import type { Backend } from '../../../fri/backend/seam.ts';
import { grind, grindInSlices } from '../../../fri/core/work.ts';
import { type WasmBackend, wasmBackend } from '../../../gpu/wasm/backend.ts';
import { listening } from '../../../vm/library/signals.ts';
import { expectInTime } from '../../clock.ts';

const LIMIT_MS = 200;
/** no nonce of 2^32 tries is expected before a minute has gone */
const HOPELESS_BITS = 32;
const digest = Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8);

describe.each(['js', 'wasm', 'wasm2'])('a proof of work on %s', (name) => {
  let backend: Backend;
  let wasm: WasmBackend | undefined;
  beforeAll(async () => {
    wasm = name === 'js' ? undefined : await wasmBackend({ threads: name === 'wasm2' ? 2 : 1 });
    backend = wasm ?? jsBackend();
  });
  afterAll(() => wasm?.close());

  test('ends within 200 ms of an abort, with its reason', async () => {
    await expectInTime(LIMIT_MS, async () => {
      const controller = new AbortController();
      const reason = new Error('enough');
      let aborted = 0;
      setTimeout(() => {
        aborted = performance.now();
        controller.abort(reason);
      }, 30);
      await expect(listening(backend, controller.signal).grind(digest, HOPELESS_BITS)).rejects.toBe(reason);
      expect(aborted).toBeGreaterThan(0);
      return performance.now() - aborted;
    });
  });

  test('that nobody ends finds the smallest nonce, also when it is looked at in between', async () => {
    const { signal } = new AbortController();
    for (const bits of [0, 1, 12, 18]) expect(await listening(backend, signal).grind(digest, bits)).toEqual(grind(digest, bits));
  });

  test('asks everybody who is around it', async () => {
    const asked = [0, 0];
    const one = (i: number, inner: Backend): Backend =>
      around(inner, {
        operation: (run) => run(),
        async between() {
          asked[i]! += 1;
        },
      });
    await one(0, one(1, backend)).grind(digest, 20);
    expect(asked[0]).toBeGreaterThan(0);
    expect(asked[1]).toBe(asked[0]);
    expect(await around(backend, { operation: (run) => run() }).grind(digest, 18)).toEqual(grind(digest, 18));
  });
});

test('a search in slices finds a nonce in whichever slice it is', async () => {
  for (const bits of [0, 3, 16, 17]) expect(await grindInSlices(digest, bits, async () => {})).toEqual(grind(digest, bits));
  const stop = new Error('stop');
  await expect(grindInSlices(digest, HOPELESS_BITS, () => Promise.reject(stop))).rejects.toBe(stop);
});
