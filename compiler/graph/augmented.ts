// Inputs beside few samples: places on the lines through two of them, a little beyond both, each element inside what the samples, or a declared range,
// have. Ranges that three samples show are left by most other inputs. Source: interpolation and extrapolation between samples as in data augmentation.
// Caveat: one sample has no line, and what no sample comes near is not found; ranges and bits hold for these inputs, what is reported is of the samples.

import { repeatableNumbers } from '../../vm/program/repeatable.ts';
import type { Steps } from '../onnx/steps.ts';
import { type Between, mixed, movable, workOf } from './between.ts';
import { spanOf } from './declared.ts';
import type { Graph } from './node.ts';
import { evaluating, type RealTensors } from './reference.ts';

/** from so many samples on nothing is added: their ranges are those of others; and so many inputs at most */
const ENOUGH = 16;
/** by so much of the distance of two samples a place lies beyond one of them, at most */
const BEYOND = 0.5;
/** products that may be computed for all of them, about a second */
const WORK = 2 ** 26;

/** How many inputs are made beside so many samples, where inputs can move; none where they are enough, where there is one alone, or no time. */
export const countBeside = (graph: Graph, samples: number): number =>
  samples > 1 && samples < ENOUGH ? Math.min(ENOUGH, Math.floor(WORK / Math.max(1, workOf(graph)))) : 0;

function moved(graph: Graph, samples: readonly RealTensors[]): RealTensors[] {
  const count = countBeside(graph, samples.length);
  const names = count > 0 ? movable(graph, samples) : new Set<string>();
  if (names.size === 0) return [];
  const spans = new Map(graph.inputs.map(({ name, range }) => [name, range ?? spanOf(samples, name)] as const));
  const random = repeatableNumbers();
  return Array.from({ length: count }, () => {
    const one = Math.floor(random() * samples.length);
    const other = (one + 1 + Math.floor(random() * (samples.length - 1))) % samples.length;
    return mixed(samples[one]!, samples[other]!, -BEYOND + random() * (1 + 2 * BEYOND), names, spans);
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
