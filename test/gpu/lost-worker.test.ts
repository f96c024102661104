// A worker thread that ends during a proof, with a task in its hands or without one, is a typed error and never a hang.
// Slow: it waits for threads that are gone.
import { afterEach, expect, test, vi } from 'vitest';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { i32, ModuleBuilder } from '../../gpu/emitter/module.ts';
import { wasmBackend } from '../../gpu/wasm/backend.ts';
import { CONTROL, heapStart } from '../../gpu/wasm/map.ts';
import { Memory } from '../../gpu/wasm/memory.ts';
import { Pool } from '../../gpu/wasm/pool.ts';
import { TaskList } from '../../gpu/wasm/tasks.ts';
import { toyProof } from './toy-proof.ts';

/** tasks that a worker does before it ends; the next one it takes and does not do */
let tasksOfAWorker = Number.POSITIVE_INFINITY;

vi.mock('../../gpu/wasm/worker-source.ts', async (original) => {
  const { WORKER_SOURCE } = await original<typeof import('../../gpu/wasm/worker-source.ts')>();
  const call = 'kernels[table[at]](';
  if (!WORKER_SOURCE.includes(call)) throw new Error('the worker calls its kernels in another way now');
  return {
    get WORKER_SOURCE() {
      return `let lives = ${tasksOfAWorker};${WORKER_SOURCE.replace(call, `if (lives-- <= 0) process.exit(3); ${call}`)}`;
    },
  };
});

const PATIENCE_MS = 1500;
afterEach(() => {
  tasksOfAWorker = Number.POSITIVE_INFINITY;
});

const SIZES = [4, 6, 8] as const;

test('the mocked worker proves as the real one does', async () => {
  const backend = await wasmBackend({ threads: 2, patienceMs: PATIENCE_MS });
  expect((await toyProof(backend, SIZES, 1)).words).toEqual((await toyProof(jsBackend(), SIZES, 1)).words);
  backend.close();
});

test.each([0, 1, 5])('a worker that ends with its task number %i in hand ends the proof with ZK0624', async (tasks) => {
  tasksOfAWorker = tasks;
  const backend = await wasmBackend({ threads: 2, patienceMs: PATIENCE_MS });
  await expect(
    (async () => {
      for (let round = 0; round < 50; round++) await toyProof(backend, SIZES, 1); // the worker takes a task sooner or later
    })(),
  ).rejects.toMatchObject({ kind: 'backend', code: 'ZK0624', exitCode: 6, what: 'a worker thread is gone' });
  // nothing may be computed with the rest
  await expect(toyProof(backend, SIZES, 1)).rejects.toMatchObject({ code: 'ZK0624' });
  backend.close();
  // a new backend is not affected
  tasksOfAWorker = Number.POSITIVE_INFINITY;
  const other = await wasmBackend({ threads: 2, patienceMs: PATIENCE_MS });
  expect((await toyProof(other, SIZES, 1)).words).toEqual((await toyProof(jsBackend(), SIZES, 1)).words);
  other.close();
});

test('a worker that ends between two phases is noticed before the next one starts', async () => {
  tasksOfAWorker = 0;
  const memory = new Memory(true, heapStart(2));
  const pool = await Pool.start(memory.memory, 2);
  const m = new ModuleBuilder();
  m.function('mark', ['i32'], (f, at) => f.emit(i32.store(at.value, i32.const(7))));
  const mark = await pool.load(m.toBytes(true, memory.maximum), ['mark']);
  const at = memory.allocate(64);
  const one = new TaskList();
  one.add(Int32Array.of(mark, at));
  pool.run(one); // one task alone is done by the caller
  expect(memory.words()[at / 4]).toBe(7);
  // a task that the pool knows nothing of ends the worker
  const control = new Int32Array(memory.memory.buffer, 0, 16);
  Atomics.store(control, CONTROL.remaining, 1);
  Atomics.notify(control, CONTROL.remaining);
  await vi.waitFor(() => expect(() => pool.run(one)).toThrow(/ZK0624.*ended with code 3/));
  await expect(pool.load(m.toBytes(true, memory.maximum), ['mark'])).rejects.toMatchObject({ code: 'ZK0624' });
  pool.close();
});
