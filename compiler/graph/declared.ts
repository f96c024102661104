// Ranges of inputs that whoever compiles declares, instead of those that the samples show: nothing inside saturates at the input, nothing outside can be
// run. Samples that are stretched to span them have a part in the ranges of all values behind. Source: DESIGN §6.
// Caveat: stretched samples are no inputs that anybody saw; accuracy is measured on the samples as they are given.
import { usage } from '../../fri/core/errors.ts';
import { elementsOf } from '../onnx/tensor.ts';
import type { Limits } from '../stages/known.ts';
import type { Graph } from './node.ts';
import type { RealTensors } from './reference.ts';

/** Least and most of inputs, by name. */
export type DeclaredRanges = ReadonlyMap<string, Limits>;

/** samples that are stretched, at most */
const STRETCHED = 64;

const refused = (what: string, why: string, fix: string): Error => usage('ZK0531', { what, why, fix });

/** @throws ZK0531 for what is no range; a program without types may give anything */
export function requireRanges(ranges: ReadonlyMap<string, unknown>): void {
  for (const [name, range] of ranges) {
    const ends: unknown[] = Array.isArray(range) ? range : [];
    const [low, high] = ends;
    if (ends.length !== 2 || !Number.isFinite(low) || !Number.isFinite(high) || !((low as number) < (high as number)))
      throw refused(
        `the range of input "${name}" is [${ends.join(', ')}]`,
        'it has two ends, finite numbers, the smaller one first',
        'declare it as --range name=0,1 (ranges: { name: [0, 1] } in the library)',
      );
  }
}

/**
 * The graph whose inputs have these ranges.
 * @throws ZK0531 for an input that there is not, for a range that a sample leaves, and for one that the input's type does not hold
 */
export function withRanges(graph: Graph, samples: readonly RealTensors[], ranges: DeclaredRanges): Graph {
  if (ranges.size === 0) return graph;
  for (const [name, range] of ranges) {
    const input = graph.inputs.find((one) => one.name === name);
    if (!input) {
      const names = graph.inputs.map((one) => `"${one.name}"`).join(', ');
      throw refused(`the model has no input "${name}"`, `it has ${names}`, 'declare ranges of its inputs');
    }
    if (graph.whole.has(name)) requireWhole(input, range);
    for (const [i, sample] of samples.entries()) {
      const data = Array.from(Object.hasOwn(sample, name) ? sample[name]!.data : []);
      const outside = data.find((x) => x < range[0] || x > range[1]);
      if (outside !== undefined)
        throw refused(
          `input "${name}" is declared to lie in [${range.join(', ')}], calibration sample ${i} has ${outside}`,
          'a declared range holds all samples',
          'declare a wider range, or leave the sample out',
        );
    }
  }
  return {
    ...graph,
    inputs: graph.inputs.map((input) => ({ ...input, ...(ranges.has(input.name) && { range: ranges.get(input.name)! }) })),
  };
}

/** @throws ZK0531 for booleans, and for a range whose ends are no integers or not of the type */
function requireWhole({ name, limits }: Graph['inputs'][0], [low, high]: Limits): void {
  if (limits && limits[0] === 0 && limits[1] === 1)
    throw refused(`input "${name}" is of booleans`, 'they may be 0 and 1, whatever the samples are', 'leave its range out');
  const [least, most] = limits ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (!Number.isInteger(low) || !Number.isInteger(high) || low < least || high > most)
    throw refused(
      `the range of input "${name}" is [${low}, ${high}]`,
      `its elements are integers${limits ? ` in [${limits.join(', ')}]` : ''}`,
      'declare whole numbers of that type',
    );
}

/** Least and most of an input over samples. */
export function spanOf(samples: readonly RealTensors[], name: string): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const sample of samples) for (const x of Array.from(sample[name]!.data)) [least, most] = [Math.min(least, x), Math.max(most, x)];
  return [least, most];
}

/** The same numbers of all samples, stretched so that those of an input with a range span it; and inputs that are an end of it everywhere. */
export function stretched({ inputs, whole }: Graph, samples: readonly RealTensors[]): RealTensors[] {
  const declared = new Map(
    inputs.flatMap(({ name, shape, range }) => {
      if (!range || whole.has(name) || elementsOf(shape) === 0) return [];
      const [least, most] = spanOf(samples, name);
      return [[name, { low: range[0], high: range[1], least, most }] as const];
    }),
  );
  if (declared.size === 0) return [];
  type Span = typeof declared extends Map<string, infer Value> ? Value : never;
  const changed = (sample: RealTensors, change: (x: number, span: Span) => number): RealTensors =>
    Object.fromEntries(
      Object.entries(sample).map(([name, { shape, data }]) => {
        const span = declared.get(name);
        return [name, { shape, data: span ? Float64Array.from(data, (x) => change(x, span)) : data }];
      }),
    );
  const some = samples.filter((_, i) => i % Math.ceil(samples.length / STRETCHED) === 0);
  return [
    ...some.map((sample) =>
      changed(sample, (x, { low, high, least, most }) => (most > least ? low + ((x - least) / (most - least)) * (high - low) : x)),
    ),
    ...some.slice(0, 1).flatMap((sample) => [changed(sample, (_, { low }) => low), changed(sample, (_, { high }) => high)]),
  ];
}
