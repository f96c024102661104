// Rows of which masks leave nothing, on inputs that calibration never saw: what comes out is what float32 makes of them, or nothing comes out.
// Slow: two dozen models are compiled.
// The expected values are worked out here, in float32; and where the machine refuses, the same program without that limit is wrong.
import { describe, expect, test } from 'vitest';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { toIntegers } from '../../../compiler/quantise/simulate.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { execute } from '../../../vm/executor/run.ts';
import type { Program } from '../../../vm/program/types.ts';
import { randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const KEYS = 6;
const LEAST = -3.4028234663852886e38;
const LESS = Number.NEGATIVE_INFINITY;
const f = Math.fround;
const one = (value: number): TestTensor => ({ shape: [], data: [value] });
const node = (op: string, inputs: string[], outputs: string[], attributes: TestNode['attributes'] = {}): TestNode => ({
  op,
  inputs,
  outputs,
  attributes,
});
const sees = (q: number, k: number): boolean => k <= q;
const grid = <T>(of: (q: number, k: number) => T): T[] => Array.from({ length: KEYS * KEYS }, (_, i) => of(Math.floor(i / KEYS), i % KEYS));
const causal = (masked: number): TestTensor => ({ shape: [KEYS, KEYS], data: grid((q, k) => (sees(q, k) ? 0 : masked)) });
const seen: TestTensor = { shape: [KEYS, KEYS], data: grid((q, k) => Number(sees(q, k))), type: 9 };

interface Case {
  model: Partial<TestModel> & Pick<TestModel, 'nodes'>;
  /** a masked score in float32 */
  score: (x: number, key: number, visible: boolean) => number;
  /** the largest element, or its place, instead of a softmax */
  instead?: 'largest' | 'first' | 'last';
}

const softmax = node('Softmax', ['a'], ['y'], { axis: -1 });
/** (1 - m) · masked */
const padding = [node('Sub', ['one', 'm'], ['n']), node('Mul', ['n', 'k'], ['bias'])];
const pad = (key: number, masked: number): number => f(f(1 - key) * masked);

const chosenAndAdded = (first: number, second: number): Case => ({
  model: {
    nodes: [node('Where', ['c', 'x', 'j'], ['w']), ...padding, node('Add', ['w', 'bias'], ['a']), softmax],
    initializers: { c: seen, j: one(first), k: one(second), one: one(1) },
  },
  score: (x, key, visible) => f((visible ? x : f(first)) + pad(key, second)),
});
const addedTwice = (first: number, second: number): Case => ({
  model: {
    nodes: [...padding, node('Add', ['x', 'c'], ['w']), node('Add', ['w', 'bias'], ['a']), softmax],
    initializers: { c: causal(first), k: one(second), one: one(1) },
  },
  score: (x, key, visible) => f(f(x + (visible ? 0 : first)) + pad(key, second)),
});
const combined = (first: number, second: number): Case => ({
  model: {
    nodes: [...padding, node('Add', ['bias', 'c'], ['both']), node('Add', ['x', 'both'], ['a']), softmax],
    initializers: { c: causal(first), k: one(second), one: one(1) },
  },
  score: (x, key, visible) => f(x + f(pad(key, second) + (visible ? 0 : first))),
});
/** padding of one size, then queries that see no later keys, by a choice of constants */
const addedThenChosen = (first: number, second: number): Case => ({
  model: {
    nodes: [...padding, node('Add', ['x', 'bias'], ['w']), node('Where', ['c', 'w', 'j'], ['a']), softmax],
    initializers: { c: seen, j: one(second), k: one(first), one: one(1) },
  },
  score: (x, key, visible) => (visible ? f(x + pad(key, first)) : f(second)),
});
const added = (masked: number): Case => ({
  model: { nodes: [...padding, node('Add', ['x', 'bias'], ['a']), softmax], initializers: { k: one(masked), one: one(1) } },
  score: (x, key) => f(x + pad(key, masked)),
});
const chosen = (masked: number): Case => ({
  model: {
    nodes: [node('Cast', ['m'], ['b'], { to: 9 }), node('Where', ['b', 'x', 'k'], ['a']), softmax],
    initializers: { k: one(masked) },
  },
  score: (x, key) => (key ? x : f(masked)),
});
const logarithm: Case = {
  model: { nodes: [node('Log', ['m'], ['bias']), node('Add', ['x', 'bias'], ['a']), softmax] },
  score: (x, key) => f(x + Math.log(key)),
};
const zerosAndLess: Case = {
  model: {
    nodes: [
      node('Cast', ['m'], ['b'], { to: 9 }),
      node('Where', ['b', 'zero', 'k'], ['bias']),
      node('Add', ['x', 'bias'], ['w']),
      node('Mul', ['w', 'half'], ['a']),
      softmax,
    ],
    initializers: { zero: one(0), k: one(LESS), half: one(0.5) },
  },
  score: (x, key) => (key ? x / 2 : LESS),
};
const largest = (masked: number): Case => ({
  model: {
    nodes: [
      node('Cast', ['m'], ['b'], { to: 9 }),
      node('Where', ['b', 'x', 'k'], ['a']),
      node('ReduceMax', ['a'], ['y'], { axes: [-1], keepdims: 1 }),
    ],
    initializers: { k: one(masked) },
  },
  score: chosen(masked).score,
  instead: 'largest',
});

/** x + min(-x), the first step of a softmax that is spelled out otherwise */
const negated = (first: number, second: number): Case => {
  const { model, score } = combined(first, second);
  return {
    model: {
      ...model,
      nodes: [
        ...model.nodes.slice(0, -1),
        node('Neg', ['a'], ['minus']),
        node('ReduceMin', ['minus'], ['least'], { axes: [-1], keepdims: 1 }),
        node('Add', ['a', 'least'], ['rest']),
        node('Exp', ['rest'], ['powers']),
        node('ReduceSum', ['powers', 'last'], ['sum'], { keepdims: 1 }),
        node('Div', ['powers', 'sum'], ['y']),
      ],
      initializers: { ...model.initializers, last: { shape: [1], data: [-1], integer: true } },
    },
    score,
  };
};
const placed = ({ model, score }: Case, instead: 'first' | 'last'): Case => ({
  model: {
    ...model,
    nodes: [...model.nodes.slice(0, -1), node('ArgMax', ['a'], ['y'], { axis: -1, select_last_index: Number(instead === 'last') })],
  },
  score,
  instead,
});

const modelOf = ({ model, instead }: Case): TestModel =>
  ({
    ...model,
    inputs: { x: [KEYS, KEYS], m: [1, KEYS] },
    inputTypes: { m: 1 },
    ...(instead && instead !== 'largest' ? { outputTypes: { y: 7 } } : {}),
    outputs: ['y'],
    opset: 17,
  }) as TestModel;

/** @param got of equally good places, near enough, this one is wanted */
function expectedOf({ score, instead }: Case, { x, m }: RealTensors, got: readonly number[]): number[] {
  return Array.from({ length: KEYS }, (_, q) => {
    const row = Array.from({ length: KEYS }, (_, k) => score(f(x!.data[q * KEYS + k]!), m!.data[k]!, sees(q, k)));
    const top = Math.max(...row);
    if (instead === 'largest') return [top];
    if (instead) {
      const below = top - row[got[q]!]!;
      return [below > 0 && below < 0.06 ? got[q]! : instead === 'first' ? row.indexOf(top) : row.lastIndexOf(top)];
    }
    const powers = row.map((value) => Math.exp(f(value - top)));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  }).flat();
}

function run(program: Program, sample: RealTensors): number[] {
  const inputs = program.inputs.map((region): [string, Int32Array] => [
    region.name,
    Int32Array.from(toIntegers({ data: Float64Array.from(sample[region.name]!.data) }, region)),
  ]);
  const [region] = program.outputs;
  return Array.from(execute(program, Object.fromEntries(inputs)).outputs.y!, (y) => y * region!.scale);
}

/** intervals */
const BEYOND = 2000;
/** the program without its limits on what masks leave: their tables go on */
function unlimited(program: Program): Program {
  const slots = program.slots.map((slot) => {
    if (!slot.name.startsWith('what masks by m leave of a row')) return slot;
    const list = Array.from(slot.intervals);
    const [divisor, from, to] = [list[0]!, list[1]!, list.at(-2)!];
    const all = Array.from({ length: to - from + 1 + 2 * BEYOND }, (_, i) => [divisor, from - BEYOND + i, 0]).flat();
    expect(list).toEqual(all.slice(3 * BEYOND, all.length - 3 * BEYOND));
    return { ...slot, intervals: Int32Array.from(all) };
  });
  return { ...program, slots };
}

const random = randomNumbers(67);
const scores = (): RealTensors['x'] => randomTensor(random, [KEYS, KEYS], 3);
const withKeys = (keys: number[]): RealTensors => ({ x: scores()!, m: { shape: [1, KEYS], data: keys } });
const keysFrom = (from: number, to: number): number[] => Array.from({ length: KEYS }, (_, k) => Number(k >= from && k < to));
/** padding on the right: every row keeps its first key */
const usual = (): RealTensors => withKeys(keysFrom(0, 1 + Math.floor(((random() + 1) / 2) * KEYS)));
const corner: RealTensors = {
  x: { shape: [KEYS, KEYS], data: grid((q, k) => ((q + k) % 2) * 6 - 3) },
  m: { shape: [1, KEYS], data: keysFrom(0, KEYS) },
};
/** padding on the left, holes, and nothing at all */
const unusual = (): RealTensors[] => [
  ...Array.from({ length: KEYS }, (_, k) => withKeys(keysFrom(k + 1, KEYS))),
  withKeys([0, 1, 0, 1, 1, 0]),
  withKeys([0, 0, 1, 0, 0, 1]),
];

type Outcome = { wrong: number; refused: number; right: number };

/** What becomes of inputs: `wrong` is a result beyond 1 %. */
function outcomes(program: Program, given: Case, samples: readonly RealTensors[]): Outcome {
  const found: Outcome = { wrong: 0, refused: 0, right: 0 };
  for (const sample of samples) {
    let got: number[];
    try {
      got = run(program, sample);
    } catch (error) {
      if (!(error instanceof ZkvmError) || error.code !== 'ZK0415') throw error;
      expect(error.where).toMatch(/node #\d+ (Softmax|ReduceMax|ReduceMin|ArgMax)/);
      expect(error.why).toMatch(/^"what masks by m leave of a row, .*no row of which masks leave nothing/);
      found.refused++;
      continue;
    }
    const wanted = expectedOf(given, sample, got);
    const off = Math.max(...wanted.map((y, e) => Math.abs(y - got[e]!)));
    found[off <= (given.instead ? 0.06 : 0.012) ? 'right' : 'wrong']++;
  }
  return found;
}

function compiled(given: Case): Program {
  const calibration = [...Array.from({ length: 12 }, usual), corner];
  return compileModel(onnxModel(modelOf(given)), { calibration, accuracy: 0.005 }).program;
}

describe('rows of which everything is masked, unseen in calibration', () => {
  const REFUSED: Record<string, Case> = {
    'causal chosen, padding added, both -1e9': chosenAndAdded(-1e9, -1e9),
    'causal chosen -1e4, padding added -1e9': chosenAndAdded(-1e4, -1e9),
    'causal chosen -1e4, padding added least float': chosenAndAdded(-1e4, LEAST),
    'padding added -65504, causal chosen least float': addedThenChosen(-65504, LEAST),
    'both least float': chosenAndAdded(LEAST, LEAST),
    'both added, -1e9': addedTwice(-1e9, -1e9),
    'causal -1e9, padding -1e4, both added': addedTwice(-1e9, -1e4),
    'masks added to each other, -1e9': combined(-1e9, -1e9),
    'the logarithm of zeros': logarithm,
    'zeros and -Infinity, scaled after': zerosAndLess,
    'chosen, -Infinity': chosen(LESS),
    'a maximum of what is left, -1e9': largest(-1e9),
    'a maximum of what is left, -Infinity': largest(LESS),
    'added -4e6, which rounds scores': added(-4e6),
    'the least of what is negated, -1e9': negated(-1e9, -1e9),
    'the first place, -1e9 and -2e9': placed(combined(-1e9, -2e9), 'first'),
    'the last place, both -1e9': placed(combined(-1e9, -1e9), 'last'),
  };
  for (const [name, given] of Object.entries(REFUSED))
    test(`${name}: right or refused; without the limit wrong`, () => {
      const program = compiled(given);
      expect(outcomes(program, given, Array.from({ length: 20 }, usual))).toEqual({ wrong: 0, refused: 0, right: 20 });
      const samples = unusual();
      const found = outcomes(program, given, samples);
      expect(found.wrong).toBe(0);
      expect(found.refused).toBeGreaterThan(0);
      expect(outcomes(unlimited(program), given, samples).wrong).toBeGreaterThan(0);
    });

  const RIGHT: Record<string, Case> = {
    'one mask, -1e9': added(-1e9),
    'one mask, least float': added(LEAST),
    'one mask, -1e4': added(-1e4),
    'one choice, -1e9': chosen(-1e9),
    'causal chosen, padding added, both -1e4': chosenAndAdded(-1e4, -1e4),
    'both added, -1e4': addedTwice(-1e4, -1e4),
    'the first place, -1e9': placed(added(-1e9), 'first'),
    'the last place, chosen, -Infinity': placed(chosen(LESS), 'last'),
  };
  for (const [name, given] of Object.entries(RIGHT))
    test(`${name}: right, and never refused`, () => {
      const samples = [...unusual(), ...Array.from({ length: 10 }, usual)];
      expect(outcomes(compiled(given), given, samples)).toEqual({ wrong: 0, refused: 0, right: samples.length });
    });
});

describe('rows of which everything is masked, in calibration', () => {
  const calibration = [...Array.from({ length: 12 }, usual), corner, ...unusual()];
  const compileAll = (given: Case) => compileModel(onnxModel(modelOf(given)), { calibration, accuracy: 0.005 });
  test('one mask, -1e9: as on others', () => {
    expect(outcomes(compileAll(added(-1e9)).program, added(-1e9), unusual()).wrong).toBe(0);
  });
  test('masks of two sizes, and those that are not a number, are refused with a node', () => {
    for (const given of [chosenAndAdded(-1e4, -1e9), addedTwice(-1e9, -1e9), placed(combined(-1e9, -1e9), 'first')])
      expect(() => compileAll(given)).toThrow(/ZK0512|depends on how large|needed as it is/);
    expect(() => compileAll(chosen(LESS))).toThrow(/not finite/);
  });
  test('-Infinity times a zero is not a number, wherever the zero stands', () => {
    const times = (zero: number): Case => ({
      model: {
        nodes: [...logarithm.model.nodes.slice(0, 2), node('Mul', ['a', 'c'], ['b']), node('Softmax', ['b'], ['y'], { axis: -1 })],
        initializers: { c: { shape: [KEYS], data: [zero, ...Array(KEYS - 1).fill(1)] } },
      },
      score: logarithm.score,
    });
    const samples = [...Array.from({ length: 12 }, usual), corner];
    const compileTimes = (zero: number) => compileModel(onnxModel(modelOf(times(zero))), { calibration: samples });
    expect(() => compileTimes(1)).not.toThrow();
    expect(() => compileTimes(0)).toThrow(ZkvmError);
  });
});
