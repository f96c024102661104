// CumSum (ONNX 11-14), CumProd (26) and ReduceProd (1-18). A running sum is a product with a triangle of ones; running products are products of
// slices. Caveat: each product is rounded to its table, so long products lose accuracy.
import { listOf, placesOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, type Tensor } from '../onnx/tensor.ts';
import { along } from './along.ts';
import { integersOf, selectAxes } from './movement.ts';
import { type ExpandedNode, expanding, type NodeContext, wrapping } from './operator.ts';
import { atLeastOne, axesOf, reductionOf } from './reduce.ts';
import { NOTHING, select } from './select.ts';

/** factors of one product at most */
const MAX_FACTORS = 256;

const axisOf = (context: NodeContext): number => context.axis(integersOf(context, 1, 'axis')[0]!, context.shape(0).length);

export const CumSum = wrapping(
  expanding((context) => {
    const axis = axisOf(context);
    const size = context.shape(0)[axis]!;
    const [exclusive, reverse] = [context.integer('exclusive', 0) !== 0, context.integer('reverse', 0) !== 0];
    const counts = (from: number, to: number): boolean => (from === to ? !exclusive : reverse ? from > to : from < to);
    const data = realsOf(size * size, (i) => (counts(Math.floor(i / size), i % size) ? 1 : 0));
    const triangle: Tensor = { shape: [size, size], data, kind: context.types[0] ?? 'real' };
    return along(context.node.inputs[0]!, context.shape(0), axis, triangle, context.node.outputs[0]!);
  }),
);

/** One slice of the input at coordinate `at` of an axis. */
const slice = (name: string, input: string, shape: Shape, axis: number, at: number): ExpandedNode =>
  selectAxes(
    name,
    input,
    shape,
    shape.map((size, a) => (a === axis ? [at] : listOf(size, (x) => x))),
  );

export const CumProd = wrapping(
  expanding((context) => {
    const [axis, shape] = [axisOf(context), context.shape(0)];
    const size = shape[axis]!;
    if (size > MAX_FACTORS) throw context.unsupported(`an axis of ${size}`, `at most ${MAX_FACTORS}`);
    const [exclusive, reverse] = [context.integer('exclusive', 0) !== 0, context.integer('reverse', 0) !== 0];
    const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
    const flat = shape.map((length, a) => (a === axis ? 1 : length));
    const one: Tensor = { shape: flat, data: realsOf(elementsOf(flat)).fill(1), kind: context.types[0] ?? 'real' };
    const nodes: ExpandedNode[] = [];
    const results: (string | Tensor)[] = [];
    let product: string | Tensor = one;
    for (let i = 0; i < size; i++) {
      if (exclusive) results.push(product);
      if (exclusive && i === size - 1) break;
      const part = `${out} slice ${i}`;
      nodes.push(slice(part, x, shape, axis, reverse ? size - 1 - i : i));
      const next: string = i === 0 ? part : `${out} product ${i}`;
      if (i > 0) nodes.push({ operator: 'Mul', inputs: [product, part], outputs: [next] });
      product = next;
      if (!exclusive) results.push(product);
    }
    nodes.push({ operator: 'Concat', inputs: reverse ? results.reverse() : results, outputs: [out], attributes: { axis } });
    return nodes;
  }),
);

export const ReduceProd = wrapping(
  expanding((context) => {
    atLeastOne(context);
    const { kept, reduced, order, shape } = reductionOf(context.shape(0), axesOf(context), context.integer('keepdims', 1) !== 0);
    const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
    if (reduced > MAX_FACTORS) throw context.unsupported(`a product of ${reduced} factors`, `at most ${MAX_FACTORS}`);
    const nodes: ExpandedNode[] = [];
    let names = listOf(reduced, (k) => {
      const name = `${out} factor ${k}`;
      nodes.push(select(name, shape, [{ source: x, index: placesOf(kept, (i) => order[i * reduced + k] ?? NOTHING) }]));
      return name;
    });
    // a tree: the errors of its levels add, not those of all factors
    for (let level = 0; names.length > 1; level++) {
      const next: string[] = [];
      for (let i = 0; i + 1 < names.length; i += 2) {
        next.push(`${out} level ${level} product ${i}`);
        nodes.push({ operator: 'Mul', inputs: [names[i]!, names[i + 1]!], outputs: [next.at(-1)!] });
      }
      if (names.length % 2 === 1) next.push(names.at(-1)!);
      names = next;
    }
    return [...nodes, { operator: 'Identity', inputs: [names[0]!], outputs: [out] }];
  }),
);
