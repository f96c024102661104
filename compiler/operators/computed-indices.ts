// GatherND, ScatterND and ScatterElements whose indices the model computes: a place in a flattened table is a sum of digits, and what is written
// there is a product with ones and zeros that say which update goes where. Source: onnx.ai/onnx/operators.
// Caveat: every index is compared with every place, so tables are small; maxima, minima and products of updates need constant indices.
import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';
import { listOf, placesOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, type Shape, stridesOf, type Tensor } from '../onnx/tensor.ts';
import { FLOAT, INT64 } from '../onnx/tensor-proto.ts';
import { integers } from './along.ts';
import { type ExpandedNode, type NodeContext, pointwise } from './operator.ts';
import { NOTHING, select } from './select.ts';

/** comparisons of indices with places that one node may need */
const MAX_COMPARED = 2 ** 16;

/** An index counted from 0; one outside its axis has no table entry, so that it cannot be run. Axes of one tensor of indices differ in size. */
export const Digit = pointwise((context) => {
  const size = context.integer('size', 0);
  return {
    name: `index of ${size}, from 0`,
    apply: (x) => (x < -size || x >= size ? ACCUMULATOR_BOUND : x < 0 ? x + size : x),
    jumps: true,
    ends: true,
    result: 'integer',
  };
});

const number = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value), kind: 'integer' });

/**
 * Rows of indices [rows, depth] as places in the flattened axes that they point into.
 * @param base what is added to the place of each row
 */
function flatPlaces(indices: string, { rows, sizes, base }: { rows: number; sizes: Shape; base?: number[] }, out: string): ExpandedNode[] {
  const steps = stridesOf(sizes);
  const nodes: ExpandedNode[] = [];
  const parts = sizes.map((size, d) => {
    const n = (what: string): string => `${out} ${what} ${d}`;
    nodes.push(
      select(n('index'), [rows], [{ source: indices, index: placesOf(rows, (row) => row * sizes.length + d) }]),
      { operator: 'Digit', inputs: [n('index')], outputs: [n('digit')], attributes: { size }, known: { within: [0, size - 1] } },
      { operator: 'Mul', inputs: [n('digit'), number(steps[d]!)], outputs: [n('part')] },
    );
    return n('part');
  });
  const sum = base ? `${out} sum` : out;
  const last = elementsOf(sizes) - 1;
  nodes.push({ operator: 'Sum', inputs: parts, outputs: [sum], known: { within: [0, last] } });
  if (base) {
    const start: Tensor = { shape: [rows], data: Float64Array.from(base), kind: 'integer' };
    nodes.push({ operator: 'Add', inputs: [sum, start], outputs: [out], known: { within: [0, last + Math.max(...base)] } });
  }
  return nodes;
}

/** @throws ZK0510 for indices that may be fractions */
function requireIntegers(context: NodeContext): void {
  if (context.types[1] !== 'integer') throw context.invalid('"indices" (input 1) are no integers');
}

/** Axes that a row of indices points into. @throws ZK0510 where indices, or axes of a batch before them, do not fit the data */
export function depthOf(context: NodeContext, batch = 0): number {
  const [shape, indices] = [context.shape(0), context.shape(1)];
  requireIntegers(context);
  const depth = indices.at(-1) ?? 0;
  const fits = batch >= 0 && depth >= 1 && batch + depth <= shape.length && batch < indices.length;
  if (!fits || indices.slice(0, batch).some((size, axis) => size !== shape[axis]))
    throw context.invalid(`indices of shape [${indices}] for data of shape [${shape}]${batch ? ` and ${batch} axes of a batch` : ''}`);
  return depth;
}

/** The same for slices that are written. @throws ZK0510 also where the updates do not fit */
export function updatedDepth(context: NodeContext): number {
  const [depth, shape, indices] = [depthOf(context), context.shape(0), context.shape(1)];
  if (context.shape(2).join() !== [...indices.slice(0, -1), ...shape.slice(depth)].join())
    throw context.invalid(`updates of shape [${context.shape(2)}] for indices of shape [${indices}] and data of shape [${shape}]`);
  return depth;
}

/** @throws ZK0510 where places of an axis, or the updates for them, do not fit the data */
export function requireAlong(context: NodeContext, axis: number): void {
  const [shape, indices, updates] = [context.shape(0), context.shape(1), context.shape(2)];
  requireIntegers(context);
  if (indices.length !== shape.length || indices.join() !== updates.join() || indices.some((size, a) => a !== axis && size > shape[a]!))
    throw context.invalid(`indices of shape [${indices}] and updates of shape [${updates}] for data of shape [${shape}]`);
}

