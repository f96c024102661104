// Random models of integers, booleans and ties, and what they are held to: on every input inside the declared range, which is wider than what
// calibration saw, the executed program gives exactly what ONNX gives - or compiling refuses the model with ZK0532.
// Caveat: real inputs are only compared and chosen, never added, so that equal stored integers are equal numbers.
import fc from 'fast-check';
import { buildGraph } from '../../compiler/graph/build.ts';
import { evaluateGraph } from '../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../compiler/index.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import { elementsOf } from '../../compiler/onnx/tensor.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { execute } from '../../vm/executor/run.ts';
import type { Program } from '../../vm/program/types.ts';
import { randomNumbers } from './check.ts';
import { onnxModel, type TestModel, type TestNode, type TestTensor } from './onnx-writer.ts';

const [REAL, UINT8, INT64, BOOL] = [1, 2, 7, 9];

interface Value {
  name: string;
  type: number;
  shape: number[];
}

class Draft {
  readonly nodes: TestNode[] = [];
  readonly initializers: Record<string, TestTensor> = {};
  readonly values: Value[];
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
    const size = this.pick(2, 6);
    this.values = (
      [
        ['x', REAL],
        ['a', INT64],
        ['b', INT64],
        ['u', UINT8],
        ['v', UINT8],
        ['c', BOOL],
      ] as const
    ).map(([name, type]) => ({ name, type: type!, shape: [1, size] }));
  }

  pick(least: number, most: number): number {
    return least + Math.floor(((this.#random() + 1) / 2) * (most - least + 1));
  }

  one<T>(list: readonly T[]): T {
    return list[this.pick(0, list.length - 1)]!;
  }

  /** A value of one of these types, a later one rather than an earlier one. */
  some(...types: (number | undefined)[]): Value {
    const list = this.values.filter(({ type }) => types.includes(type));
    return list[Math.max(this.pick(0, list.length - 1), this.pick(0, list.length - 1))]!;
  }

  constant(data: number[], type = INT64!, shape = [data.length]): string {
    const name = `k${Object.keys(this.initializers).length}`;
    this.initializers[name] = { shape, data, integer: true, ...(type !== INT64 && { type }) };
    return name;
  }

  add(op: string, inputs: string[], type: number, shape: number[], attributes: TestNode['attributes'] = {}): Value {
    const value = { name: `y${this.nodes.length}`, type, shape };
    this.nodes.push({ op, inputs, outputs: [value.name], attributes });
    this.values.push(value);
    return value;
  }
}

const wide = (a: Value, b: Value): number[] => (elementsOf(a.shape) >= elementsOf(b.shape) ? a.shape : b.shape);
type Layer = (draft: Draft) => unknown;

/** two values of one type */
const pair = (draft: Draft, ...types: (number | undefined)[]): [Value, Value] => {
  const first = draft.some(...types);
  return [first, draft.some(first.type)];
};
const sum: Layer = (d) => {
  const [a, b] = pair(d, INT64, UINT8);
  d.add(d.one(['Add', 'Sub', 'Mul', 'Max', 'Min']), [a.name, b.name], a.type, wide(a, b));
};
const shifted: Layer = (d) => {
  const a = d.some(INT64, UINT8);
  const number = a.type === UINT8 ? d.pick(0, 200) : d.pick(-5, 5);
  d.add(d.one(['Add', 'Sub', 'Mul', 'Max', 'Min']), [a.name, d.constant([number], a.type, [])], a.type, a.shape);
};
const divided: Layer = (d) => {
  const a = d.some(INT64);
  d.add(d.one(['Div', 'Mod']), [a.name, d.constant([d.one([-3, 2, 7])], INT64, [])], INT64!, a.shape);
};
const alone: Layer = (d) => {
  const a = d.some(INT64);
  d.add(d.one(['Abs', 'Neg', 'Sign']), [a.name], INT64!, a.shape);
};
const clipped: Layer = (d) => {
  const a = d.some(INT64);
  const low = d.pick(-4, 2);
  d.add('Clip', [a.name, d.constant([low], INT64, []), d.constant([low + d.pick(0, 6)], INT64, [])], INT64!, a.shape);
};
const compared: Layer = (d) => {
  const [a, b] = pair(d, INT64, REAL, UINT8);
  d.add(d.one(['Greater', 'Less', 'Equal', 'GreaterOrEqual', 'LessOrEqual']), [a.name, b.name], BOOL!, wide(a, b));
};
const logic: Layer = (d) => {
  const [a, b] = pair(d, BOOL);
  if (d.pick(0, 3) === 0) d.add('Not', [a.name], BOOL!, a.shape);
  else d.add(d.one(['And', 'Or', 'Xor']), [a.name, b.name], BOOL!, wide(a, b));
};
const cast: Layer = (d) => {
  const a = d.some(INT64, UINT8, BOOL);
  const to = d.one([INT64!, INT64!, UINT8!, BOOL!]);
  d.add('Cast', [a.name], to, a.shape, { to });
};
const where: Layer = (d) => {
  const condition = d.some(BOOL);
  const [a, b] = pair(d, INT64, REAL);
  const shapes = [condition, a, b].sort((p, q) => elementsOf(q.shape) - elementsOf(p.shape));
  // a real result is only compared with what shares its scale
  if (a.type === REAL && a.name !== b.name) return;
  d.add('Where', [condition.name, a.name, b.name], a.type, shapes[0]!.shape);
};
const reduced: Layer = (d) => {
  const a = d.some(INT64);
  d.add('ReduceSum', [a.name, d.constant([1])], INT64!, [1, 1]);
};
const extreme: Layer = (d) => {
  const a = d.some(INT64, REAL);
  d.add(d.one(['ReduceMax', 'ReduceMin']), [a.name], a.type, [1, 1], { axes: [1] });
};
const running: Layer = (d) => {
  const a = d.some(INT64);
  d.add('CumSum', [a.name, d.constant([1], INT64, [])], INT64!, a.shape);
};
const place: Layer = (d) => {
  const a = d.some(REAL, REAL, INT64);
  d.add(d.one(['ArgMax', 'ArgMin']), [a.name], INT64!, [1, 1], { axis: 1, select_last_index: d.pick(0, 1) });
};
const best: Layer = (d) => {
  const a = d.some(REAL, INT64);
  const name = `y${d.nodes.length}`;
  // one or all: other sizes broadcast with nothing else in the model
  const count = d.one([1, a.shape[1]!]);
  d.nodes.push({
    op: 'TopK',
    inputs: [a.name, d.constant([count])],
    outputs: [`${name}v`, name],
    attributes: { axis: 1, largest: d.pick(0, 1) },
  });
  d.values.push({ name, type: INT64!, shape: [1, count] });
};
const looked: Layer = (d) => {
  const a = d.some(INT64);
  const size = d.pick(2, 9);
  const index = d.add('Mod', [a.name, d.constant([size], INT64, [])], INT64!, a.shape);
  const table = d.constant(
    Array.from({ length: size * 2 }, () => d.pick(-9, 9)),
    INT64,
    [size, 2],
  );
  // its rows are summed at once, so that every value keeps one shape
  const rows = `r${d.nodes.length}`;
  d.nodes.push({ op: 'Gather', inputs: [table, index.name], outputs: [rows], attributes: { axis: 0 } });
  d.add('ReduceSum', [rows, d.constant([2])], INT64!, index.shape, { keepdims: 0 });
};
const LAYERS: readonly Layer[] = [
  sum,
  sum,
  shifted,
  divided,
  alone,
  clipped,
  compared,
  compared,
  logic,
  cast,
  cast,
  where,
  reduced,
  extreme,
  running,
  place,
  place,
  best,
  looked,
];

/** A random model of integers. */
export function randomIntegers(seed: number): TestModel {
  const draft = new Draft(randomNumbers(seed));
  const inputs = draft.values.map(({ name, type, shape }) => ({ name, type, shape }));
  for (let left = draft.pick(2, 7); left > 0; left--) draft.one(LAYERS)(draft);
  const outputs = draft.values.filter(({ type, name }) => type !== REAL && name.startsWith('y')).slice(-2);
  if (outputs.length === 0) outputs.push(draft.add('ArgMax', ['x'], INT64!, [1, 1], { axis: 1 }));
  const read = new Set(draft.nodes.flatMap((node) => node.inputs));
  const used = inputs.filter(({ name }) => read.has(name));
  return {
    nodes: draft.nodes,
    inputs: Object.fromEntries(used.map(({ name, shape }) => [name, shape])),
    inputTypes: Object.fromEntries(used.map(({ name, type }) => [name, type])),
    outputs: [...new Set(outputs.map(({ name }) => name))],
    initializers: draft.initializers,
    opset: 17,
  };
}

/** What calibration sees: two samples, each of few different numbers. */
export function fewSamples({ inputs, inputTypes }: TestModel, seed: number): RealTensors[] {
  const random = randomNumbers(seed + 1);
  const ranges: Record<number, (r: number) => number> = {
    [REAL!]: (r) => Math.round(3 * r) / 4,
    [INT64!]: (r) => Math.round(4 * r),
    [UINT8!]: (r) => Math.round(100 * Math.abs(r)),
    [BOOL!]: (r) => Number(r > 0),
  };
  return [0, 1].map(() =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, shape]) => [
        name,
        {
          shape: shape as number[],
          data: Float64Array.from({ length: elementsOf(shape as number[]) }, () => ranges[inputTypes![name]!]!(random())),
        },
      ]),
    ),
  );
}

