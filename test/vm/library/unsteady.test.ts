// Answers that rounding decides: near ties are told of, and clear answers are not. The twin of each input is one that is far from the tie.
import { describe, expect, test } from 'vitest';
import { compileModel } from '../../../compiler/index.ts';
import { encodeReport } from '../../../compiler/report/stored.ts';
import { execute } from '../../../vm/executor/run.ts';
import { claimsOf } from '../../../vm/library/claims.ts';
import { roundedInputs } from '../../../vm/library/integers.ts';
import { requireSteady, unsteady, unsteadyText } from '../../../vm/library/unsteady.ts';
import { node, onnxModel, type TestModel } from '../../compiler/onnx-writer.ts';
import { failure } from '../../failure.ts';

const SIZE = 4;
const phases = Array.from({ length: 24 }, (_, k) => k);
const calibration = phases.map((k) => ({
  x: { shape: [1, SIZE], data: Array.from({ length: SIZE }, (_, i) => Math.sin(3 * i + (2 + i * i) * k)) },
}));
/** turns x, so that scores are sums of several */
const turned = (a: number): number[][] => [
  [Math.cos(a), -Math.sin(a)],
  [Math.sin(a), Math.cos(a)],
];
const [FIRST, SECOND] = [turned(0.6), turned(0.35)];
const TURN = {
  shape: [SIZE, SIZE],
  data: Array.from({ length: SIZE * SIZE }, (_, k) => {
    const [i, j] = [k >> 2, k & 3];
    return FIRST[i >> 1]![j >> 1]! * SECOND[i & 1]![j & 1]!;
  }),
};
/** x whose scores are these: turned back */
const inverse = (wanted: readonly number[]): number[] =>
  Array.from({ length: SIZE }, (_, i) => wanted.reduce((sum, score, j) => sum + score * TURN.data[i * SIZE + j]!, 0));

function compiled(model: Omit<TestModel, 'inputs'>, labels: string[] = []) {
  const bytes = onnxModel({ inputs: { x: [1, SIZE] }, ...model });
  const { program, report, measuredOn } = compileModel(bytes, { calibration, labels });
  return { program, report: encodeReport({ samples: measuredOn, report }) };
}
const told = ({ program, report }: ReturnType<typeof compiled>, x: number[]) => {
  const rounded = roundedInputs(
    { file: 'x', named: new Map([['x', { shape: [1, SIZE], data: Float64Array.from(x) }]]), ordered: undefined },
    program,
  );
  return unsteady(execute(program, rounded.integers), rounded, report);
};

const scores = node('MatMul', ['x', 'turn'], 's');
const initializers = { turn: TURN };
const argmax = compiled({
  nodes: [scores, node('ArgMax', ['s'], 'y', { axis: 1 })],
  outputs: ['y'],
  outputTypes: { y: 7 },
  initializers,
});
/** the nearest one's value, as a neighbour's */
const neighbour = compiled({
  nodes: [scores, node('ArgMax', ['s'], 'i', { axis: 1, keepdims: 0 }), node('Gather', ['values', 'i'], 'y', { axis: 0 })],
  outputs: ['y'],
  initializers: { ...initializers, values: { shape: [SIZE], data: [10, 13, 29, 17] } },
});
const plain = { nodes: [scores, node('Relu', ['s'], 'y')], outputs: ['y'], initializers };
const [tie, clear] = [inverse([0.1, 0.9, 0.90002, 0.2]), inverse([0.1, 0.5, 0.9, 0.2])] as const;