/** Slices at rows of computed indices: rows of the table that all axes they point into make together. */
export function gatheredAt(context: NodeContext): ExpandedNode[] {
  const [shape, indices] = [context.shape(0), context.shape(1)];
  const batch = context.integer('batch_dims', 0);
  const depth = depthOf(context, batch);
  const [[x, given], [out]] = [context.node.inputs as [string, string], context.node.outputs as [string]];
  const sizes = shape.slice(batch, batch + depth);
  const [batches, places, rows] = [elementsOf(shape.slice(0, batch)), elementsOf(sizes), elementsOf(indices) / depth];
  const width = elementsOf(shape.slice(batch + depth));
  if (rows * batches * places > MAX_COMPARED)
    throw context.unsupported(`${rows} computed indices into ${batches * places} places`, `at most ${MAX_COMPARED} comparisons`);
  const base = batches > 1 ? listOf(rows, (row) => Math.floor(row / (rows / batches)) * places) : undefined;
  return [
    ...flatPlaces(given, { rows, sizes, ...(base && { base }) }, `${out} places`),
    { operator: 'Reshape', inputs: [x, integers(batches * places, width)], outputs: [`${out} table`] },
    { operator: 'Gather', inputs: [`${out} table`, `${out} places`], outputs: [`${out} rows`], attributes: { axis: 0 } },
    {
      operator: 'Reshape',
      inputs: [`${out} rows`, integers(...indices.slice(0, -1), ...shape.slice(batch + depth))],
      outputs: [out],
    },
  ];
}

/** Tables side by side: updates [groups, count, width] go to places [groups, count] of data [groups, places, width]. */
interface Written {
  groups: number;
  count: number;
  places: number;
}

/** `${out} written` from `${out} data`, `${out} indices` and `${out} updates`. Of several updates of one place the last one stays, or they are added. */
function written(context: NodeContext, { groups, count, places }: Written, out: string): ExpandedNode[] {
  const reduction = context.text('reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add')
    throw context.unsupported(`reduction "${reduction}" at computed indices`, 'none and add, or constant indices');
  if (groups * count * places > MAX_COMPARED)
    throw context.unsupported(
      `${groups * count} computed indices into ${places} places`,
      `at most ${MAX_COMPARED} comparisons, or constant indices`,
    );
  const n = (what: string): string => `${out} ${what}`;
  const [data, , updates] = context.node.inputs as [string, string, string];
  const list: Tensor = { shape: [1, 1, places], data: realsOf(places, (p) => p), kind: 'integer' };
  const one = number(1);
  const whole = context.types[0] === 'integer';
  const factor = (name: string): ExpandedNode =>
    whole
      ? { operator: 'Identity', inputs: [n(name)], outputs: [n(`${name} factor`)] }
      : { operator: 'Cast', inputs: [n(name)], outputs: [n(`${name} factor`)], attributes: { to: FLOAT } };
  const nodes: ExpandedNode[] = [
    { operator: 'Reshape', inputs: [n('indices'), integers(groups, count, 1)], outputs: [n('columns')] },
    { operator: 'Sub', inputs: [n('columns'), list], outputs: [n('distance')] },
    { operator: 'Near', inputs: [n('distance')], outputs: [n('hit')], attributes: { size: places } },
  ];
  const product = (chosen: string, to: string): ExpandedNode[] => [
    factor(chosen),
    { operator: 'Transpose', inputs: [n(`${chosen} factor`)], outputs: [n('by place')], attributes: { perm: [0, 2, 1] } },
    { operator: 'MatMul', inputs: [n('by place'), n('updates')], outputs: [to] },
  ];
  if (reduction === 'add')
    return [...nodes, ...product('hit', n('added')), { operator: 'Add', inputs: [n('data'), n('added')], outputs: [n('written')] }];
  // how many of this update and the later ones go there, as 0 or 1: an update stays if none of the later ones does
  const later: ExpandedNode[] =
    count === 1
      ? [{ operator: 'Identity', inputs: [n('hit')], outputs: [n('since')] }]
      : [
          { operator: 'CumSum', inputs: [n('hit'), number(1)], outputs: [n('count since')], attributes: { reverse: 1 } },
          { operator: 'Greater', inputs: [n('count since'), number(0)], outputs: [n('since is')] },
          { operator: 'Cast', inputs: [n('since is')], outputs: [n('since')], attributes: { to: INT64 } },
        ];
  const size = groups * count * places;
  const behind = placesOf(size, (e) => (Math.floor(e / places) % count === count - 1 ? NOTHING : e + places));
  const first = placesOf(groups * places, (e) => Math.floor(e / places) * count * places + (e % places));
  const like = { known: { like: [data, updates] } };
  return [
    ...nodes,
    ...later,
    ...(count === 1
      ? [{ operator: 'Identity', inputs: [n('since')], outputs: [n('last')] }]
      : [
          select(n('after'), [groups, count, places], [{ source: n('since'), index: behind }]),
          { operator: 'Sub', inputs: [n('since'), n('after')], outputs: [n('last')], known: { within: [0, 1] as const } },
        ]),
    ...product('last', n('updated')),
    select(n('touched'), [groups, places, 1], [{ source: n('since'), index: first }]),
    { operator: 'Sub', inputs: [one, n('touched')], outputs: [n('kept')], known: { within: [0, 1] } },
    factor('kept'),
    { operator: 'Mul', inputs: [n('data'), n('kept factor')], outputs: [n('left')], known: { like: [data] } },
    { operator: 'Add', inputs: [n('left'), n('updated')], outputs: [n('written')], ...like },
  ].map((node) => node as ExpandedNode);
}

