// Something around every operation of a backend: none is left out, handles are told, and what the backend does not have is not there.
import { expect, test } from 'vitest';
import { around, type Handle } from '../../../fri/backend/around.ts';
import { jsBackend } from '../../../fri/backend/js/backend.ts';
import type { Backend } from '../../../fri/backend/seam.ts';
import { wasmBackend } from '../../../gpu/wasm/backend.ts';
import { toyProof } from '../../gpu/toy-proof.ts';

const SIZES: [number, number, number] = [4, 6, 8];

/** the backend, how often something was around an operation, and the handles that nobody gave back */
function watched<Own extends Backend>(backend: Own) {
  const held = new Set<Handle>();
  const seen = { operations: 0, taken: 0, held };
  const own = around(backend, {
    async operation(run, handlesOf) {
      seen.operations++;
      const result = await run();
      for (const handle of handlesOf(result)) {
        seen.taken++;
        held.add(handle);
      }
      return result;
    },
    freed(handles) {
      for (const handle of handles) if (handle) held.delete(handle);
    },
  });
  return { own, seen };
}

/** the backend with every operation counted under the hook, which must see as many */
function counted(backend: Backend): { backend: Backend; calls: () => number } {
  let calls = 0;
  const names = Object.keys(backend).filter((name) => typeof backend[name as keyof Backend] === 'function' && name !== 'free');
  const operations = names.map((name): [string, unknown] => [
    name,
    (...args: unknown[]) => {
      calls++;
      return (backend[name as keyof Backend] as unknown as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  return { backend: { ...backend, ...Object.fromEntries(operations) }, calls: () => calls };
}

test.each(['js', 'wasm'])('%s: the same proof, every operation goes through, and every handle is told once', async (name) => {
  const wasm = name === 'wasm' ? await wasmBackend() : undefined;
  const { backend, calls } = counted(wasm ?? jsBackend());
  const { own, seen } = watched(backend);
  expect((await toyProof(own, SIZES, 1)).words).toEqual((await toyProof(jsBackend(), SIZES, 1)).words);
  expect(seen.operations).toBe(calls() + 1); // the sum of the shard is fetched
  expect(seen.operations).toBeGreaterThan(20);
  expect(seen.taken).toBeGreaterThan(10);
  const before = seen.held.size;
  const block = await own.upload([new Uint32Array(2)], 1);
  expect(seen.held.size).toBe(before + 1);
  own.free(block);
  expect(seen.held.size).toBe(before);
  wasm?.close();
});

test('what a backend does not have is not there; what it has besides stays', () => {
  const { own } = watched({ ...jsBackend(), extra: 7 });
  expect(own.extra).toBe(7);
  for (const name of ['reserve', 'fill', 'startInteraction']) expect(name in own).toBe(name in jsBackend());
});

test('how an interaction went, asked for later, is an operation of its own, and its rows are a handle', async () => {
  const rows = { columns: 4, logSize: 3 };
  const backend: Backend = { ...jsBackend(), startInteraction: async () => ({ rows, settled: async () => {} }) };
  const { own, seen } = watched(backend);
  const { settled } = await own.startInteraction!({} as Parameters<Backend['interaction']>[0]);
  expect([seen.operations, [...seen.held]]).toEqual([1, [rows]]);
  await settled();
  expect(seen.operations).toBe(2);
});

test('the running sum is an operation, and so is fetching what it adds up to', async () => {
  const { own, seen } = watched(jsBackend());
  const rows = await own.upload(
    [1, 2, 3, 4].map((x) => Uint32Array.of(x, x)),
    1,
  );
  const steps = await own.addSteps(rows, 2);
  expect([...seen.held]).toEqual([rows, steps]);
  expect(await own.addSteps(rows, 2, steps)).toBe(steps);
  const before = seen.operations;
  const sum = await own.runningSum(steps);
  expect(await sum()).toEqual([4, 8, 12, 16]);
  expect([seen.operations, [...seen.held]]).toEqual([before + 2, [rows, steps]]);
});

test('an operation that fails brings no handle', async () => {
  const { own, seen } = watched(jsBackend());
  await expect(own.upload([new Uint32Array(3)], 1)).rejects.toThrow(/3 rows/);
  expect([seen.operations, seen.taken]).toEqual([1, 0]);
});
