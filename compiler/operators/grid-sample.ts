// GridSample (ONNX 16-22) and AffineGrid (20). Where the grid is constant, each element of the result is a fixed sum of few pixels: one matrix, or a move for each
// corner. A computed grid has a weight for each place of an axis, which is a function of the coordinate alone, and the sums are taken axis by axis.
// Source: the reference of onnx.ai/onnx/operators (GridSample), onnxruntime's for coordinates that are reflected.
// Caveat: a computed grid of volumes is refused, and so is one that needs many products; nearest pixels flip where a coordinate is half way.
import { listOf, placesOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, real, type Shape, stridesOf } from '../onnx/tensor.ts';
import { integers } from './along.ts';
import { cubic, linear } from './interpolation.ts';
import { integersOf, selectAxes } from './movement.ts';
import { type ExpandedNode, entryOf, expanding, type NodeContext, pointwise } from './operator.ts';
import { NOTHING, select } from './select.ts';

type Method = 'linear' | 'nearest' | 'cubic';
type Padding = 'zeros' | 'border' | 'reflection';
interface Sampling {
  method: Method;
  padding: Padding;
  aligned: boolean;
}

const METHODS: Readonly<Record<string, Method>> = {
  bilinear: 'linear',
  linear: 'linear',
  nearest: 'nearest',
  bicubic: 'cubic',
  cubic: 'cubic',
};
const PADDINGS: readonly string[] = ['zeros', 'border', 'reflection'];
/** Keys' parameter, as the operator says */
const CUBIC = -0.75;
/** pixels beyond the coordinate's own that count */
const REACH: Readonly<Record<Method, number>> = { nearest: 0, linear: 1, cubic: 2 };
/** entries of the matrix of a constant grid; a larger one moves its corners */
const MAX_MATRIX = 2 ** 18;
/** products of weights and pixels that a computed grid may need */
const MAX_PRODUCTS = 2 ** 16;

const kernel = (method: Method, x: number): number => (method === 'cubic' ? cubic(x, CUBIC) : linear(x));

function samplingOf(context: NodeContext): Sampling {
  const [mode, padding] = [context.text('mode', 'linear'), context.text('padding_mode', 'zeros')];
  const method = entryOf(METHODS, mode);
  if (!method) throw context.invalid(`mode "${mode}"`);
  if (!PADDINGS.includes(padding)) throw context.invalid(`padding_mode "${padding}"`);
  return { method, padding: padding as Padding, aligned: context.integer('align_corners', 0) !== 0 };
}

/** coordinates between which an axis is reflected */
const ends = ({ aligned }: Sampling, size: number): readonly [number, number] => (aligned ? [0, size - 1] : [-0.5, size - 0.5]);

/** The number mirrored at both ends until it is between them. */
function mirrored(x: number, [low, high]: readonly [number, number]): number {
  const range = high - low;
  if (range <= 0) return low;
  const over = (((x - low) % (2 * range)) + 2 * range) % (2 * range);
  return low + (over <= range ? over : 2 * range - over);
}

/** Pixel that stands at a place of an axis, which may lie outside it. */
function pixelAt(sampling: Sampling, place: number, size: number): number {
  if (place >= 0 && place < size) return place;
  if (sampling.padding === 'zeros') return NOTHING;
  const inside = sampling.padding === 'reflection' ? Math.round(mirrored(place, ends(sampling, size))) : place;
  return Math.min(Math.max(inside, 0), size - 1);
}

/** Place of a coordinate of the grid on an axis, in single precision, in which the runtime decides which pixel is nearest. */
function placeOn(sampling: Sampling, coordinate: number, size: number): number {
  const f = Math.fround;
  const next = f(coordinate + 1);
  const place = sampling.aligned ? f(f(next / 2) * (size - 1)) : f(f(f(next * size) - 1) / 2);
  return sampling.padding === 'reflection' ? mirrored(place, ends(sampling, size)) : place;
}

/** halves to the even number */
const nearestTo = (x: number): number => {
  const below = Math.floor(x);
  return x - below < 0.5 || (x - below === 0.5 && below % 2 === 0) ? below : below + 1;
};

