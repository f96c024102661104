// Inputs beside few samples: places on the lines through two of them, a little beyond both, each element inside what the samples, or a declared range,
// have. Ranges that three samples show are left by most other inputs. Source: interpolation and extrapolation between samples as in data augmentation.
// Caveat: one sample has no line, and what no sample comes near is not found; ranges are taken from these inputs, accuracy is not measured on them.

import { repeatableNumbers } from '../../vm/program/repeatable.ts';
import type { Steps } from '../onnx/steps.ts';
import { type Between, movable, workOf } from './between.ts';
import type { Graph } from './node.ts';
import { evaluating, type RealTensors } from './reference.ts';

/** from so many samples on nothing is added: their ranges are those of others */
const ENOUGH = 16;
/** Whether inputs beside so many samples are made, where they can. */
export const isFew = (samples: number): boolean => samples > 1 && samples < ENOUGH;

/** by so much of the distance of two samples a place lies beyond one of them, at most */
const BEYOND = 0.5;
/** products that may be computed for all of them, about a second */
const WORK = 2 ** 26;

/** Least and most of an input over samples. */
function spanOf(samples: readonly RealTensors[], name: string): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const sample of samples) for (const x of Array.from(sample[name]!.data)) [least, most] = [Math.min(least, x), Math.max(most, x)];
  return [least, most];
}

/** @returns none where the samples are many enough, where there is one alone, where no input can move, and where there is no time for them */
function moved(graph: Graph, samples: readonly RealTensors[]): RealTensors[] {
  const names = isFew(samples.length) ? movable(graph, samples) : new Set<string>();
  if (names.size === 0) return [];
  const spans = new Map(graph.inputs.map(({ name, range }) => [name, range ?? spanOf(samples, name)] as const));
  const random = repeatableNumbers();
  const count = Math.min(ENOUGH, Math.floor(WORK / Math.max(1, workOf(graph))));
  return Array.from({ length: count }, () => {
    const one = Math.floor(random() * samples.length);
    const other = (one + 1 + Math.floor(random() * (samples.length - 1))) % samples.length;
    const share = -BEYOND + random() * (1 + 2 * BEYOND);
    return Object.fromEntries(
      Object.entries(samples[one]!).map(([name, { shape, data }]) => {
        if (!names.has(name)) return [name, { shape, data }];
        const to = samples[other]![name]!.data;
        const [least, most] = spans.get(name)!;
        const moved = Float64Array.from(data, (x, e) => {
          const y = Math.min(most, Math.max(least, x + share * (to[e]! - x)));
          return Number.isInteger(x) && Number.isInteger(to[e]!) ? Math.round(y) : y;
        });
        return [name, { shape, data: moved }];
      }),
    );
  });
}

/** The inputs on which the model is finite, with its outputs. */
export function* augmented(graph: Graph, samples: readonly RealTensors[]): Steps<Between> {
  const found: Between = { samples: [], outputs: [] };
  for (const sample of moved(graph, samples)) {
    const results = yield* evaluating(graph, sample);
    if (![...results.values()].every(({ data }) => data.every(Number.isFinite))) continue;
    found.samples.push(sample);
    found.outputs.push(results);
  }
  return found;
}
