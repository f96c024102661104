// Operators that move elements: Slice (ONNX 1-13), Gather, GatherElements, Concat, Split, Pad, Expand, Tile, Trilu. Each expands into Select.
// Caveat: indices, pads and sizes must be known when compiling; a move that is no relabelling costs a relayout of every element.
import { listOf, placesOf, realsOf } from '../onnx/budget.ts';
import { broadcastIndex, broadcastShape, elementsOf, type Shape, stridesOf, type Tensor, walk } from '../onnx/tensor.ts';
import { type ExpandedNode, expanding, type NodeContext, type Operator, pointwise } from './operator.ts';
import { NOTHING, select } from './select.ts';
import { gatheredRows } from './table-rows.ts';

/** whole numbers of a constant input */
export const integersOf = (context: NodeContext, i: number, name: string): number[] => {
  const { data } = context.constant(i, name);
  const list = listOf(data.length, (e) => data[e]!);
  if (list.some((x) => !Number.isInteger(x))) throw context.invalid(`"${name}" has a value that is no integer`);
  return list;
};

/** For every element of `shape` the coordinates' images: the sum of one table entry an axis, or NOTHING where an entry is negative. */
export function separable(shape: Shape, tables: readonly ArrayLike<number>[]): Int32Array {
  const index = placesOf(elementsOf(shape));
  const place = new Array<number>(shape.length).fill(0);
  for (let e = 0; e < index.length; e++) {
    let at = 0;
    for (let axis = 0; axis < place.length && at >= 0; axis++) {
      const step = tables[axis]![place[axis]!]!;
      at = step < 0 ? NOTHING : at + step;
    }
    index[e] = at;
    for (let axis = place.length - 1; axis >= 0; axis--) {
      if (++place[axis]! < shape[axis]!) break;
      place[axis] = 0;
    }
  }
  return index;
}

/** Which coordinate of the input each coordinate of the result has, one list an axis (negative: none), as one Select. */
export function selectAxes(
  out: string,
  source: string | Tensor,
  from: Shape,
  axes: readonly (readonly number[])[],
  fill?: number,
): ExpandedNode {
  const shape = axes.map((list) => list.length);
  const steps = stridesOf(from);
  const index = separable(
    shape,
    axes.map((list, axis) => list.map((x) => (x < 0 ? NOTHING : x * steps[axis]!))),
  );
  const parts: { source: string | Tensor; index: ArrayLike<number> }[] = [{ source, index }];
  if (fill) {
    const constant: Tensor = { shape: [], data: Float64Array.of(fill), kind: 'real' };
    parts.push({ source: constant, index: index.map((at) => (at === NOTHING ? 0 : NOTHING)) });
  }
  return select(out, shape, parts);
}

const range = (count: number): number[] => listOf(count, (i) => i);
const output = (context: NodeContext): string => context.node.outputs[0]!;
const input = (context: NodeContext): string => context.node.inputs[0]!;

export const Slice = expanding((context) => {
  const shape = context.shape(0);
  const old = context.opset < 10;
  const list = (name: string, i: number): number[] | undefined =>
    old ? context.integers(name) : context.has(i) ? integersOf(context, i, name) : undefined;
  const [starts, ends] = [list('starts', 1), list('ends', 2)];
  if (!starts || !ends || starts.length !== ends.length) throw context.invalid('"starts" and "ends" must have one value an axis');
  const axes = (list('axes', 3) ?? range(starts.length)).map((axis) => context.axis(axis, shape.length));
  const steps = old ? starts.map(() => 1) : (list('steps', 4) ?? starts.map(() => 1));
  if (axes.length !== starts.length || steps.length !== starts.length)
    throw context.invalid('"axes" or "steps" of another length than "starts"');
  const kept = shape.map(range);
  for (const [i, axis] of axes.entries()) {
    const [size, step] = [shape[axis]!, steps[i]!];
    if (step === 0) throw context.invalid('a step of 0');
    const bound = (x: number, least: number, most: number): number => Math.min(Math.max(x < 0 ? x + size : x, least), most);
    const [start, end] =
      step > 0 ? [bound(starts[i]!, 0, size), bound(ends[i]!, 0, size)] : [bound(starts[i]!, 0, size - 1), bound(ends[i]!, -1, size - 1)];
    kept[axis] = range(Math.max(0, Math.ceil((end - start) / step))).map((k) => start + k * step);
  }
  return [selectAxes(output(context), input(context), shape, kept)];
});

