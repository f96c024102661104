// The WebAssembly assembler: what it emits is valid, does what it says, and reads as text. Golden text of small kernels and of the
// toy machine's constraints stands in test/golden; `npx vitest run test/gpu/emitter.test.ts -u` writes it again.
import { expect, test } from 'vitest';
import { circuitOf } from '../../air/machine.ts';
import { P } from '../../fri/core/m31.ts';
import { i32, i32x4, ModuleBuilder, v128 } from '../../gpu/emitter/module.ts';
import { buildKernels } from '../../gpu/wasm/kernels/all.ts';
import { buildCircuit } from '../../gpu/wasm/kernels/circuit.ts';
import { KERNELS } from '../../gpu/wasm/kernels/table.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { kernelModule } from '../../vm/executor/kernels.ts';
import { toyMachine } from '../air/toy.ts';

type Exports = Record<string, (...args: number[]) => number>;

function instantiate(m: ModuleBuilder): { exports: Exports; memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 16 });
  const module = new WebAssembly.Module(m.toBytes(false, 16));
  const { exports } = new WebAssembly.Instance(module, { env: { memory, scratch: 4096 } });
  return { exports: exports as Exports, memory };
}

test.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8192, P, -P, 2 ** 31 - 1, -(2 ** 31), 0x12345678])(
  'the constant %i survives its encoding',
  (value) => {
    const m = new ModuleBuilder();
    m.function('constant', [], (f) => f.return(i32.const(value)), 'i32');
    expect(instantiate(m).exports.constant!()).toBe(value);
  },
);

test('loops, branches, calls, parameters and the scratch global', () => {
  const m = new ModuleBuilder();
  const gcd = m.function(
    'gcd',
    ['i32', 'i32'],
    (f, a, b) => {
      f.while(
        () => b.value,
        () => {
          const larger = f.variable('i32', a.value);
          f.set(a, b.value);
          f.if(
            i32.ltU(larger.value, b.value),
            () => f.set(b, larger.value),
            () => f.set(b, i32.sub(larger.value, b.value)),
          );
        },
      );
      f.return(a.value);
    },
    'i32',
  );
  m.function('twice', ['i32'], (f, a) => f.return(i32.add(gcd(a.value, 12), m.scratch)), 'i32');
  m.function(
    'sum',
    ['i32'],
    (f, count) => {
      const total = f.variable('i32', i32.const(0));
      f.for(0, count.value, 1, (i) => f.set(total, i32.add(total.value, i)));
      f.return(total.value);
    },
    'i32',
  );
  const { exports } = instantiate(m);
  expect(exports.gcd!(84, 36)).toBe(12);
  expect(exports.twice!(18)).toBe(4096 + 6);
  expect(exports.sum!(0)).toBe(0);
  expect(exports.sum!(101)).toBe(5050);
});

test('vectors: loads, shuffles, lanes and a large offset', () => {
  const m = new ModuleBuilder();
  m.function('reverse', ['i32'], (f, at) => {
    const x = f.let(v128.load(at.value, 300));
    f.emit(v128.store(at.value, i32x4.shuffle(x, x, [3, 2, 1, 0]), 20000));
    f.emit(v128.store32Lane(at.value, i32x4.add(x, v128.const(1, 2, 3, 0xffffffff)), 3, 8));
  });
  const { exports, memory } = instantiate(m);
  const words = new Uint32Array(memory.buffer);
  words.set([10, 20, 30, 40], 300 / 4);
  exports.reverse!(0);
  expect([...words.subarray(5000, 5004)]).toEqual([40, 30, 20, 10]);
  expect(words[2]).toBe(39);
});

test('a function that mixes types is no valid module', () => {
  const m = new ModuleBuilder();
  m.function('mixed', ['i32'], (f, a) => f.return(i32x4.add(a.value, a.value)), 'v128');
  expect(WebAssembly.validate(m.toBytes(false))).toBe(false);
});

test('all kernels are a valid module for shared and plain memories', () => {
  const m = buildKernels();
  for (const shared of [true, false]) expect(WebAssembly.validate(m.toBytes(shared))).toBe(true);
});

test('every kernel of the table is built, with as many parameters as it has arguments', () => {
  const store = MACHINE.components[TYPE.store]!; // it has registers
  const parameters = new Map(buildKernels().functions.map(({ name, paramTypes }) => [name, paramTypes.length]));
  const ofCircuit = new Set<string>(buildCircuit(circuitOf(store)).names.map((name) => name.replace(/\d+$/, '')));
  for (const [name, args] of Object.entries(KERNELS))
    if (!ofCircuit.has(name)) expect([name, parameters.get(name)]).toEqual([name, args.length]);
  expect([...ofCircuit].sort()).toEqual(['fractions', 'quotient', 'register']);
  expect(Object.keys(KERNELS)).toEqual(expect.arrayContaining([...ofCircuit]));
});

test('small kernels read as before; if the change is meant: npx vitest run test/gpu/emitter.test.ts -u', async () => {
  const text = buildKernels().toText([
    'permuteRead',
    'evaluatePass2',
    'evaluateTail',
    'interpolateHead',
    'raise',
    'runningSum',
    'liftCoefficients',
  ]);
  await expect(text).toMatchFileSnapshot('../golden/wasm-kernels.wat');
});

test('the constraints of the toy machine read as before; if the change is meant: npx vitest run test/gpu/emitter.test.ts -u', async () => {
  const user = toyMachine.components.find((c) => c.name === 'user')!;
  const text = buildCircuit(circuitOf(user)).text(['constraintsPart0', 'numeratorsPart0', 'invert']);
  await expect(text).toMatchFileSnapshot('../golden/wasm-toy.wat');
});

test('the small kernels of the executor read as before; if the change is meant: npx vitest run test/gpu/emitter.test.ts -u', async () => {
  await expect(kernelModule().toText(['addPairs', 'addScaled'])).toMatchFileSnapshot('../golden/wasm-executor.wat');
});
