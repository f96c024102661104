// What mathematics says of a softmax that is spelled out: the same as of the operator (reduce.ts), so that both become the same program.
// Source: softmax(x) = e / Σe with e = exp(x - max x). Caveat: only this form, with a maximum over the axes of the sum.
import type { OnnxNode } from '../onnx/graph.ts';
import { type Shape, sameShape } from '../onnx/tensor.ts';
import type { Known } from '../stages/known.ts';
import { NOTHING_LEFT } from './reduce.ts';

/** The nodes of the file that are known so far. */
export interface Spelled {
  /** node that computes a value */
  made: ReadonlyMap<string, OnnxNode>;
  shapes: ReadonlyMap<string, Shape>;
}

const inputOf = ({ made }: Spelled, name: string | undefined, operator: string): OnnxNode['inputs'] | undefined => {
  const node = made.get(name ?? '');
  return node?.operator === operator && node.domain === '' ? node.inputs : undefined;
};

/** x and its maximum, if the value is x - max x */
function below(file: Spelled, name: string | undefined): { x: string; most: string } | undefined {
  const [x, most] = inputOf(file, name, 'Sub') ?? [];
  return x !== undefined && most !== undefined && inputOf(file, most, 'ReduceMax')?.[0] === x ? { x, most } : undefined;
}

const powersOf = (file: Spelled, name: string | undefined) => below(file, inputOf(file, name, 'Exp')?.[0]);

/** the powers that a value sums, over the axes of their maximum */
function summed(file: Spelled, name: string | undefined): { powers: string; count: number } | undefined {
  const [powers] = inputOf(file, name, 'ReduceSum') ?? [];
  const found = powersOf(file, powers);
  const [from, to, most] = [powers, name, found?.most].map((value) => file.shapes.get(value ?? ''));
  if (!found || !from || !to || !most || to.length !== from.length || !sameShape(to, most)) return undefined;
  return { powers: powers!, count: from.reduce((product, size, axis) => product * (size / to[axis]!), 1) };
}

/** What is known of the value that a node of the file computes. */
export function knownOf(file: Spelled, name: string): Known | undefined {
  if (below(file, name)) return { within: [-NOTHING_LEFT, 0] };
  if (powersOf(file, name)) return { within: [0, 1] };
  const sum = summed(file, name);
  if (sum) return { within: [1, sum.count] };
  const [powers, total] = inputOf(file, name, 'Div') ?? [];
  return powers !== undefined && summed(file, total)?.powers === powers ? { within: [0, 1] } : undefined;
}