describe('a run is made again with values that round otherwise', () => {
  test('a label of a near tie is told of', () => {
    expect(told(argmax, tie)).toEqual([{ output: 'y', what: 'integers', change: 1, changed: expect.any(Number), tries: 8 }]);
    expect(unsteadyText(told(argmax, tie)[0]!)).toMatch(/^100 % of the integers of output "y" are others in \d+ of 8 tries/);
    expect(told(argmax, clear)).toEqual([]);
  });

  test('so is the value that was chosen by one, with how much it changes', () => {
    const [one, ...more] = told(neighbour, tie);
    expect({ one, more: more.length }).toMatchObject({ one: { output: 'y', what: 'numbers' }, more: 0 });
    // 16 of 29, which the calibration inputs reach
    expect(one!.change).toBeCloseTo(16 / 29, 1);
    expect(unsteadyText(one!)).toMatch(/^output "y" changes by up to 5\d % of what it spans in \d+ of 8 tries/);
    expect(told(neighbour, clear)).toEqual([]);
  });

  test('scores whose labels would be others are told of where there are labels, and not where there are none', () => {
    expect(told(compiled(plain, ['a', 'b', 'c', 'd']), tie)).toMatchObject([{ output: 'y', what: 'labels', change: 1 }]);
    expect(told(compiled(plain, ['a', 'b', 'c', 'd']), clear)).toEqual([]);
    expect(told(compiled(plain), tie)).toEqual([]);
  });

  test('of ordinary inputs nothing is said', () => {
    const said = calibration.filter(({ x }) => told(neighbour, x.data).length > 0);
    expect(said.length).toBeLessThanOrEqual(1);
  });

  test('an input that lies between two integers is tried on both sides, one that is an integer is not moved', () => {
    // what is rounded is the input alone: its integers are compared as they are
    const first = compiled({
      nodes: [node('ArgMax', ['x'], 'y', { axis: 1 })],
      outputs: ['y'],
      outputTypes: { y: 7 },
      initializers: {},
    });
    const { scale } = first.program.inputs[0]!;
    expect(told(first, [0, 100.2 * scale, 100.4 * scale, 0])).toMatchObject([{ output: 'y', what: 'integers' }]);
    expect(told(first, [0, 100 * scale, 100 * scale, 0])).toEqual([]);
  });

  test('what is only compared, or counted, has nothing to round', () => {
    const exact = compiled({
      nodes: [node('Greater', ['x', 't'], 'y')],
      outputs: ['y'],
      outputTypes: { y: 9 },
      initializers: { t: { shape: [1, SIZE], data: [0, 0.1, 0.2, 0.3] } },
    });
    expect(
      told(
        exact,
        [0, 0.1, 0.2, 0.3].map((x) => x - 1e-9),
      ),
    ).toEqual([]);
  });

  test('the same answer every time', () => expect(told(argmax, tie)).toEqual(told(argmax, tie)));

  test('strict refuses what is told of, with exit 4, and nothing else', () => {
    expect(failure(() => requireSteady(told(argmax, tie)))).toMatchObject({ kind: 'constraint', code: 'ZK0424', exitCode: 4 });
    expect(() => requireSteady(told(argmax, clear))).not.toThrow();
  });

  test('without the inputs before rounding, and without a report, near ties are told of all the same', () => {
    for (const [x, most] of [[tie, 1] as const, [clear, 0] as const]) {
      const { program } = neighbour;
      const { integers } = roundedInputs(
        { file: 'x', named: new Map([['x', { shape: [1, SIZE], data: Float64Array.from(x) }]]), ordered: undefined },
        program,
      );
      expect(unsteady(execute(program, integers), undefined, undefined)).toHaveLength(most);
    }
  });
});

test('moving values by nothing is the run itself, and by most of a step another one', () => {
  const { program } = compiled(plain);
  const { integers } = roundedInputs(
    { file: 'x', named: new Map([['x', { shape: [1, SIZE], data: Float64Array.from(clear) }]]), ordered: undefined },
    program,
  );
  const run = execute(program, integers);
  expect(execute(program, integers, { shake: () => 0.5 })).toEqual(run);
  const moved = execute(program, integers, { shake: () => 0.99 }).outputs.y!;
  expect(moved).not.toEqual(run.outputs.y);
  expect(Math.max(...moved.map((y, i) => Math.abs(y - run.outputs.y![i]!)))).toBeLessThanOrEqual(2);
});

describe('what a report claims', () => {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  test('is the size of outputs and the largest error', () => {
    const outputs = [
      { name: 'y', maxError: 0.5, relativeError: 0.01 },
      { name: 'z', maxError: 0, relativeError: 0 },
    ];
    expect(claimsOf(bytes({ report: { accuracy: { error: 0.02 }, outputs } }))).toEqual({ error: 0.02, sizes: new Map([['y', 50]]) });
  });
  test.each<[string, Uint8Array | undefined]>([
    ['no report', undefined],
    ['no JSON', Uint8Array.of(1, 2, 3)],
    ['a list', bytes([1])],
    ['nothing', bytes(null)],
    [
      'outputs that are none',
      bytes({ report: { outputs: [null, { name: 3, maxError: 1, relativeError: 1 }, { name: 'y', maxError: '1' }] } }),
    ],
    ['an error that is no number', bytes({ report: { accuracy: { error: 'x' }, outputs: 5 } })],
  ])('is nothing where there is %s', (_, report) => expect(claimsOf(report)).toEqual({ error: 0, sizes: new Map() }));
});
