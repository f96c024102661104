// ScatterElements, Scatter (ONNX 9-18), ScatterND (11-18) and GatherND (11-13): with constant indices it is known when compiling which element goes
// where, so they select. Updates of one place are combined in rounds, one update a place and round.
// Caveat: computed indices are compared with every place (computed-indices.ts).
import { listOf, placesOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, stridesOf } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { depthOf, gatheredAt, requireAlong, updatedDepth, writtenAlong, writtenAt } from './computed-indices.ts';
import { type ExpandedNode, entryOf, expanding, type NodeContext } from './operator.ts';
import { NOTHING, select } from './select.ts';

const COMBINED: Readonly<Record<string, string>> = { add: 'Add', mul: 'Mul', max: 'LargerOfTwo', min: 'SmallerOfTwo' };

/** @param to element of the data that update u goes to */
function scattered(context: NodeContext, to: readonly number[]): ExpandedNode[] {
  const shape = context.shape(0);
  const [data, , updates] = context.node.inputs as [string, string, string];
  const [out] = context.node.outputs as [string];
  const reduction = context.text('reduction', 'none');
  const identity = placesOf(elementsOf(shape), (e) => e);
  if (reduction === 'none') {
    const from = placesOf(identity.length).fill(NOTHING);
    for (const [u, e] of to.entries()) from[e] = u;
    return [
      select(out, shape, [
        { source: data, index: identity.map((e) => (from[e] === NOTHING ? e : NOTHING)) },
        { source: updates, index: from },
      ]),
    ];
  }
  const operator = entryOf(COMBINED, reduction);
  if (!operator) throw context.invalid(`reduction "${reduction}"`);
  const rounds: number[][] = [];
  const seen = new Map<number, number>();
  for (const [u, e] of to.entries()) {
    const round = seen.get(e) ?? 0;
    seen.set(e, round + 1);
    rounds[round] = [...(rounds[round] ?? []), u];
  }
  const nodes: ExpandedNode[] = [];
  let name = data;
  for (const [round, list] of rounds.entries()) {
    const n = (what: string): string => `${out} round ${round} ${what}`;
    nodes.push(select(n('before'), [list.length], [{ source: name, index: list.map((u) => to[u]!) }]));
    nodes.push(select(n('updates'), [list.length], [{ source: updates, index: list }]));
    nodes.push({ operator, inputs: [n('before'), n('updates')], outputs: [n('combined')] });
    const changed = placesOf(identity.length).fill(NOTHING);
    for (const [i, u] of list.entries()) changed[to[u]!] = i;
    const result = round === rounds.length - 1 ? out : n('result');
    nodes.push(
      select(result, shape, [
        { source: name, index: identity.map((e) => (changed[e] === NOTHING ? e : NOTHING)) },
        { source: n('combined'), index: changed },
      ]),
    );
    name = result;
  }
  return nodes.length ? nodes : [{ operator: 'Identity', inputs: [data], outputs: [out] }];
}

/** @returns the index counted from 0 */
function placed(context: NodeContext, index: number, size: number): number {
  if (!Number.isInteger(index) || index < -size || index >= size) throw context.invalid(`index ${index} on an axis of ${size}`);
  return index < 0 ? index + size : index;
}

export const ScatterElements = expanding((context) => {
  const shape = context.shape(0);
  const axis = context.axis(context.integer('axis', 0), shape.length);
  if (context.has(1) && !context.constants[1]) return writtenAlong(context, axis);
  const indices = context.constant(1, 'indices');
  requireAlong(context, axis);
  const [own, steps] = [stridesOf(indices.shape), stridesOf(shape)];
  const to = Array.from(indices.data, (index, u) =>
    own.reduce((at, step, a) => {
      const place = a === axis ? placed(context, index, shape[a]!) : Math.floor(u / step) % indices.shape[a]!;
      return at + place * steps[a]!;
    }, 0),
  );
  return scattered(context, to);
});

/** Elements that rows of indices name: starts of slices of `size` elements. */
function starts(context: NodeContext, depth: number, batch = 0): { list: number[]; size: number; indices: Shape } {
  const shape = context.shape(0);
  const indices = context.constant(1, 'indices');
  const steps = stridesOf(shape);
  const rows = elementsOf(indices.shape) / depth;
  const perBatch = rows / elementsOf(shape.slice(0, batch));
  const list = listOf(rows, (row) => {
    let at = Math.floor(row / perBatch) * (batch ? steps[batch - 1]! : 0);
    for (let d = 0; d < depth; d++) at += placed(context, indices.data[row * depth + d]!, shape[batch + d]!) * steps[batch + d]!;
    return at;
  });
  return { list, size: elementsOf(shape.slice(batch + depth)), indices: indices.shape };
}

export const ScatterND = expanding((context) => {
  if (context.has(1) && !context.constants[1]) return writtenAt(context);
  const { list, size } = starts(context, updatedDepth(context));
  return scattered(
    context,
    list.flatMap((start) => listOf(size, (i) => start + i)),
  );
});

export const GatherND = expanding((context) => {
  if (context.has(1) && !context.constants[1]) return gatheredAt(context);
  const shape = context.shape(0);
  const batch = context.integer('batch_dims', 0);
  const depth = depthOf(context, batch);
  const { list, size, indices } = starts(context, depth, batch);
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const index = list.flatMap((start) => listOf(size, (i) => start + i));
  const result = [...indices.slice(0, -1), ...shape.slice(batch + depth)];
  return [
    select(`${out} flat`, [index.length], [{ source: x, index }]),
    { operator: 'Reshape', inputs: [`${out} flat`, integers(...result)], outputs: [out] },
  ];
});
