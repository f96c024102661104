// A miss is blamed on the rounding that makes it: models that are wrong for one known reason. Caveat: what is wrong for many reasons at once is
// only said to be that.
import { describe, expect, test } from 'vitest';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { failure } from '../../failure.ts';
import { randomNumbers } from '../check.ts';
import { node, onnxModel, type TestNode } from '../onnx-writer.ts';

const random = randomNumbers(7);
const named = (op: string, inputs: string[], out: string): TestNode => ({ ...node(op, inputs, out), name: `/${out}` });
const refusal = (nodes: TestNode[], initializers: Record<string, { shape: number[]; data: number[] }>, calibration: RealTensors[]) => {
  const inputs = Object.fromEntries(Object.entries(calibration[0]!).map(([name, { shape }]) => [name, [...shape]]));
  return failure(() => compileModel(onnxModel({ nodes, inputs, outputs: ['y'], initializers }), { calibration }));
};

/** incomes beside ratios: the ratio decides; so few samples say nothing of single features, which therefore get no scales */
const people = (income: number): RealTensors[] =>
  Array.from({ length: 3 }, () => ({ x: { shape: [1, 2], data: [income * (random() + 1), random()] } }));
const ratio = { w: { shape: [2, 1], data: [1e-8, 1] } };

describe('the cause of a miss', () => {
  test('an input whose one step serves features of different sizes', () => {
    const error = refusal([named('MatMul', ['x', 'w'], 'y')], ratio, people(3000))!;
    expect(error).toMatchObject({
      code: 'ZK0533',
      where: 'input "x"',
      fix: expect.stringMatching(/^bring the elements of this input to one size/),
    });
    expect(error.why).toMatch(/rounded to steps of [\d.]+, because it reaches from -\d+ to \d+; that alone makes an error of [\d.]+ %$/);
    expect(refusal([named('MatMul', ['x', 'w'], 'y')], ratio, people(1))).toBeUndefined();
  });

  /** a mask beside scores */
  const masked = (mask: number) => ({ m: { shape: [1, 4], data: [0, mask, 0, 0] } });
  const rows: RealTensors[] = Array.from({ length: 6 }, () => ({ x: { shape: [1, 4], data: [random(), random(), random(), random()] } }));
  // the product keeps the sum from being fused with what reads it
  const scores = [
    named('Mul', ['x', 'x'], 'q'),
    named('Add', ['q', 'm'], 's'),
    named('Relu', ['s'], 'r'),
    named('Sigmoid', ['s'], 'g'),
    named('Mul', ['r', 'g'], 'y'),
  ];

  test('a node that stores a mask beside small values', () => {
    const error = refusal(scores, masked(-1e7), rows)!;
    expect(error).toMatchObject({
      code: 'ZK0533',
      where: expect.stringMatching(/Add "\/s"/),
      fix: expect.stringMatching(/^keep large values \(masks/),
    });
    expect(error.why).toMatch(
      /what its table reads has steps of [\d.]+, because it reaches from -11500000 to [\d.]+, though half of its values are not larger than/,
    );
    expect(refusal(scores, masked(-1), rows)).toBeUndefined();
  });

  test('a divisor that is rounded to nothing', () => {
    const steep = (least: number): RealTensors[] => [{ x: { shape: [1, 3], data: [least, 1, 64] } }];
    const error = refusal([named('Reciprocal', ['x'], 'y')], {}, steep(1e-7))!;
    expect(error).toMatchObject({ code: 'ZK0533', where: 'input "x"' });
    expect(error.why).toMatch(/that alone makes the output infinite$/);
    expect(refusal([named('Reciprocal', ['x'], 'y')], {}, steep(0.5))).toBeUndefined();
  });

  test('a node that stores few large values beside many small ones', () => {
    const nodes = [named('Exp', ['x'], 'e'), named('Add', ['e', 'z'], 's'), named('Reciprocal', ['s'], 'y')];
    const upTo = (most: number): RealTensors[] => [
      { x: { shape: [1, 4], data: [0.5, 0.75, 1, most] }, z: { shape: [1, 4], data: [0.5, 0.5, 0.25, 0] } },
    ];
    const error = refusal(nodes, {}, upTo(30))!;
    expect(error).toMatchObject({ code: 'ZK0533', where: expect.stringMatching(/Exp "\/e"/) });
    expect(error.why).toMatch(
      /what it stores has steps of \d+, because it reaches from 0 to \d+, though half of its values are not larger than [\d.]+; /,
    );
    expect(refusal(nodes, {}, upTo(2))).toBeUndefined();
  });
});
