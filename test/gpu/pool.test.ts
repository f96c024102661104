// The thread pool: every task runs once, modules may arrive at any time, a failing kernel is an error and not a hang.
import { afterEach, describe, expect, test } from 'vitest';
import { i32, ModuleBuilder } from '../../gpu/emitter/module.ts';
import { heapStart, MAX_TASKS } from '../../gpu/wasm/map.ts';
import { Memory } from '../../gpu/wasm/memory.ts';
import { availableThreads, canShareMemory, Pool } from '../../gpu/wasm/pool.ts';
import { Kernel, TaskList } from '../../gpu/wasm/tasks.ts';

function markers(): ModuleBuilder {
  const m = new ModuleBuilder();
  m.function('mark', ['i32', 'i32'], (f, at, value) => f.emit(i32.store(at.value, i32.add(i32.load(at.value), value.value))));
  m.function('scratch', ['i32'], (f, at) => f.emit(i32.store(at.value, m.scratch)));
  return m;
}

/** tasks of one kernel with these arguments */
function tasks(kernel: number, list: readonly (readonly number[])[]): TaskList {
  const made = new TaskList();
  for (const args of list) made.add(Int32Array.of(kernel, ...args));
  return made;
}

describe.each([1, 2, 3])('%i threads', (threads) => {
  let pool: Pool | undefined;
  afterEach(() => pool?.close());

  const start = async () => {
    const memory = new Memory(threads > 1, heapStart(threads));
    const made = await Pool.start(memory.memory, threads);
    pool = made;
    const mark = await made.load(markers().toBytes(memory.shared, memory.maximum), ['mark', 'scratch']);
    return { memory, pool: made, mark };
  };

  test('every task runs exactly once, also when there are more than the table holds', async () => {
    const { memory, pool, mark } = await start();
    for (const count of [1, 2, 100, MAX_TASKS, MAX_TASKS + 1, 3 * MAX_TASKS + 17]) {
      const at = memory.allocate(4 * count);
      memory.words().fill(0, at / 4, at / 4 + count);
      pool.run(
        tasks(
          mark,
          Array.from({ length: count }, (_, i) => [at + 4 * i, i + 1]),
        ),
      );
      const words = memory.words().subarray(at / 4, at / 4 + count);
      expect(words.every((word, i) => word === i + 1)).toBe(true);
      memory.release(at);
    }
  });

  test('modules that arrive later are known to all threads, however many there are', async () => {
    const { memory, pool } = await start();
    const at = memory.allocate(4 * 64);
    for (let round = 0; round < 12; round++) {
      const own = await pool.load(markers().toBytes(memory.shared, memory.maximum), ['mark']);
      memory.words().fill(0, at / 4, at / 4 + 64);
      pool.run(
        tasks(
          own,
          Array.from({ length: 64 }, (_, i) => [at + 4 * i, round]),
        ),
      );
      expect(
        memory
          .words()
          .subarray(at / 4, at / 4 + 64)
          .every((word) => word === round),
      ).toBe(true);
    }
  });

  test('the memory may grow between phases', async () => {
    const { memory, pool, mark } = await start();
    const low = memory.allocate(64);
    const high = memory.allocate(30 * 2 ** 20);
    memory.words()[low / 4] = 0;
    memory.words()[high / 4] = 0;
    pool.run(
      tasks(mark, [
        [low, 1],
        [high, 2],
      ]),
    );
    expect([memory.words()[low / 4], memory.words()[high / 4]]).toEqual([1, 2]);
  });

  test('a kernel that leaves the memory is an error, and the pool goes on', async () => {
    const { memory, pool, mark } = await start();
    const at = memory.allocate(4 * 40);
    const bad = memory.memory.buffer.byteLength;
    expect(() =>
      pool.run(
        tasks(
          mark,
          Array.from({ length: 40 }, (_, i) => [i % 7 === 3 ? bad : at + 4 * i, 1]),
        ),
      ),
    ).toThrow('a WASM kernel failed');
    memory.words().fill(0, at / 4, at / 4 + 40);
    pool.run(
      tasks(
        mark,
        Array.from({ length: 40 }, (_, i) => [at + 4 * i, 5]),
      ),
    );
    expect(
      memory
        .words()
        .subarray(at / 4, at / 4 + 40)
        .every((word) => word === 5),
    ).toBe(true);
  });
});

test('a kernel of more arguments than a task has room for is a bug', () => {
  const names = Array.from({ length: 15 }, (_, i) => `a${i}`);
  const list = new TaskList();
  list.add(new Kernel(3, names).words);
  expect([...list.words.subarray(0, 17)]).toEqual([3, ...Array(16).fill(0)]);
  expect(() => new Kernel(3, [...names, 'a15'])).toThrow(/a task of 16 arguments/);
});

test('arguments are assigned by name and stand in the order of the table; a task that is added is a copy', () => {
  const kernel = new Kernel(7, ['from', 'to', 'count']);
  const list = new TaskList();
  Object.assign(kernel.next, { count: 3, from: 2 ** 32 - 16, to: 2 });
  list.add(kernel.words);
  kernel.next.to++;
  list.add(kernel.words);
  expect([...list.words.subarray(0, 4)]).toEqual([7, -16, 2, 3]);
  expect([...list.words.subarray(16, 20)]).toEqual([7, -16, 3, 3]);
  // @ts-expect-error: a name that the kernel does not have
  kernel.next.stride = 1;
  expect([...kernel.words]).toEqual([7, -16, 3, 3, ...Array(12).fill(0)]);
});

test('this machine has a thread, and Node shares memory', () => {
  expect(availableThreads()).toBeGreaterThanOrEqual(1);
  expect(canShareMemory()).toBe(true);
});
