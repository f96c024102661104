// Inputs between two samples of different labels, or of different answers: there a probability changes fastest, and few samples lie there. A choice of
// bits that is exact on the samples alone may be far off on them: seven models in test/trained were off by up to 2.4 % on fresh inputs and by less than
// 1 % on all samples. Source: bisection on the line between the two. Caveat: they say something of accuracy only; no range is taken from them.

import { repeatableNumbers } from '../../vm/program/repeatable.ts';
import type { Steps } from '../onnx/steps.ts';
import { elementsOf, type Tensor } from '../onnx/tensor.ts';
import type { Graph } from './node.ts';
import { evaluating, type RealTensors } from './reference.ts';

/** inputs at most */
const MOST = 16;
/** bisections of a line */
const STEPS = 8;
/** pairs of samples that are looked at for each input */
const PAIRS = 8;
/** by so much the label leads still, as a share of what it led by: nothing decides a tie */
const LEAD = 0.2;
/** products that may be computed for all of them, about a second */
const WORK = 2 ** 26;
/** operations of a computed element that no constant tells of */
const EACH = 8;

/** Inputs, and the outputs of the float model. */
export interface Between {
  samples: RealTensors[];
  outputs: Map<string, Tensor>[];
}

/** Products that the reference computes for one sample, about. */
export function workOf({ nodes, shapes, constants }: Graph): number {
  return nodes.reduce((sum, { context: { node } }) => {
    const results = node.outputs.reduce((most, name) => Math.max(most, elementsOf(shapes.get(name) ?? [])), 0);
    const each = node.inputs.reduce((most, name) => {
      const shape = constants.get(name)?.shape ?? [];
      return shape.length > 1 ? Math.max(most, elementsOf(shape) / Math.max(1, shape[0]!)) : most;
    }, EACH);
    return sum + results * each;
  }, 0);
}

/** Names of inputs that can lie between two: real ones that are more than flags or a mask. */
export function movable({ inputs, whole }: Graph, samples: readonly RealTensors[]): Set<string> {
  const names = inputs.map(({ name }) => name).filter((name) => !whole.has(name));
  return new Set(
    names.filter((name) => {
      const seen = new Set<number>();
      for (const sample of samples)
        for (const x of Array.from(sample[name]!.data)) {
          seen.add(x);
          if (seen.size > 2) return true;
        }
      return false;
    }),
  );
}

/**
 * A place on the line from one sample to another; integers stay integers, and inputs that cannot move stay where they are.
 * @param share of the way, below 0 or above 1 for one beyond
 * @param spans of inputs whose elements stay inside
 */
export const mixed = (
  one: RealTensors,
  other: RealTensors,
  share: number,
  moves: ReadonlySet<string>,
  spans?: ReadonlyMap<string, readonly [number, number]>,
): RealTensors =>
  Object.fromEntries(
    Object.entries(one).map(([name, { shape, data }]) => {
      if (!moves.has(name)) return [name, { shape, data }];
      const to = other[name]!.data;
      const [least, most] = spans?.get(name) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      const moved = Float64Array.from(data, (x, e) => {
        const y = x + share * (to[e]! - x);
        return Math.min(most, Math.max(least, Number.isInteger(x) && Number.isInteger(to[e]!) ? Math.round(y) : y));
      });
      return [name, { shape, data: moved }];
    }),
  );

/** Place of the largest element. */
function largest(data: ArrayLike<number>): number {
  let at = 0;
  for (let e = 1; e < data.length; e++) if (data[e]! > data[at]!) at = e;
  return at;
}

/** By how much the element leads. */
function leadOf(data: ArrayLike<number>, label: number): number {
  let others = Number.NEGATIVE_INFINITY;
  for (let e = 0; e < data.length; e++) if (e !== label && data[e]! > others) others = data[e]!;
  return data[label]! - others;
}

/**
 * How far an answer still is on the side of the first of two; undefined where the two have the same label.
 * @returns 1 at the first, below LEAD where it has another label or is nearer to the second
 */
function sideOf(first: ArrayLike<number>, second: ArrayLike<number>): ((answer: ArrayLike<number>) => number) | undefined {
  if (first.length === 1) {
    const middle = (first[0]! + second[0]!) / 2;
    const half = first[0]! - middle;
    return half === 0 ? undefined : (answer) => (answer[0]! - middle) / half;
  }
  const label = largest(first);
  const lead = leadOf(first, label);
  return label === largest(second) || lead === 0 ? undefined : (answer) => leadOf(answer, label) / lead;
}

/**
 * @param samples that the graph is finite on
 * @param outputs of the samples, in their order
 * @returns none where no two samples differ, or where there is no time for them
 */
export function* samplesBetween(
  graph: Graph,
  samples: readonly RealTensors[],
  outputs: readonly ReadonlyMap<string, Tensor>[],
): Steps<Between> {
  const found: Between = { samples: [], outputs: [] };
  const moves = movable(graph, samples);
  const real = graph.outputs.find(({ name }) => !graph.whole.has(name));
  const most = Math.min(MOST, Math.floor(WORK / (STEPS * Math.max(1, workOf(graph)))));
  if (moves.size === 0 || !real || samples.length < 2) return found;
  const random = repeatableNumbers();
  const answerOf = (results: ReadonlyMap<string, Tensor>): ArrayLike<number> => results.get(real.name)!.data;
  for (let pair = 0; pair < PAIRS * most && found.samples.length < most; pair++) {
    const one = Math.floor(random() * samples.length);
    const other = Math.floor(random() * samples.length);
    const side = sideOf(answerOf(outputs[one]!), answerOf(outputs[other]!));
    if (!side) continue;
    let [near, far] = [0, 1];
    let at: { sample: RealTensors; results: Map<string, Tensor> } | undefined;
    for (let step = 0; step < STEPS; step++) {
      const share = (near + far) / 2;
      const sample = mixed(samples[one]!, samples[other]!, share, moves);
      const results = yield* evaluating(graph, sample);
      const finite = [...results.values()].every(({ data }) => data.every(Number.isFinite));
      if (finite && side(answerOf(results)) > LEAD) [near, at] = [share, { sample, results }];
      else far = share;
    }
    if (!at) continue;
    found.samples.push(at.sample);
    found.outputs.push(at.results);
  }
  return found;
}
