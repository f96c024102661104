// Tensors whose names every object has already ("__proto__", "constructor"): the whole road with them, and without one of them.
import { afterAll, expect, test } from 'vitest';
import { emptyTensors, tensorOf } from '../../vm/program/packing.ts';
import { onnxModel, type TestModel } from '../compiler/onnx-writer.ts';
import { temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
afterAll(folder.remove);

const PROTOTYPE = '__proto__';

const model: TestModel = {
  nodes: [
    { op: 'Add', inputs: ['__proto__', 'constructor'], outputs: ['toString'], name: '__proto__' },
    { op: 'Relu', inputs: ['toString'], outputs: ['hasOwnProperty'] },
    { op: 'MatMul', inputs: ['hasOwnProperty', 'valueOf'], outputs: ['__defineGetter__'] },
  ],
  inputs: Object.fromEntries([
    [PROTOTYPE, [1, 2]],
    ['constructor', [1, 2]],
  ]),
  outputs: ['__defineGetter__', 'toString'],
  initializers: { valueOf: { shape: [2, 1], data: [1, 0.5] } },
};
// an object literal has no own "__proto__"
const text = '{"__proto__": [[1, -2]], "constructor": [[0.5, 1]]}';

test('compile, run, check, prove and verify', { timeout: 120_000 }, async () => {
  write('m.onnx', onnxModel(model));
  write('x.json', text);
  expect(await zkvm('compile', at('m.onnx'), '-o', at('m.zkb'), '--calibrate', at('x.json'), '--json')).toMatchObject({ code: 0 });
  const ran = await zkvm('run', at('m.zkb'), '-i', at('x.json'), '-o', at('t'), '--json');
  expect(ran.code).toBe(0);
  expect(Object.keys(ran.json.outputs)).toEqual(['__defineGetter__', 'toString']);
  expect(ran.json.outputs.toString.data[0]).toBeCloseTo(1.5, 2);
  write('y.json', JSON.stringify(ran.json.outputs));
  expect((await zkvm('check', at('t'))).code).toBe(0);
  expect((await zkvm('prove', at('t'), '-o', at('p'), '--profile', 'test')).code).toBe(0);
  const verify = (input: string) =>
    zkvm('verify', at('p'), '-m', at('m.zkb'), '--profile', 'test', '-i', at(input), '-o', at('y.json'), '--json');
  expect((await verify('x.json')).code).toBe(0);
  write('other.json', text.replace('-2', '-1'));
  expect((await verify('other.json')).code).toBe(3);
  expect((await zkvm('inspect', at('p'))).code).toBe(0);
  for (const missing of ['{"__proto__": [[1, -2]]}', '{"constructor": [[0.5, 1]]}']) {
    write('one.json', missing);
    expect(await zkvm('run', at('m.zkb'), '-i', at('one.json'), '--json')).toMatchObject({ code: 2, json: { error: { code: 'ZK0812' } } });
  }
});

test('an object without tensors has none of any name', () => {
  expect(tensorOf({}, 'constructor')).toBeUndefined();
  expect(tensorOf({}, '__proto__')).toBeUndefined();
  const tensors = emptyTensors();
  tensors[PROTOTYPE] = Int32Array.of(3);
  expect(tensorOf(tensors, '__proto__')).toEqual(Int32Array.of(3));
  expect(Object.keys(tensors)).toEqual(['__proto__']);
});
