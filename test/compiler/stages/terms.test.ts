// An example of every kind of term, and what the answers of a kind have to do with each other. How it becomes instructions is tested by
// executing whole models. Caveat: one example a kind, so it has to be one whose sizes differ.
// Slow: bounds are tried on many inputs.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { broadcastTo, elementsOf, real, type Shape } from '../../../compiler/onnx/tensor.ts';
import { KINDS, kindOf, type Term } from '../../../compiler/stages/terms/index.ts';
import { type Reach, widen } from '../../../compiler/stages/terms/reach.ts';
import { randomNumbers } from '../check.ts';

const view = { root: 'x' };
const other = { root: 'y' };
const random = randomNumbers(3);
/** whole numbers from -9 to 9 */
const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, () => Math.round(9 * random()));
const one = Float64Array.of(1);

interface Example<T> {
  term: T;
  /** elements of the source, and of the other one */
  inputs: number;
  others?: number;
  shape: Shape;
}

const EXAMPLES: { readonly [K in Term['kind']]: Example<Extract<Term, { kind: K }>> } = {
  average: {
    term: { kind: 'average', source: view, channels: 2, height: 5, width: 7, outHeight: 2, outWidth: 3, weights: Float64Array.of(3) },
    inputs: 70,
    shape: [2, 2, 3],
  },
  contract: {
    term: { kind: 'contract', source: view, other, count: 2, rows: 3, depth: 4, columns: 5, weights: one },
    inputs: 24,
    others: 40,
    shape: [2, 3, 5],
  },
  convolution: {
    term: {
      kind: 'convolution',
      source: view,
      samples: 2,
      channels: 4,
      height: 5,
      width: 6,
      outChannels: 6,
      group: 2,
      kernelHeight: 3,
      kernelWidth: 2,
      pads: [1, 1, 0, 1],
      outHeight: 4,
      outWidth: 7,
      weights: numbers(72),
    },
    inputs: 240,
    shape: [2, 6, 4, 7],
  },
  dense: {
    term: {
      kind: 'dense',
      source: view,
      depth: 4,
      depthStride: 3,
      outputs: 5,
      outputStride: 3,
      from: Int32Array.of(0, 1, 2),
      to: Int32Array.of(0, 1, 2),
      weights: numbers(20),
    },
    inputs: 12,
    shape: [5, 3],
  },
  fold: {
    term: { kind: 'fold', source: view, outer: 2, depth: 3, inner: 4, weights: Float64Array.of(2) },
    inputs: 24,
    shape: [2, 4],
  },
  product: { term: { kind: 'product', source: view, other, weights: one }, inputs: 12, others: 12, shape: [3, 4] },
  scale: {
    term: { kind: 'scale', source: view, factorShape: [3, 1], shape: [2, 3, 4], weights: Float64Array.of(-2, 3, 5) },
    inputs: 24,
    shape: [2, 3, 4],
  },
  select: {
    term: { kind: 'select', source: view, index: Int32Array.of(3, -1, 0, 0, 7), weights: Float64Array.of(-4) },
    inputs: 8,
    shape: [5],
  },
  total: { term: { kind: 'total', source: view, channels: 3, area: 7, weights: Float64Array.of(5) }, inputs: 21, shape: [3] },
};
const CASES = Object.entries(EXAMPLES) as [Term['kind'], Example<Term>][];

const applied = ({ shape }: Example<Term>, term: Term, weights: Float64Array, x: Float64Array, y = x): Float64Array => {
  const out = new Float64Array(elementsOf(shape));
  kindOf(term).accumulate(term, weights, x, out, y);
  return out;
};

const reachOf = ({ shape }: Example<Term>, term: Term, lo: number, hi: number): Reach => {
  const count = elementsOf(shape);
  const reach: Reach = { low: new Float64Array(count), high: new Float64Array(count), magnitude: 0 };
  widen(reach, { lo, hi }, 'other' in term ? { lo, hi } : undefined, (bounds) => kindOf(term).bound(term, term.weights, bounds));
  return reach;
};

const [LO, HI] = [-3, 10];
const elements = (count: number) => fc.array(fc.integer({ min: LO, max: HI }), { minLength: count, maxLength: count });
const inputsOf = ({ inputs, others = 0 }: Example<Term>) =>
  fc.tuple(elements(inputs), elements(others)).map(([x, y]): [Float64Array, Float64Array] => [Float64Array.from(x), Float64Array.from(y)]);