/** Slices written at rows of computed indices. */
export function writtenAt(context: NodeContext): ExpandedNode[] {
  const [shape, indices] = [context.shape(0), context.shape(1)];
  const depth = updatedDepth(context);
  const [[data, given, updates], [out]] = [context.node.inputs as [string, string, string], context.node.outputs as [string]];
  const sizes = shape.slice(0, depth);
  const [places, count, width] = [elementsOf(sizes), elementsOf(indices) / depth, elementsOf(shape.slice(depth))];
  return [
    ...flatPlaces(given, { rows: count, sizes }, `${out} indices`),
    { operator: 'Reshape', inputs: [data, integers(1, places, width)], outputs: [`${out} data`] },
    { operator: 'Reshape', inputs: [updates, integers(1, count, width)], outputs: [`${out} updates`] },
    ...written(context, { groups: 1, count, places }, out),
    { operator: 'Reshape', inputs: [`${out} written`, integers(...shape)], outputs: [out] },
  ];
}

/** Elements written at computed places of one axis: each line along it is a table of its own. */
export function writtenAlong(context: NodeContext, axis: number): ExpandedNode[] {
  requireAlong(context, axis);
  const [shape, indices] = [context.shape(0), context.shape(1)];
  const [[data, given, updates], [out]] = [context.node.inputs as [string, string, string], context.node.outputs as [string]];
  const lines = indices.map((size, a) => (a === axis ? 1 : size));
  const [groups, count, places] = [elementsOf(lines), indices[axis]!, shape[axis]!];
  const own = stridesOf(lines);
  /** element at a place of a line, in a tensor of these sizes */
  const elementAt = (sizes: Shape) => {
    const steps = stridesOf(sizes);
    return (line: number, place: number): number =>
      own.reduce((at, step, a) => at + (a === axis ? place : Math.floor(line / step) % lines[a]!) * steps[a]!, 0);
  };
  const [inData, inIndices] = [elementAt(shape), elementAt(indices)];
  const moved = (source: string, to: string, length: number, at: (line: number, place: number) => number): ExpandedNode =>
    select(to, [groups, length, 1], [{ source, index: placesOf(groups * length, (e) => at(Math.floor(e / length), e % length)) }]);
  const [kept, changed] = [placesOf(elementsOf(shape), (e) => e), placesOf(elementsOf(shape)).fill(NOTHING)];
  for (let line = 0; line < groups; line++)
    for (let place = 0; place < places; place++) {
      const e = inData(line, place);
      kept[e] = NOTHING;
      changed[e] = line * places + place;
    }
  return [
    moved(data, `${out} data`, places, inData),
    moved(given, `${out} indices`, count, inIndices),
    moved(updates, `${out} updates`, count, inIndices),
    ...written(context, { groups, count, places }, out),
    select(out, shape, [
      { source: `${out} written`, index: changed },
      ...(kept.some((e) => e !== NOTHING) ? [{ source: data, index: kept }] : []),
    ]),
  ];
}