/** @returns the index counted from 0 */
function placed(context: NodeContext, index: number, size: number): number {
  if (!Number.isInteger(index) || index < -size || index >= size) throw context.invalid(`index ${index} on an axis of ${size}`);
  return index < 0 ? index + size : index;
}

const gatherMoved = expanding((context) => {
  const shape = context.shape(0);
  const axis = context.axis(context.integer('axis', 0), shape.length);
  const indices = context.constant(1, 'indices');
  const chosen = Array.from(indices.data, (at) => placed(context, at, shape[axis]!));
  const moved = `${output(context)} gathered`;
  const whole = selectAxes(
    moved,
    input(context),
    shape,
    shape.map((size, i) => (i === axis ? chosen : range(size))),
  );
  const result = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  return [{ ...whole, inputs: [whole.inputs[0]!, { ...(whole.inputs[1] as Tensor), shape: result }], outputs: [output(context)] }];
});

/** more entries than this cannot be told apart by a stored integer with certainty */
const MAX_LOOKED_UP = 256;
/** products that one computed GatherElements may need */
const MAX_PRODUCTS = 2 ** 14;

/** A list of constants at computed indices is a function of one number, a larger table a matrix product; constant indices move elements. */
export const Gather: Operator = {
  ...pointwise((context) => {
    const { data, kind } = context.constant(0, 'data');
    return {
      result: kind,
      name: `Gather of ${data.length}`,
      apply: (x) => {
        const at = Math.min(Math.max(Math.round(x), -data.length), data.length - 1);
        return data[at < 0 ? at + data.length : at]!;
      },
      jumps: true,
      domain: { low: -data.length, plain: 0, high: data.length - 1 },
    };
  }, 1),
  expand: (context) => {
    if (context.constants[1]) return gatherMoved.expand!(context);
    const shape = context.shape(0);
    if (context.constants[0] && shape.length === 1 && shape[0]! <= MAX_LOOKED_UP) return undefined;
    return gatheredRows(context, shape, context.axis(context.integer('axis', 0), shape.length));
  },
};

/** 1 where an index, minus the one looked for, is zero; indices from -size on count from the end, and `strict` allows no others */
export const Near = pointwise((context) => {
  const size = context.integer('size', 0);
  return {
    name: `index of ${size}`,
    apply: (x) => (Math.abs(x) < 0.5 || Math.abs(x + size) < 0.5 ? 1 : 0),
    jumps: true,
    result: 'integer',
    // the places looked for are all from 0 to size - 1
    ...(context.integer('strict', 1) ? { domain: { low: 1 - 2 * size, plain: 1 - size, high: size - 1 } } : {}),
  };
});