/** An input anywhere in the declared range; `few` takes few different numbers, so that there are ties. */
function anyInput({ inputs }: Program, random: () => number, few: boolean): Record<string, Int32Array> {
  return Object.fromEntries(
    inputs.map(({ name, shape, lo, hi }) => [
      name,
      Int32Array.from({ length: elementsOf(shape) }, () => {
        const r = (random() + 1) / 2;
        return few ? [lo, hi, Math.round((lo + hi) / 2)][Math.floor(r * 3)]! : Math.round(lo + (hi - lo) * r);
      }),
    ]),
  );
}

/**
 * Compares a program with the reference on inputs that calibration did not see.
 * @throws at the first output that differs
 */
export function checkExact(bytes: Uint8Array, program: Program, seed: number, inputs = 12): void {
  const graph = buildGraph(readOnnx(bytes));
  const random = randomNumbers(seed + 2);
  for (let i = 0; i < inputs; i++) {
    const integers = anyInput(program, random, i % 2 === 0);
    const reals = Object.fromEntries(
      program.inputs.map(({ name, shape, scale }) => [name, { shape, data: Float64Array.from(integers[name]!, (q) => q * scale) }]),
    );
    const want = evaluateGraph(graph, reals);
    const { outputs } = execute(program, integers);
    for (const { name, scale } of program.outputs) {
      const got = Array.from(outputs[name]!, (q) => q * scale);
      const right = Array.from(want.get(name)!.data);
      if (got.some((y, e) => y !== right[e]))
        throw new Error(
          `${name} is [${got}], right is [${right}], for ${JSON.stringify(Object.entries(reals).map(([k, t]) => [k, [...t.data]]))}`,
        );
    }
  }
}

/**
 * Compiles random models of integers and compares them on inputs outside the calibration set.
 * @returns how many were compiled; the others were refused, which must say so
 */
export function checkIntegers(count: number): number {
  let compiled = 0;
  const property = fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
    const model = randomIntegers(seed);
    const bytes = onnxModel(model);
    try {
      const { program } = compileModel(bytes, { calibration: fewSamples(model, seed) });
      compiled++;
      checkExact(bytes, program, seed);
    } catch (error) {
      if (error instanceof ZkvmError && error.code === 'ZK0532') return;
      const layers = model.nodes.map(({ op, inputs, outputs }) => `${outputs[0]} = ${op}(${inputs})`).join('; ');
      throw new Error(`seed ${seed}: ${layers}: ${(error as Error).message}`, { cause: error });
    }
  });
  fc.assert(property, { numRuns: count, endOnFailure: true });
  return compiled;
}
