// Functions of one tensor that are spelled out with several nodes - GELU with Erf or Tanh, x·sigmoid(x), x + relu(x) - become one function, so
// that they cost one table instead of a product. Source: DESIGN §6. A value is such a function if every path from it leads, through
// functions of one number and sums, differences, products, quotients and powers with numbers, to the same tensor.
// Caveat: LayerNormalization, softmax and attention need nothing here: the operators expand into the same nodes as their spelled-out forms.

import { sameShape } from '../onnx/tensor.ts';
import { NodeContext, pointwise } from '../operators/operator.ts';
import type { Graph, GraphNode } from './node.ts';

/** A value as a function of the elements of another one. */
interface OfOne {
  base: string;
  apply: (x: number) => number;
  /** what was composed, for people */
  name: string;
}

/** The nodes with every product or sum of functions of one tensor replaced by one function, and without nodes that nobody reads any more. */
export function fused(
  nodes: readonly GraphNode[],
  { shapes, constants, whole, outputs }: Pick<Graph, 'shapes' | 'constants' | 'whole' | 'outputs'>,
): GraphNode[] {
  const known = new Map<string, OfOne>();
  const of = (name: string): OfOne => known.get(name) ?? { base: name, apply: (x) => x, name: '' };
  const number = (name: string): number | undefined => {
    const tensor = constants.get(name);
    return tensor?.data.length === 1 ? tensor.data[0]! : undefined;
  };
  const result = nodes.map((node): GraphNode => {
    const { operator, inputs, outputs: names } = node.context.node;
    const out = names[0]!;
    if (names.length !== 1 || whole.has(out)) return node;
    const shape = shapes.get(out)!;
    const note = (f: OfOne): boolean => {
      if (whole.has(f.base) || !sameShape(shapes.get(f.base)!, shape)) return false;
      known.set(out, f);
      return true;
    };
    const single = node.operator.ofOne?.(node.context);
    if (single) {
      const inner = of(inputs[0]!);
      if (!single.jumps)
        note({ base: inner.base, apply: (x) => single.apply(inner.apply(x)), name: `${inner.name} ${single.name}`.trim() });
      return node;
    }
    const apply = node.operator.ofTwo;
    if (!apply || inputs.length !== 2) return node;
    const [a, b] = inputs as [string, string];
    const [first, second] = [number(a), number(b)];
    if (first !== undefined || second !== undefined) {
      const inner = of(first === undefined ? a : b);
      const f = first === undefined ? (x: number) => apply(inner.apply(x), second!) : (x: number) => apply(first, inner.apply(x));
      note({ base: inner.base, apply: f, name: `${inner.name} ${operator}`.trim() });
      return node;
    }
    const [left, right] = [of(a), of(b)];
    if (constants.has(a) || constants.has(b) || left.base !== right.base) return node;
    const joined: OfOne = {
      base: left.base,
      apply: (x) => apply(left.apply(x), right.apply(x)),
      name: `${[left.name, right.name].filter(Boolean).join(' ')} ${operator}`,
    };
    // a square, a double: what it is already
    if (!note(joined) || (left.name === '' && right.name === '')) return node;
    const context = new NodeContext(
      { ...node.context.node, operator: 'Function', inputs: [joined.base], attributes: new Map() },
      node.context.opset,
      node.context.where,
      [shape],
      [undefined],
      ['real'],
    );
    return { context, operator: pointwise(() => ({ name: joined.name, apply: joined.apply })) };
  });
  return read(result, outputs);
}

/** The nodes that somebody reads. */
export function read(nodes: readonly GraphNode[], outputs: Graph['outputs']): GraphNode[] {
  const needed = new Set(outputs.map(({ name }) => name));
  return [...nodes]
    .reverse()
    .filter(({ context }) => {
      const { inputs, outputs: names } = context.node;
      if (!names.some((name) => needed.has(name))) return false;
      for (const name of inputs) needed.add(name);
      return true;
    })
    .reverse();
}