/** Computed indices: every element times whether its index is the wanted one, summed along the axis. */
function lookedUp(context: NodeContext, axis: number): ExpandedNode[] {
  const [shape, wanted] = [context.shape(0), context.shape(1)];
  const size = shape[axis]!;
  const wide = [...wanted, size];
  if (size > MAX_LOOKED_UP || elementsOf(wide) > MAX_PRODUCTS)
    throw context.unsupported(`computed indices of shape [${wanted}] on an axis of ${size}`, `at most ${MAX_PRODUCTS} products`);
  const steps = stridesOf(shape);
  const values = walk(wide, [...steps.map((step, i) => (i === axis ? 0 : step)), steps[axis]!]);
  const indices = walk(wide, [...stridesOf(wanted), 0]);
  const [out] = context.node.outputs as [string];
  const places: Tensor = { shape: [size], data: realsOf(size, (v) => v), kind: 'integer' };
  return [
    select(`${out} index`, wide, [{ source: context.node.inputs[1]!, index: indices }]),
    { operator: 'Sub', inputs: [`${out} index`, places], outputs: [`${out} distance`] },
    { operator: 'Near', inputs: [`${out} distance`], outputs: [`${out} chosen`], attributes: { size } },
    select(`${out} values`, wide, [{ source: context.node.inputs[0]!, index: values }]),
    { operator: 'Mul', inputs: [`${out} values`, `${out} chosen`], outputs: [`${out} products`], known: { reached: true } },
    {
      operator: 'ReduceSum',
      inputs: [`${out} products`],
      outputs: [out],
      attributes: { axes: [wanted.length], keepdims: 0 },
      known: { like: [context.node.inputs[0]!] },
    },
  ];
}

export const GatherElements = expanding((context) => {
  const shape = context.shape(0);
  const axis = context.axis(context.integer('axis', 0), shape.length);
  if (!context.constants[1]) {
    const given = context.shape(1);
    if (given.length !== shape.length || given.some((size, i) => i !== axis && size > shape[i]!))
      throw context.invalid(`indices of shape [${given}] for an input of shape [${shape}]`);
    return lookedUp(context, axis);
  }
  const indices = context.constant(1, 'indices');
  if (indices.shape.length !== shape.length || indices.shape.some((size, i) => i !== axis && size > shape[i]!))
    throw context.invalid(`indices of shape [${indices.shape}] for an input of shape [${shape}]`);
  const steps = stridesOf(shape);
  const rest = walk(
    indices.shape,
    steps.map((step, i) => (i === axis ? 0 : step)),
  );
  const index = rest.map((at, e) => at + placed(context, indices.data[e]!, shape[axis]!) * steps[axis]!);
  return [select(output(context), indices.shape, [{ source: input(context), index }])];
});

export const Concat = expanding((context) => {
  const shapes = context.node.inputs.map((_, i) => context.shape(i));
  const [first] = shapes;
  if (!first) throw context.invalid('it has no input');
  const axis = context.axis(context.integer('axis', 1), first.length);
  for (const shape of shapes)
    if (shape.length !== first.length || shape.some((size, i) => i !== axis && size !== first[i]))
      throw context.invalid(`shapes [${first}] and [${shape}] differ on another axis than ${axis}`);
  const total = shapes.reduce((sum, shape) => sum + shape[axis]!, 0);
  const result = first.map((size, i) => (i === axis ? total : size));
  let start = 0;
  const parts = shapes.map((shape, i) => {
    const steps = stridesOf(shape);
    const from = start;
    start += shape[axis]!;
    const index = separable(
      result,
      result.map((size, a) =>
        range(size).map((x) => {
          const at = a === axis ? x - from : x;
          return at >= 0 && at < shape[a]! ? at * steps[a]! : NOTHING;
        }),
      ),
    );
    return { source: context.node.inputs[i]!, index };
  });
  return [
    select(
      output(context),
      result,
      parts.filter((_, i) => elementsOf(shapes[i]!) > 0),
    ),
  ];
});

