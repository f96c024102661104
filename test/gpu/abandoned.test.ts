// A proof that ends early leaves nothing in the backend's memory, wherever it ends; proofs that overlap do not disturb each other.
// Slow: proofs that run out of memory at one place after the other.
import { afterEach, expect, test, vi } from 'vitest';
import type { UnfilledInstance } from '../../air/columns.ts';
import { freeSetup } from '../../air/columns.ts';
import { prove } from '../../air/prove.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { type WasmBackend, wasmBackend } from '../../gpu/wasm/backend.ts';
import { Memory, outOfMemory } from '../../gpu/wasm/memory.ts';
import { profile, toyRequest } from './toy-proof.ts';

const SIZES: [number, number, number] = [9, 6, 11];
let backend: WasmBackend | undefined;
afterEach(() => {
  backend?.close();
  vi.restoreAllMocks();
});

const requestOf = async (own: Backend, logBlowup = 1) => (await toyRequest(own, SIZES, logBlowup)).request;

test.each([1, 2])('a caller that throws after any step leaves the memory as it was, %i threads', async (threads) => {
  const own = await wasmBackend({ threads });
  backend = own;
  const request = await requestOf(own);
  const steps: string[] = [];
  await prove({ ...request, onStep: (step) => steps.push(step) });
  const before = own.memory().usedBytes;
  expect(steps).toHaveLength(10);
  for (const at of steps) {
    const onStep = (step: string): void => {
      if (step === at) throw new RangeError(at);
    };
    await expect(prove({ ...request, onStep })).rejects.toThrow(RangeError);
    expect(own.memory().usedBytes, at).toBe(before);
  }
});

test.each([1, 4])('memory that ends at any allocation is ZK0621, and all of it is there again; log blowup %i', async (logBlowup) => {
  const own = await wasmBackend();
  backend = own;
  const request = await requestOf(own, logBlowup);
  const { allocate } = Memory.prototype;
  let left = Number.POSITIVE_INFINITY;
  let count = 0;
  vi.spyOn(Memory.prototype, 'allocate').mockImplementation(function (this: Memory, bytes) {
    count++;
    if (left-- <= 0) throw outOfMemory(bytes, this.usedBytes, 0);
    return allocate.call(this, bytes);
  });
  const law = await prove(request); // builds what stays: towers of twiddles
  const before = own.memory().usedBytes;
  count = 0;
  await prove(request);
  const allocations = count;
  expect(allocations).toBeGreaterThan(50);
  for (let at = 0; at < allocations; at += 3) {
    left = at;
    await expect(prove(request)).rejects.toMatchObject({ code: 'ZK0621' });
    expect(own.memory().usedBytes, `allocation ${at}`).toBe(before);
  }
  left = Number.POSITIVE_INFINITY;
  expect((await prove(request)).words).toEqual(law.words);
  freeSetup(own, request.setup);
});

test('a tower of twiddles that does not fit leaves nothing, and is built when there is room', async () => {
  const own = await wasmBackend();
  backend = own;
  const { allocate } = Memory.prototype;
  const rows = await own.upload([new Uint32Array(32).fill(3)], 5);
  const before = own.memory().usedBytes;
  for (let fitting = 0; fitting < 3; fitting++) {
    let left = fitting;
    const spy = vi.spyOn(Memory.prototype, 'allocate').mockImplementation(function (this: Memory, bytes) {
      if (left-- <= 0) throw outOfMemory(bytes, this.usedBytes, 0);
      return allocate.call(this, bytes);
    });
    await expect(own.interpolate(rows)).rejects.toMatchObject({ code: 'ZK0621' });
    spy.mockRestore();
    expect(own.memory().usedBytes).toBe(before);
  }
  own.free(await own.interpolate(rows));
});

test('a trace that cannot be written leaves nothing', async () => {
  const own = await wasmBackend();
  backend = own;
  const request = await requestOf(own);
  const before = own.memory().usedBytes;
  const instances = request.instances.map((instance): UnfilledInstance => {
    const { type, logSize, base, data } = instance;
    return {
      type,
      logSize,
      base,
      data,
      fill() {
        throw new RangeError('no trace');
      },
    };
  });
  await expect(prove({ ...request, instances })).rejects.toThrow('no trace');
  expect(own.memory().usedBytes).toBe(before);
});

test('columns that are filled while others make a memory of one thread grow are what was written', async () => {
  const own = await wasmBackend();
  backend = own;
  const law = jsBackend();
  const shapes = [{ columns: 4, logSize: 17 }];
  const write = (seed: number) => (lists: readonly Uint32Array[][]) => {
    for (const [c, column] of lists[0]!.entries()) column.fill(seed + c);
  };
  const blocks = await Promise.all([1, 20, 300, 4000].map((seed) => own.fill!(shapes, write(seed))));
  for (const [i, seed] of [1, 20, 300, 4000].entries()) {
    const columns = Array.from({ length: 4 }, (_, c) => new Uint32Array(2 ** 17).fill(seed + c));
    const expected = await law.commit([await law.upload(columns, 17)]);
    expect((await own.commit(blocks[i]!)).root).toEqual(expected.root);
  }
});

test('a setup of another blowup is refused', async () => {
  const own = jsBackend();
  const request = await requestOf(own, 2);
  await expect(prove({ ...request, profile: profile(1) })).rejects.toThrow(/setup of log blowup 2 in a proof of profile toy/);
});
