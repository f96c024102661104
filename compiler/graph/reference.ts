// The float64 executor: what the model means, before any quantisation. Calibration and the accuracy report rest on it.
// Caveat: onnxruntime computes in float32, so its outputs differ from these in the seventh digit.

import { usage } from '../../fri/core/errors.ts';
import { atOnce, isTime, type Steps } from '../onnx/steps.ts';
import { elementsOf, type Shape, shapeText, type Tensor } from '../onnx/tensor.ts';
import type { Graph } from './node.ts';

/** One set of inputs by name. */
export type RealTensors = Readonly<Record<string, { shape: Shape; data: ArrayLike<number> }>>;

/** @throws ZK0520 if the inputs do not fit the graph */
export function checkInputs(graph: Graph, inputs: RealTensors, where: string): Map<string, Tensor> {
  for (const name of Object.keys(inputs))
    if (!graph.inputs.some((input) => input.name === name))
      throw usage('ZK0520', {
        what: `the model has no input "${name}"`,
        where,
        why: `it has ${graph.inputs.map((input) => `"${input.name}"`).join(', ')}`,
      });
  return new Map(
    graph.inputs.map(({ name, shape }) => {
      const tensor = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
      if (!tensor) throw usage('ZK0520', { what: `input "${name}" is missing`, where, fix: `give a tensor of shape ${shapeText(shape)}` });
      if (tensor.data.length !== elementsOf(shape))
        throw usage('ZK0520', {
          what: `input "${name}" has ${tensor.data.length} elements`,
          where,
          why: `shape ${shapeText(shape)} has ${elementsOf(shape)}`,
        });
      const data = Float64Array.from(tensor.data);
      const bad = data.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0)
        throw usage('ZK0520', {
          what: `input "${name}" has the value ${data[bad]}`,
          where: `${where}, element ${bad}`,
          fix: 'give finite numbers',
        });
      const whole = graph.whole.has(name);
      const broken = whole ? data.findIndex((value) => !Number.isInteger(value)) : -1;
      if (broken >= 0)
        throw usage('ZK0520', {
          what: `input "${name}" has integers, not ${data[broken]}`,
          where: `${where}, element ${broken}`,
          fix: 'give whole numbers; booleans are 0 and 1',
        });
      return [name, { shape, data, kind: whole ? 'integer' : 'real' }];
    }),
  );
}

/**
 * Runs the graph in float64.
 * @param visit called with every computed value, inputs and outputs included; values are dropped when nobody needs them any more
 * @param instead values by name that are taken instead of what is computed
 * @returns the graph's outputs by name
 * @throws ZK0520 for inputs that do not fit
 */
export const evaluateGraph = (...about: Parameters<typeof evaluating>): Map<string, Tensor> => atOnce(evaluating(...about));

/** `evaluateGraph` with a stop after each node. */
export function* evaluating(
  graph: Graph,
  inputs: RealTensors,
  visit: (name: string, tensor: Tensor) => void = () => {},
  where = 'input',
  instead: ReadonlyMap<string, Tensor> = new Map(),
): Steps<Map<string, Tensor>> {
  const values = new Map<string, Tensor>([...graph.constants, ...checkInputs(graph, inputs, where), ...instead]);
  for (const { name } of graph.inputs) visit(name, values.get(name)!);
  const left = new Map(graph.uses);
  for (const { context, operator } of graph.nodes) {
    const { inputs: names, outputs } = context.node;
    const results = operator.reference(
      context,
      names.map((name) => values.get(name)),
    );
    for (const [i, tensor] of results.entries()) {
      const name = outputs[i]!;
      values.set(name, instead.get(name) ?? tensor);
      visit(name, values.get(name)!);
    }
    for (const name of names) {
      const rest = left.get(name)! - 1;
      left.set(name, rest);
      if (rest === 0) values.delete(name);
    }
    if (isTime()) yield;
  }
  return new Map(graph.outputs.map(({ name }) => [name, values.get(name)!]));
}
