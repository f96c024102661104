// The allocator of the WASM memory, the estimate of a proof's memory, and the refusal of what cannot fit.
// Slow: proofs of several sizes.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freeSetup, setupColumns } from '../../air/columns.ts';
import { prove } from '../../air/prove.ts';
import type { Digest } from '../../fri/core/digest.ts';
import type { LayoutBlock } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { type WasmBackend, wasmBackend } from '../../gpu/wasm/backend.ts';
import { proofBytes } from '../../gpu/wasm/estimate.ts';
import { Memory } from '../../gpu/wasm/memory.ts';
import { Session } from '../../gpu/wasm/session.ts';
import { toyMachine, toyRun } from '../air/toy.ts';
import { times } from '../times.ts';

const HEAP = 65536;

test('ranges never overlap, come back, and are used again', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 5000 }), keep: fc.nat(20) }), { maxLength: 120 }), (steps) => {
      const memory = new Memory(false, HEAP);
      const live: { start: number; bytes: number }[] = [];
      for (const { bytes, keep } of steps) {
        const start = memory.allocate(bytes);
        expect(start % 64).toBe(0);
        expect(start).toBeGreaterThanOrEqual(HEAP);
        expect(start + bytes).toBeLessThanOrEqual(memory.memory.buffer.byteLength);
        for (const other of live) expect(start + bytes <= other.start || other.start + other.bytes <= start).toBe(true);
        live.push({ start, bytes });
        while (live.length > keep) memory.release(live.splice(live.length >> 1, 1)[0]!.start);
      }
      const size = memory.memory.buffer.byteLength;
      for (const { start } of live) memory.release(start);
      expect(memory.usedBytes).toBe(0);
      // all of it is one range again: the peak fits without growing
      if (memory.peakBytes) memory.release(memory.allocate(memory.peakBytes));
      expect(memory.memory.buffer.byteLength).toBe(size);
    }),
    { numRuns: times(60) },
  );
});

test('an address that is not in use is not given back', () => {
  const memory = new Memory(false, HEAP);
  const first = memory.allocate(200);
  const second = memory.allocate(200);
  memory.release(first);
  for (const address of [first, first + 64, second + 64, HEAP - 64, 2 ** 31])
    expect(() => memory.release(address)).toThrow(/was not given out/);
  expect(memory.usedBytes).toBe(256);
  memory.release(second);
});

test('words survive growing, in plain and in shared memory', () => {
  for (const shared of [false, true]) {
    const memory = new Memory(shared, HEAP);
    const first = memory.table([1, 2, 3]);
    memory.allocate(40 * 2 ** 20);
    expect([...memory.words().subarray(first / 4, first / 4 + 3)]).toEqual([1, 2, 3]);
  }
});

test('what the memory cannot hold is refused by name, with the numbers', () => {
  const memory = new Memory(false, HEAP);
  expect(() => memory.allocate(5 * 2 ** 30)).toThrow(/ZK0621.*5120 MiB more are wanted.*limit is 4096 MiB/);
  expect(() => memory.reserve(5 * 2 ** 30)).toThrow(/ZK0621/);
  memory.reserve(3 * 2 ** 30);
  // and the memory is as usable as before
  expect(memory.allocate(64)).toBeGreaterThan(0);
});

const profile = (logBlowup: number): Profile => ({
  name: 'toy',
  id: 9,
  logBlowup,
  queries: 3,
  work: { query: 0, interaction: 0, deep: 0, fold: 0 },
  floor: { kind: 'conjectured', bits: 0 },
  minLogSize: 6,
  repeatedChips: true,
});

let backend: WasmBackend;
beforeAll(async () => {
  backend = await wasmBackend();
});
afterAll(() => backend.close());

test.each([
  [[15, 6, 6], 1],
  [[12, 15, 14], 1],
  [[12, 13, 15], 1],
  [[9, 13, 12], 4],
] as const)('the estimate for heights %j at log blowup %i is the peak, within a tenth', async (logSizes, logBlowup) => {
  const own = await wasmBackend();
  try {
    const run = toyRun([...logSizes]);
    const setup = await setupColumns(own, run.instances, logBlowup);
    await own.reserve!([], logBlowup);
    const statement = {
      modelId: new Uint32Array(8) as Digest,
      preprocessedRoots: [setup.tree.root],
      inputs: run.inputs,
      outputs: run.outputs,
      context: new Uint8Array(0),
    };
    let wanted = 0;
    const before = own.memory().usedBytes;
    const spy = {
      ...own,
      async reserve(blocks: readonly LayoutBlock[], blowup: number) {
        wanted = proofBytes(blocks, blowup);
      },
    };
    await prove({ machine: toyMachine, profile: profile(logBlowup), backend: spy, statement, instances: run.instances, setup });
    const peak = own.memory().peakBytes - before;
    expect(wanted / peak).toBeGreaterThan(0.9);
    expect(wanted / peak).toBeLessThan(1.1);
    freeSetup(own, setup);
  } finally {
    own.close();
  }
});

test('towers of twiddles are counted before they are built, and an old one makes room for a larger one', async () => {
  const session = await Session.start(1);
  for (const logSize of [8, 12]) {
    const wanted = session.towerBytes(logSize);
    expect(wanted).toBe(4 * 2 ** logSize);
    session.tower(logSize);
    expect(session.memory.usedBytes).toBe(wanted);
    expect(session.towerBytes(logSize)).toBe(0);
  }
  expect(session.towerBytes(9)).toBe(0);
  session.close();
});

test('a proof that cannot fit is refused before its columns are uploaded', async () => {
  const block: LayoutBlock = { tree: 'base', instance: 0, logSize: 24, columns: 60, first: 0, twoPoint: [], lifts: [] };
  await expect(backend.reserve!([block], 1)).rejects.toMatchObject({ code: 'ZK0621', kind: 'backend' });
});