describe.each(CASES)('%s', (kind, example) => {
  const { term, inputs, others = inputs, shape } = example;

  test('bears the name that it is listed under', () => {
    expect(term.kind).toBe(kind);
    expect(KINDS[kind]).toBe(kindOf(term));
  });

  test('no input leaves its bounds', () => {
    const { low, high, magnitude } = reachOf(example, term, LO, HI);
    fc.assert(
      fc.property(inputsOf(example), ([x, y]) => {
        for (const [e, value] of applied(example, term, term.weights, x, y).entries()) {
          expect(value).toBeGreaterThanOrEqual(low[e]!);
          expect(value).toBeLessThanOrEqual(high[e]!);
          expect(Math.abs(value)).toBeLessThanOrEqual(magnitude);
        }
      }),
    );
  });

  test('the bounds of a smaller range are left', () => {
    const positive = { ...term, weights: term.weights.map(Math.abs) };
    const { high, magnitude } = reachOf(example, positive, LO, HI - 1);
    const most = applied(example, positive, positive.weights, new Float64Array(inputs).fill(HI), new Float64Array(others).fill(HI));
    expect(most.some((value, e) => value > high[e]!)).toBe(true);
    expect(Math.max(...most)).toBeGreaterThan(magnitude);
  });

  test('a factor of its result moves into its weights, or is refused', () => {
    const [x, y] = [numbers(inputs), numbers(others)];
    const before = applied(example, term, term.weights, x, y);
    const outputs = real(
      [shape[0]!, ...shape.slice(1).map(() => 1)],
      Float64Array.from({ length: shape[0]! }, (_, i) => i + 2),
    );
    const factors = [before.map(() => 3), broadcastTo(outputs, shape), numbers(before.length)];
    const results = factors.map((factor) => {
      const scaled = kindOf(term).scaled(term, factor, shape);
      if (!scaled) return 'refused';
      const after = applied(example, scaled, scaled.weights, x, y);
      expect([...after].map((value, e) => value - before[e]! * factor[e]!)).toEqual(Array.from(after, () => 0));
      expect(after).not.toEqual(before);
      return 'moved';
    });
    expect(results[0]).toBe('moved');
    if (kind !== 'scale') expect(results[2]).toBe('refused');
  });

  test('a factor of its source moves into its weights, or is refused', () => {
    const [x, y] = [numbers(inputs), numbers(others)];
    /** what the elements that are read alike have in common: a channel of a convolution, an input of a dense layer */
    const alike = { convolution: (e: number) => Math.floor(e / 30) % 4, dense: (e: number) => Math.floor(e / 3) } as Record<
      string,
      (e: number) => number
    >;
    const factors = [x.map(() => 3), x.map((_, e) => (alike[kind]?.(e) ?? e) + 2), x.map((_, e) => 2 + ((e * e) % 7))];
    const results = factors.map((factor) => {
      const absorbed = kindOf(term).absorbed(term, factor);
      if (!absorbed) return 'refused';
      const wanted = applied(
        example,
        term,
        term.weights,
        x.map((value, e) => value * factor[e]!),
        y,
      );
      expect(applied(example, absorbed, absorbed.weights, x, y)).toEqual(wanted);
      expect(applied(example, term, term.weights, x, y)).not.toEqual(wanted);
      return 'moved';
    });
    const own = kind === 'scale' || kind in alike ? 'moved' : 'refused';
    expect(results).toEqual(['moved', own, kind === 'scale' ? 'moved' : 'refused']);
  });

  const sources = [[term.source, inputs] as const, ...('other' in term ? [[term.other, others] as const] : [])];
  const wanted = sources.flatMap(([source, count]) => {
    const geometry = kindOf(term).wants(term, source, () => undefined);
    return geometry ? [{ geometry, count }] : [];
  });
  if (wanted.length)
    test('a geometry that it wants holds every element once', () => {
      for (const { geometry, count } of wanted) {
        const { channelIndex, rowIndex, laneIndex, channels, rows, width } = geometry;
        expect([channelIndex.length, rowIndex.length, laneIndex.length]).toEqual([channels, rows, width]);
        const found = [...channelIndex].flatMap((c) => [...rowIndex].flatMap((r) => [...laneIndex].map((x) => c + r + x)));
        expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, e) => e));
      }
    });

  const { rounding } = kindOf(term);
  if (rounding !== 'each by itself')
    test('the inputs that its rounding sees, times the weights, are its outputs', () => {
      const x = numbers(inputs);
      const result = applied(example, term, term.weights, x);
      const groups = rounding.groups(term);
      const sums = groups.flatMap(({ first, outputs, outputStep, inputStep, depth, positions, read }) =>
        Array.from({ length: outputs }, (_, o) => {
          let sum = 0;
          for (let position = 0; position < positions; position++) {
            const values = new Float64Array(depth + 2);
            read(x, position, values, 2);
            for (let k = 0; k < depth; k++) sum += values[k + 2]! * term.weights[first + o * outputStep + k * inputStep]!;
          }
          return sum;
        }),
      );
      for (const [o, sum] of sums.entries()) {
        const elements = new Float64Array(result.length);
        rounding.addMeans(
          term,
          Float64Array.from(sums, (_, i) => (i === o ? 1 : 0)),
          elements,
        );
        expect(result.reduce((all, value, e) => all + value * elements[e]!, 0)).toBe(sum);
      }
      expect(new Set(sums).size).toBeGreaterThan(1);
    });
});
