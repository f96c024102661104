// A module of a thread's own: made once, and not at all where the engine refuses it or has no room.
import { expect, test } from 'vitest';
import { i32, ModuleBuilder } from '../../gpu/emitter/module.ts';
import { exportsOf, ownModule } from '../../gpu/emitter/own.ts';

const adder = (): ModuleBuilder => {
  const m = new ModuleBuilder();
  m.function('add', ['i32', 'i32'], (f, a, b) => f.return(i32.add(a!.value, b!.value)), 'i32');
  return m;
};
/** gives no result where it says that there is one */
const broken = (): ModuleBuilder => {
  const m = new ModuleBuilder();
  m.function('add', ['i32'], () => {}, 'i32');
  return m;
};
type Add = (a: number, b: number) => number;
const memory = () => new WebAssembly.Memory({ initial: 1, maximum: 1 });

test('is made at first use, and once', () => {
  let made = 0;
  const own = ownModule(adder, (bytes) => {
    made++;
    return exportsOf(bytes, memory()).add as Add;
  });
  expect(made).toBe(0);
  expect(own()!(2, 40)).toBe(42);
  expect(own()).toBe(own());
  expect(made).toBe(1);
});

test('is not made, and not tried again, where the engine refuses it or has no room', () => {
  let tried = 0;
  const refused = ownModule(broken, () => ++tried);
  expect(refused()).toBeUndefined();
  expect(tried).toBe(0);
  const full = ownModule(adder, () => {
    tried++;
    throw new RangeError('no room');
  });
  expect([full(), full()]).toEqual([undefined, undefined]);
  expect(tried).toBe(1);
});
