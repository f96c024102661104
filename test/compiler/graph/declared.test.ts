// Declared ranges of inputs: what lies inside is right although no sample came near it, what lies outside is refused. The twin is the same model with the
// ranges of its samples alone.
import { describe, expect, test } from 'vitest';
import { stretched, withRanges } from '../../../compiler/graph/declared.ts';
import { type CompileOptions, compileModel } from '../../../compiler/index.ts';
import { execute } from '../../../vm/executor/run.ts';
import { saturation } from '../../../vm/executor/saturation.ts';
import type { Program } from '../../../vm/program/types.ts';
import { node, onnxModel } from '../onnx-writer.ts';

const SIZE = 6;
/** y = W x, tanh of which is no steeper than x */
const WEIGHTS = Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(3 * i + 1));
const onnx = onnxModel({
  nodes: [node('MatMul', ['x', 'w'], ['y']), node('Relu', ['y'], ['z'])],
  inputs: { x: [1, SIZE] },
  outputs: ['z'],
  initializers: { w: { shape: [SIZE, SIZE], data: WEIGHTS } },
});
const sample = (phase: number, size: number) => Float64Array.from({ length: SIZE }, (_, i) => size * Math.sin(5 * i + phase));
const calibration = Array.from({ length: 12 }, (_, k) => ({ x: { shape: [1, SIZE], data: sample(k, 1) } }));
const compiled = (options: Partial<CompileOptions> = {}): Program => compileModel(onnx, { calibration, ...options }).program;
const wanted = (x: Float64Array): number[] =>
  Array.from({ length: SIZE }, (_, j) =>
    Math.max(
      0,
      x.reduce((sum, value, i) => sum + value * Math.fround(WEIGHTS[i * SIZE + j]!), 0),
    ),
  );

/** Error of the answer relative to the largest, and whether the run warns; undefined where the input cannot be run. */
function answered({ ...program }: Program, x: Float64Array): { error: number; warned: boolean } | undefined {
  const [{ name, scale, lo, hi }] = program.inputs as [Program['inputs'][0]];
  const integers = Int32Array.from(x, (value) => Math.round(value / scale));
  if (integers.some((q) => q < lo || q > hi)) return undefined;
  const run = execute(program, { [name]: integers });
  const want = wanted(x);
  const error = Math.max(...want.map((y, j) => Math.abs(y - run.outputs.z![j]! * program.outputs[0]!.scale))) / Math.max(...want);
  return { error, warned: saturation(run).length > 0 };
}

describe('a declared range', () => {
  const wide = compiled({ ranges: new Map([['x', [-20, 20]]]) });
  const far = [1, 2, 3, 4].map((phase) => sample(phase + 0.5, 20));

  test('is that of the input, with nothing beyond it', () => {
    const [{ scale, lo, hi }] = wide.inputs as [Program['inputs'][0]];
    expect([lo * scale, hi * scale]).toEqual([-20, 20]);
    expect(answered(wide, sample(1, 20.1).fill(20.1))).toBeUndefined();
  });

  test('goes on to zero, as every range does', () => {
    const high = calibration.map(({ x }) => ({ x: { ...x, data: x.data.map((value) => 50 + value) } }));
    const { scale, lo, hi } = compiled({ calibration: high, ranges: new Map([['x', [40, 60]]]) }).inputs[0]!;
    expect([lo * scale, hi * scale]).toEqual([0, 60]);
  });

  test('is right in all of it, in silence', () => {
    for (const x of far) {
      const answer = answered(wide, x);
      expect(answer).toMatchObject({ warned: false });
      expect(answer!.error).toBeLessThan(0.01);
    }
  });

  test('without it the same inputs cannot be run, or are warned of', () => {
    const narrow = compiled();
    for (const x of far) expect(answered(narrow, x)?.warned ?? true).toBe(true);
  });

  test('the samples themselves stay as exact as was asked for', () => {
    const { report } = compileModel(onnx, { calibration, ranges: new Map([['x', [-20, 20]]]) });
    expect(report.accuracy.error).toBeLessThanOrEqual(0.01);
  });

  test('in a strict model inputs inside it can be run', () => {
    const strict = compiled({ strict: true, ranges: new Map([['x', [-20, 20]]]) });
    for (const x of far) expect(answered(strict, x)!.error).toBeLessThan(0.01);
    const narrow = compiled({ strict: true });
    for (const x of far) expect(answered(narrow, x)).toBeUndefined();
  });

  test('and several inputs of one run', () => {
    const several = compiled({ batch: 2, ranges: new Map([['x', [-20, 20]]]) });
    const [{ scale, lo, hi, shape }] = several.inputs as [Program['inputs'][0]];
    expect({ range: [lo * scale, hi * scale], shape }).toEqual({ range: [-20, 20], shape: [2, SIZE] });
  });
});