export const Split = expanding((context) => {
  const shape = context.shape(0);
  const axis = context.axis(context.integer('axis', 0), shape.length);
  const outputs = context.node.outputs;
  const size = shape[axis]!;
  const given = context.opset < 13 ? context.integers('split') : context.has(1) ? integersOf(context, 1, 'split') : undefined;
  const share = Math.ceil(size / context.integer('num_outputs', outputs.length));
  const sizes = given ?? outputs.map((_, i) => Math.min(share, size - i * share));
  if (sizes.length !== outputs.length || sizes.some((x) => x < 0) || sizes.reduce((a, b) => a + b, 0) !== size)
    throw context.invalid(`parts of ${sizes} for an axis of ${size} and ${outputs.length} outputs`);
  let start = 0;
  return outputs.flatMap((name, i) => {
    const from = start;
    start += sizes[i]!;
    if (name === '') return [];
    if (sizes[i] === 0) {
      const empty: Tensor = { shape: shape.map((length, a) => (a === axis ? 0 : length)), data: realsOf(0), kind: 'real' };
      return [{ operator: 'Identity', inputs: [empty], outputs: [name] }];
    }
    return [
      selectAxes(
        name,
        input(context),
        shape,
        shape.map((length, a) => (a === axis ? range(sizes[i]!).map((x) => x + from) : range(length))),
      ),
    ];
  });
});

export const Pad = expanding((context) => {
  const shape = context.shape(0);
  const old = context.opset < 11;
  const rank = shape.length;
  const given = old ? context.integers('pads') : integersOf(context, 1, 'pads');
  const axes = !old && context.has(3) ? integersOf(context, 3, 'axes').map((axis) => context.axis(axis, rank)) : range(rank);
  if (!given || given.length !== 2 * axes.length) throw context.invalid('"pads" must have two values an axis');
  const fill = old ? context.float('value', 0) : context.has(2) ? context.constant(2, 'constant_value').data[0]! : 0;
  const mode = context.text('mode', 'constant');
  if (!['constant', 'reflect', 'edge', 'wrap'].includes(mode)) throw context.invalid(`mode "${mode}"`);
  const kept = shape.map(range);
  for (const [i, axis] of axes.entries()) {
    const size = shape[axis]!;
    const [before, after] = [given[i]!, given[i + axes.length]!];
    if (size + before + after < 1) throw context.unsupported(`pads [${given}] leave nothing of [${shape}]`);
    if (mode === 'reflect' && Math.max(before, after) >= size) throw context.invalid(`pads [${given}] reflect more than there is`);
    kept[axis] = range(size + before + after).map((x) => {
      const at = x - before;
      if (at >= 0 && at < size) return at;
      if (mode === 'constant') return NOTHING;
      if (mode === 'edge') return at < 0 ? 0 : size - 1;
      if (mode === 'wrap') return ((at % size) + size) % size;
      return at < 0 ? -at : 2 * (size - 1) - at;
    });
  }
  return [selectAxes(output(context), input(context), shape, kept, mode === 'constant' ? fill : 0)];
});

const broadcasting = (wanted: (context: NodeContext) => Shape): Operator =>
  expanding((context) => {
    const result = wanted(context);
    return [select(output(context), result, [{ source: input(context), index: broadcastIndex(context.shape(0), result) }])];
  });

export const Expand = broadcasting((context) => broadcastShape(context.shape(0), integersOf(context, 1, 'shape'), context.where));

export const Tile = expanding((context) => {
  const shape = context.shape(0);
  const repeats = integersOf(context, 1, 'repeats');
  if (repeats.length !== shape.length || repeats.some((x) => x < 1)) throw context.invalid(`repeats [${repeats}] of [${shape}]`);
  return [
    selectAxes(
      output(context),
      input(context),
      shape,
      shape.map((size, axis) => range(size * repeats[axis]!).map((x) => x % size)),
    ),
  ];
});

export const Trilu = expanding((context) => {
  const shape = context.shape(0);
  if (shape.length < 2) throw context.invalid('the input has fewer than two axes');
  const k = context.has(1) ? integersOf(context, 1, 'k')[0]! : 0;
  const upper = context.integer('upper', 1) !== 0;
  const columns = shape.at(-1)!;
  const rows = shape.at(-2)!;
  const index = placesOf(elementsOf(shape), (e) => {
    const [row, column] = [Math.floor(e / columns) % rows, e % columns];
    return (upper ? column - row >= k : column - row <= k) ? e : NOTHING;
  });
  return [select(output(context), shape, [{ source: input(context), index }])];
});