/** Pixels of an axis with their weights at a coordinate of the grid. */
function pixelsAt(sampling: Sampling, coordinate: number, size: number): { at: number; weight: number }[] {
  const { method } = sampling;
  const place = placeOn(sampling, coordinate, size);
  if (!Number.isFinite(place)) return [];
  if (method === 'nearest') return [{ at: pixelAt(sampling, nearestTo(place), size), weight: 1 }];
  const first = Math.floor(place) - REACH[method] + 1;
  return listOf(2 * REACH[method], (i) => ({ at: pixelAt(sampling, first + i, size), weight: kernel(method, place - first - i) }));
}

/** samples, channels, sizes of the pixels, sizes of the result */
function sizesOf(context: NodeContext): { count: number; channels: number; from: Shape; to: Shape } {
  const [x, grid] = [context.shape(0), context.shape(1)];
  const axes = x.length - 2;
  if (axes < 1 || grid.length !== x.length || grid.at(-1) !== axes || grid[0] !== x[0])
    throw context.invalid(`a grid of shape [${grid}] for an input of shape [${x}]`);
  return { count: x[0]!, channels: x[1]!, from: x.slice(2), to: grid.slice(1, -1) };
}

/** A grid that is known: every element of the result is the sum of its corners, as one matrix for all channels or a move for each corner. */
function knownGrid(context: NodeContext, sampling: Sampling): ExpandedNode[] {
  const { count, channels, from, to } = sizesOf(context);
  const { data } = context.constant(1, 'grid');
  const [pixels, points, axes] = [elementsOf(from), elementsOf(to), from.length];
  const [[x], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  const result = [count, channels, ...to];
  /** corners of a point: pixel, or NOTHING, and weight. The grid's coordinates are in the order of the last axis first. */
  const corners = listOf(count * points, (point) => {
    let list = [{ at: 0, weight: 1 }];
    for (const [axis, size] of from.entries()) {
      const found = pixelsAt(sampling, data[point * axes + (axes - 1 - axis)]!, size);
      list = list.flatMap((corner) =>
        found.map(({ at, weight }) => ({
          at: at === NOTHING || corner.at === NOTHING ? NOTHING : corner.at * size + at,
          weight: corner.weight * weight,
        })),
      );
    }
    return list;
  });
  const same = listOf(count * points * axes, (i) => data[i] === data[i % (points * axes)]).every(Boolean);
  if (same && pixels * points <= MAX_MATRIX) {
    const matrix = realsOf(pixels * points);
    for (const [point, list] of corners.slice(0, points).entries())
      for (const { at, weight } of list) if (at !== NOTHING) matrix[at * points + point]! += weight;
    return [
      { operator: 'Reshape', inputs: [x, integers(count * channels, pixels)], outputs: [`${out} pixels`] },
      { operator: 'MatMul', inputs: [`${out} pixels`, real([pixels, points], matrix)], outputs: [`${out} points`] },
      { operator: 'Reshape', inputs: [`${out} points`, integers(...result)], outputs: [out] },
    ];
  }
  const most = Math.max(...corners.map((list) => list.length));
  const all = count * channels * points;
  const pointOf = (e: number): number => Math.floor(e / (channels * points)) * points + (e % points);
  const nodes: ExpandedNode[] = [];
  for (let c = 0; c < most; c++) {
    const index = placesOf(all, (e) => {
      const corner = corners[pointOf(e)]![c];
      return !corner || corner.at === NOTHING || corner.weight === 0 ? NOTHING : Math.floor(e / points) * pixels + corner.at;
    });
    const weights = realsOf(all, (e) => corners[pointOf(e)]![c]?.weight ?? 0);
    nodes.push(select(`${out} corner ${c}`, result, [{ source: x, index }]));
    nodes.push({ operator: 'Mul', inputs: [`${out} corner ${c}`, real(result, weights)], outputs: [`${out} part ${c}`] });
  }
  return [...nodes, { operator: 'Sum', inputs: listOf(most, (c) => `${out} part ${c}`), outputs: [out] }];
}

/** a coordinate mirrored at both ends of an axis; expansions use it */
export const Mirrored = pointwise((context) => {
  const [low, high] = [context.float('low', 0), context.float('high', 0)];
  return { name: `Mirrored(${low}, ${high})`, apply: (x) => mirrored(x, [low, high]) };
});

/** weight of a pixel by its distance; expansions use it */
export const PixelWeight = pointwise((context) => {
  const method: Method = context.text('method', 'linear') === 'cubic' ? 'cubic' : 'linear';
  return { name: `weight of a pixel (${method})`, apply: (x) => kernel(method, x) };
});

/**
 * Weights [points, places] of an axis that has `places`, the first of them at `first`.
 * @param coordinates [points] of the grid
 */
function axisWeights(
  sampling: Sampling,
  { size, first, places, points }: { size: number; first: number; places: number; points: number },
  coordinates: string,
  out: string,
): ExpandedNode[] {
  const { method, padding, aligned } = sampling;
  const n = (what: string): string => `${out} ${what}`;
  const scalar = (x: number) => real([], Float64Array.of(x));
  const factor = aligned ? (size - 1) / 2 : size / 2;
  const [low, high] = ends(sampling, size);
  // beyond its reach no pixel counts, however far; and with a border all pixels are the last one
  const reach = padding === 'border' ? Math.max(REACH[method] - 1, 0) : Math.max(REACH[method], 1);
  const [least, most] = [-reach, size - 1 + reach];
  const confined: ExpandedNode =
    padding === 'reflection'
      ? { operator: 'Mirrored', inputs: [n('place')], outputs: [n('inside')], attributes: { low, high }, known: { within: [low, high] } }
      : { operator: 'Clip', inputs: [n('place'), scalar(least), scalar(most)], outputs: [n('inside')], known: { within: [least, most] } };
  const nearest: ExpandedNode[] = method === 'nearest' ? [{ operator: 'Round', inputs: [n('inside')], outputs: [n('nearest')] }] : [];
  const at = method === 'nearest' ? n('nearest') : n('inside');
  return [
    { operator: 'Mul', inputs: [coordinates, scalar(factor)], outputs: [n('scaled')] },
    { operator: 'Add', inputs: [n('scaled'), scalar((size - 1) / 2)], outputs: [n('place')] },
    confined,
    ...nearest,
    { operator: 'Reshape', inputs: [at, integers(points, 1)], outputs: [n('column')] },
    {
      operator: 'Sub',
      inputs: [
        n('column'),
        real(
          [1, places],
          realsOf(places, (i) => first + i),
        ),
      ],
      outputs: [n('distance')],
    },
    {
      operator: 'PixelWeight',
      inputs: [n('distance')],
      outputs: [out],
      attributes: { method: method === 'cubic' ? 'cubic' : 'linear' },
      known: { within: method === 'cubic' ? [-0.25, 1] : [0, 1] },
    },
  ];
}

/** A computed grid: pixels times the weights of their column, summed along rows; then times the weights of their row, and summed again. */
function computedGrid(context: NodeContext, sampling: Sampling): ExpandedNode[] {
  const { count, channels, from, to } = sizesOf(context);
  if (from.length !== 2) throw context.unsupported(`a computed grid for ${from.length} axes`, 'two axes, or a constant grid');
  const [[x, grid], [out]] = [context.node.inputs as [string, string], context.node.outputs as [string]];
  const points = elementsOf(to);
  // pixels outside stand beside the others where they count
  const beyond = sampling.padding === 'zeros' ? 0 : REACH[sampling.method];
  const [height, width] = from.map((size) => size + 2 * beyond) as [number, number];
  const products = count * points * (channels * height + width + height);
  if (products > MAX_PRODUCTS)
    throw context.unsupported(
      `a computed grid of ${points} points for ${channels} channels of ${from.join(' × ')} pixels needs ${products} products`,
      `at most ${MAX_PRODUCTS}, or a constant grid`,
    );
  const n = (what: string): string => `${out} ${what}`;
  const placesIn = (size: number): number[] => listOf(size + 2 * beyond, (i) => pixelAt(sampling, i - beyond, size));
  const all = (size: number): number[] => listOf(size, (i) => i);
  // weights that are no less than zero and sum to one at most leave the range of the pixels
  const between = sampling.method === 'cubic' ? {} : { known: { like: [x] } };
  const nodes: ExpandedNode[] = [
    selectAxes(n('padded'), x, context.shape(0), [all(count), all(channels), placesIn(from[0]!), placesIn(from[1]!)]),
  ];
  for (let sample = 0; sample < count; sample++) {
    const own = (what: string): string => n(`${what} ${sample}`);
    const coordinates = (axis: number): ExpandedNode =>
      select(own(`grid ${axis}`), [points], [{ source: grid, index: placesOf(points, (i) => (sample * points + i) * 2 + axis) }]);
    const size = channels * height * width;
    nodes.push(
      coordinates(0),
      coordinates(1),
      ...axisWeights(sampling, { size: from[1]!, first: -beyond, places: width, points }, own('grid 0'), own('columns')),
      ...axisWeights(sampling, { size: from[0]!, first: -beyond, places: height, points }, own('grid 1'), own('rows')),
      select(own('pixels'), [channels * height, width], [{ source: n('padded'), index: placesOf(size, (i) => sample * size + i) }]),
      { operator: 'Transpose', inputs: [own('columns')], outputs: [own('columns turned')], attributes: { perm: [1, 0] } },
      { operator: 'MatMul', inputs: [own('pixels'), own('columns turned')], outputs: [own('in rows')], ...between },
      { operator: 'Reshape', inputs: [own('in rows'), integers(channels, height, points)], outputs: [own('rows of channels')] },
      { operator: 'Transpose', inputs: [own('rows')], outputs: [own('rows turned')], attributes: { perm: [1, 0] } },
      { operator: 'Mul', inputs: [own('rows of channels'), own('rows turned')], outputs: [own('products')] },
      { operator: 'ReduceSum', inputs: [own('products'), integers(1)], outputs: [own('points')], attributes: { keepdims: 0 }, ...between },
    );
  }
  const parts = listOf(count, (sample) => n(`points ${sample}`));
  const [only] = parts;
  const together: ExpandedNode[] =
    count === 1 ? [] : [{ operator: 'Concat', inputs: parts, outputs: [n('all points')], attributes: { axis: 0 } }];
  return [
    ...nodes,
    ...together,
    {
      operator: 'Reshape',
      inputs: [count === 1 ? only! : n('all points'), integers(count, channels, ...to)],
      outputs: [out],
    },
  ];
}

export const GridSample = expanding((context) => {
  const sampling = samplingOf(context);
  const { from } = sizesOf(context);
  if (sampling.method === 'cubic' && from.length !== 2) throw context.unsupported(`cubic sampling of ${from.length} axes`, 'two axes');
  return context.constants[1] ? knownGrid(context, sampling) : computedGrid(context, sampling);
});

/** the grid of an affine map: its matrix times the coordinates of every point of the result */
export const AffineGrid = expanding((context) => {
  const size = integersOf(context, 1, 'size');
  const to = size.slice(2);
  const [count, axes] = [size[0]!, to.length];
  if (size.some((length) => length < 1) || context.shape(0).join() !== [count, axes, axes + 1].join() || axes < 1)
    throw context.invalid(`theta of shape [${context.shape(0)}] for size [${size}]`);
  const aligned = context.integer('align_corners', 0) !== 0;
  const points = elementsOf(to);
  const steps = stridesOf(to);
  const coordinate = (point: number, axis: number): number => {
    const [place, length] = [Math.floor(point / steps[axis]!) % to[axis]!, to[axis]!];
    if (aligned) return length === 1 ? 0 : (2 * place) / (length - 1) - 1;
    return (2 * place + 1) / length - 1;
  };
  // [axes, the last one first, and one; points]
  const base = realsOf((axes + 1) * points, (i) => {
    const axis = Math.floor(i / points);
    return axis === axes ? 1 : coordinate(i % points, axes - 1 - axis);
  });
  const [[theta], [out]] = [context.node.inputs as [string], context.node.outputs as [string]];
  return [
    { operator: 'Reshape', inputs: [theta, integers(count * axes, axes + 1)], outputs: [`${out} rows`] },
    { operator: 'MatMul', inputs: [`${out} rows`, real([axes + 1, points], base)], outputs: [`${out} product`] },
    { operator: 'Reshape', inputs: [`${out} product`, integers(count, axes, points)], outputs: [`${out} by axis`] },
    { operator: 'Transpose', inputs: [`${out} by axis`], outputs: [`${out} points`], attributes: { perm: [0, 2, 1] } },
    { operator: 'Reshape', inputs: [`${out} points`, integers(count, ...to, axes)], outputs: [out] },
  ];
});