describe('a range that does not fit is refused', () => {
  const ranges = (name: string, ...ends: unknown[]) => ({ ranges: new Map([[name, ends as never]]) });
  test.each<[string, Partial<CompileOptions>, RegExp]>([
    ['an input that there is not', ranges('other', 0, 1), /no input "other"; at|no input "other"/],
    ['a smaller end that comes second', ranges('x', 20, -20), /the range of input "x" is \[20, -20\]/],
    ['one number only', ranges('x', -20, -20), /the range of input "x"/],
    ['an end that is no number', ranges('x', -20, '20'), /the range of input "x"/],
    ['no end', ranges('x', -20, Number.POSITIVE_INFINITY), /the range of input "x"/],
    ['one end', ranges('x', -20), /the range of input "x"/],
    ['one that a sample leaves', ranges('x', -20, 0.5), /declared to lie in \[-20, 0\.5\], calibration sample 0 has 0\.\d+/],
  ])('%s', (_, options, message) => {
    expect(() => compiled(options)).toThrow(
      expect.objectContaining({ code: 'ZK0531', kind: 'usage', message: expect.stringMatching(message) }),
    );
  });
  test('that of all samples is taken', () => expect(() => compiled(ranges('x', -1, 1))).not.toThrow());
});

describe('other inputs', () => {
  const counts = (type: number, limits?: [number, number], high = 5) => {
    const bytes = onnxModel({
      nodes: [node('Add', ['n', 'n'], ['m'])],
      inputs: { n: [3] },
      inputTypes: { n: type },
      outputs: ['m'],
      outputTypes: { m: type },
      initializers: {},
    });
    const samples = [{ n: { shape: [3], data: [0, 1, high] } }];
    return compileModel(bytes, { calibration: samples, ...(limits && { ranges: new Map([['n', limits]]) }) }).program.inputs[0]!;
  };

  test('integers may be what is declared, not only what the samples are', () => {
    expect(counts(7)).toMatchObject({ lo: 0, hi: 5, scale: 1 });
    expect(counts(7, [-7, 100])).toMatchObject({ lo: -7, hi: 100, scale: 1 });
    expect(counts(3, [0, 60])).toMatchObject({ lo: 0, hi: 60, scale: 1 });
  });
  test.each<[string, () => unknown]>([
    ['half an integer', () => counts(7, [0, 5.5])],
    ['an integer that the type does not hold', () => counts(12, [-1, 100])],
    ['a byte beyond its type', () => counts(3, [0, 128])],
    ['booleans', () => counts(9, [0, 1], 1)],
  ])('refused: %s', (_, compile) => {
    expect(compile).toThrow(expect.objectContaining({ code: 'ZK0531' }));
  });

  test('what is only compared takes any number, and a note says that its range has no part', () => {
    const bytes = onnxModel({
      nodes: [node('Greater', ['x', 't'], ['y'])],
      inputs: { x: [1, 2] },
      outputs: ['y'],
      outputTypes: { y: 9 },
      initializers: { t: { shape: [1, 2], data: [0.5, 7] } },
    });
    const samples = [{ x: { shape: [1, 2], data: [0, 1] } }];
    const { program, notes } = compileModel(bytes, { calibration: samples, ranges: new Map([['x', [0, 1]]]) });
    expect(program.inputs[0]).toMatchObject({ lo: 0, hi: 1, scale: 1 });
    expect(program.metadata.encodings![0]).toMatchObject({ name: 'x', thresholds: [[expect.any(Number)], [expect.any(Number)]] });
    expect(notes.join()).toMatch(/range that is declared for input "x" has no part: it is only compared/);
    expect(compileModel(bytes, { calibration: samples }).notes.join()).not.toMatch(/declared/);
  });
});

test('stretched samples span the range, and those of other inputs stay', () => {
  const tensor = (...data: number[]) => ({ shape: [data.length], data });
  const inputs = [
    { name: 'a', shape: [2] },
    { name: 'b', shape: [1] },
  ];
  const graph = { inputs, whole: new Set<string>() } as never;
  const samples = [
    { a: tensor(0, 1), b: tensor(9) },
    { a: tensor(2, 4), b: tensor(8) },
  ];
  expect(stretched(graph, samples)).toEqual([]);
  const ranged = withRanges(graph, samples, new Map([['a', [-4, 12]]]));
  const lists = stretched(ranged, samples).map(({ a, b }) => [...Array.from(a!.data), ...Array.from(b!.data)]);
  expect(lists).toEqual([
    [-4, 0, 9],
    [4, 12, 8],
    [-4, -4, 9],
    [12, 12, 9],
  ]);
});
