// Floor, Ceil, Round and Cast: every step of the stairs is where it is, and what lies on a jump is on its side of it.
import { expect, test } from 'vitest';
import { compileModel } from '../../../compiler/index.ts';
import { hasRoom, intervalsOf } from '../../../compiler/quantise/intervals.ts';
import { exactly, type SlotRequest } from '../../../compiler/quantise/request.ts';
import { execute } from '../../../vm/executor/run.ts';
import { checkModel, integersOf, randomNumbers, randomTensor } from '../check.ts';
import { node, onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(21);
const samples = Array.from({ length: 8 }, () => ({ x: randomTensor(random, [1, 8], 6) }));
/** on jumps and beside them, as near as single precision has numbers */
const EDGES = [2, -2, 0.5, -0.5, 1.5, -2.5, 3.999, -3.001];
const roundEven = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)) + 0;

const alone = (op: string, attributes: Record<string, number> = {}): TestModel => ({
  nodes: [node(op, ['x'], ['y'], attributes)],
  inputs: { x: [1, 8] },
  outputs: ['y'],
  initializers: {},
});

/** what the program gives for numbers that calibration never saw */
function answers(model: TestModel, given: readonly number[]): number[] {
  const { program } = compileModel(onnxModel(model), { calibration: samples });
  const [region] = program.outputs;
  const sample = { x: { shape: [1, 8], data: Float64Array.from(given) } };
  return [...execute(program, integersOf(program, sample)).outputs.y!].map((y) => y * region!.scale + 0);
}

test.each<[string, Record<string, number>, (x: number) => number]>([
  ['Floor', {}, Math.floor],
  ['Ceil', {}, Math.ceil],
  ['Round', {}, roundEven],
  ['Cast', { to: 7 }, Math.trunc],
])('%s is exact at its jumps and beside them', (op, attributes, wanted) => {
  expect(answers(alone(op, attributes), EDGES)).toEqual(EDGES.map((x) => wanted(x) + 0));
  checkModel(alone(op, attributes), samples);
});

test('of a sum: weights of a matrix that are binary fractions leave it exact', () => {
  const model: TestModel = {
    nodes: [node('MatMul', ['x', 'w'], ['h']), node('Floor', ['h'], ['y'])],
    inputs: { x: [1, 8] },
    outputs: ['y'],
    initializers: { w: { shape: [8, 8], data: Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : i % 9 === 1 ? 0.25 : 0)) } },
  };
  const x = [1, 2, 3, -4, 0, 2, -1, 0.5];
  const sums = x.map((_, c) => x.reduce((sum, value, r) => sum + value * model.initializers!.w!.data[8 * r + c]!, 0));
  expect(answers(model, x)).toEqual(sums.map(Math.floor));
});

test('of a sum with any weights: its input has no more bits than its weights leave room for', () => {
  const model: TestModel = {
    nodes: [node('MatMul', ['x', 'w'], ['h']), node('Round', ['h'], ['r']), node('ArgMax', ['r'], ['y'], { axis: -1 })],
    inputs: { x: [1, 4] },
    outputs: ['y'],
    initializers: { w: randomTensor(random, [4, 6], 2) },
  };
  const calibration = Array.from({ length: 30 }, () => ({ x: randomTensor(random, [1, 4]) }));
  expect(compileModel(onnxModel(model), { calibration }).report.outputs[0]!.maxError).toBe(0);
});

test('what follows stairs is a function of the step', () => {
  const model: TestModel = { ...alone('Floor'), nodes: [node('Floor', ['x'], ['h']), node('Tanh', ['h'], ['y'])] };
  for (const [i, y] of answers(model, EDGES).entries()) expect(y).toBeCloseTo(Math.tanh(Math.floor(EDGES[i]!)), 2);
});

const climbing = (step: number, to: number): SlotRequest => ({
  name: 'stairs',
  u: 1,
  from: 0,
  to,
  low: 0,
  high: to,
  value: (c) => Math.floor(c / step),
  truth: exactly((c) => Math.floor(c / step)),
  stairs: (c) => Math.floor(c / step),
});

test('intervals are as wide as the stairs are flat, and side by side', () => {
  const request = climbing(24, 4799);
  const intervals = intervalsOf(request, []);
  let end = 0;
  for (let i = 0; i < intervals.length; i += 3) {
    const [u, q, y] = [intervals[i]!, intervals[i + 1]!, intervals[i + 2]!];
    expect(u * q).toBe(end);
    end += u;
    expect([Math.floor((u * q) / 24), Math.floor((end - 1) / 24)]).toEqual([y, y]);
  }
  expect(end).toBe(4800);
  expect(intervals.length / 3).toBeLessThan(1000);
});

test('stairs with more steps than a table has room for are none', () => {
  expect(hasRoom(climbing(3, 2 ** 14))).toBe(true);
  expect(hasRoom({ ...climbing(3, 2 ** 13), u: 2 ** 7, from: -(2 ** 13) })).toBe(false);
});
