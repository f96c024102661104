// Resize (ONNX 10-19) and Upsample (7-9): to the nearest element each axis picks elements, so all axes together are one Select; linear and cubic
// interpolation are one constant matrix an axis. Caveat: tf_crop_and_resize needs a constant region.
import { listOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, real } from '../onnx/tensor.ts';
import { along } from './along.ts';
import { type Interpolation, interpolationMatrix } from './interpolation.ts';
import { selectAxes } from './movement.ts';
import { type ExpandedNode, expanding, type NodeContext } from './operator.ts';

/** One axis: its sizes, the factor between them, and the coordinate in the input of each coordinate of the result. */
interface ResizedAxis {
  axis: number;
  from: number;
  to: number;
  scale: number;
  place: (x: number) => number;
}

/** @param region start and end of the axis, as shares of it */
function coordinate(
  context: NodeContext,
  mode: string,
  { from, to, scale }: Omit<ResizedAxis, 'place'>,
  region: readonly [number, number],
): (x: number) => number {
  switch (mode) {
    case 'half_pixel':
      return (x) => (x + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': {
      const exact = scale * from;
      const offset = (from / 2) * (1 - to / exact);
      return (x) => offset + (x + 0.5) / scale - 0.5;
    }
    case 'pytorch_half_pixel':
      return (x) => (to > 1 ? (x + 0.5) / scale - 0.5 : 0);
    case 'align_corners':
      return (x) => (from * scale > 1 ? (x * (from - 1)) / (from * scale - 1) : 0);
    case 'asymmetric':
      return (x) => x / scale;
    case 'tf_half_pixel_for_nn':
      return (x) => (x + 0.5) / scale;
    case 'tf_crop_and_resize': {
      const [start, end] = region;
      return (x) => (to > 1 ? start * (from - 1) + (x * (end - start) * (from - 1)) / (to - 1) : 0.5 * (start + end) * (from - 1));
    }
    default:
      throw context.unsupported(`coordinate_transformation_mode "${mode}"`, 'the modes of operator set 19');
  }
}

function rounding(context: NodeContext, mode: string): (x: number) => number {
  switch (mode) {
    case 'round_prefer_floor':
      return (x) => Math.ceil(x - 0.5);
    case 'round_prefer_ceil':
      return (x) => Math.floor(x + 0.5);
    case 'floor':
      return Math.floor;
    case 'ceil':
      return Math.ceil;
    default:
      throw context.invalid(`nearest_mode "${mode}"`);
  }
}

/** Axes that the node resizes. */
function resizedAxes(context: NodeContext): ResizedAxis[] {
  const shape = context.shape(0);
  const old = context.node.operator === 'Upsample' || context.opset < 11;
  const listed = (i: number, name: string): number[] | undefined => {
    if (!context.has(i)) return undefined;
    const { data } = context.constant(i, name);
    return data.length ? [...data] : undefined;
  };
  const attribute = context.node.attributes.get('scales');
  const given = old ? (Array.isArray(attribute) ? (attribute as number[]) : listed(1, 'scales')) : listed(2, 'scales');
  const sizes = old || given ? undefined : listed(3, 'sizes');
  const axes = (context.integers('axes') ?? shape.map((_, axis) => axis)).map((axis) => context.axis(axis, shape.length));
  const list = given ?? sizes;
  if (!list || list.length !== axes.length) throw context.invalid('"scales" or "sizes" must have one value an axis');
  const policy = context.text('keep_aspect_ratio_policy', 'stretch');
  if (!['stretch', 'not_larger', 'not_smaller'].includes(policy)) throw context.invalid(`keep_aspect_ratio_policy "${policy}"`);
  const ratios = axes.map((axis, i) => list[i]! / shape[axis]!);
  const common = !sizes || policy === 'stretch' ? undefined : policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  const mode = old ? 'asymmetric' : context.text('coordinate_transformation_mode', 'half_pixel');
  const roi = mode === 'tf_crop_and_resize' ? (listed(1, 'roi') ?? []) : [];
  if (mode === 'tf_crop_and_resize' && roi.length !== 2 * axes.length) throw context.invalid('"roi" must have two values an axis');
  return axes.map((axis, i) => {
    const from = shape[axis]!;
    const scale = given ? given[i]! : (common ?? ratios[i]!);
    const to = given ? Math.floor(from * scale) : common === undefined ? sizes![i]! : Math.floor(from * common + 0.5);
    if (!(Number.isInteger(to) && to >= 1 && to <= 2 ** 24 && scale > 0)) throw context.invalid(`axis ${axis} of ${from} becomes ${to}`);
    const sized = { axis, from, to, scale };
    return { ...sized, place: coordinate(context, mode, sized, [roi[i] ?? 0, roi[i + axes.length] ?? 1]) };
  });
}

const extrapolates = (context: NodeContext): boolean =>
  context.text('coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize';

function nearest(context: NodeContext, axes: readonly ResizedAxis[]): ExpandedNode[] {
  const shape = context.shape(0);
  const old = context.node.operator === 'Upsample' || context.opset < 11;
  const round = rounding(context, old ? 'floor' : context.text('nearest_mode', 'round_prefer_floor'));
  const kept = shape.map((from, axis) => {
    const resized = axes.find((other) => other.axis === axis);
    if (!resized) return listOf(from, (x) => x);
    return listOf(resized.to, (x) => {
      const at = resized.place(x);
      if (extrapolates(context) && (at < 0 || at > from - 1)) return -1;
      return Math.min(Math.max(round(at), 0), from - 1);
    });
  });
  return [selectAxes(context.node.outputs[0]!, context.node.inputs[0]!, shape, kept, context.float('extrapolation_value', 0))];
}

function interpolated(context: NodeContext, axes: readonly ResizedAxis[], mode: 'linear' | 'cubic'): ExpandedNode[] {
  const interpolation: Interpolation = {
    mode,
    cubicCoefficient: context.float('cubic_coeff_a', -0.75),
    excludeOutside: context.integer('exclude_outside', 0) !== 0,
    antialias: context.integer('antialias', 0) !== 0,
    extrapolates: extrapolates(context),
  };
  const [out] = context.node.outputs as [string];
  let [name, shape] = [context.node.inputs[0]!, [...context.shape(0)]];
  const nodes: ExpandedNode[] = [];
  const beyond: { axis: number; outside: number[] }[] = [];
  for (const { axis, from, to, scale, place } of axes) {
    if (from === to && scale === 1 && !interpolation.extrapolates) continue;
    const { data, outside } = interpolationMatrix(interpolation, from, to, scale, place);
    if (outside.length) beyond.push({ axis, outside });
    const result = `${out} axis ${axis}`;
    nodes.push(...along(name, shape, axis, real([from, to], data), result));
    name = result;
    shape = shape.map((size, a) => (a === axis ? to : size));
  }
  const value = context.float('extrapolation_value', 0);
  if (value === 0 || beyond.length === 0) return [...nodes, { operator: 'Identity', inputs: [name], outputs: [out] }];
  const fill = realsOf(elementsOf(shape));
  for (let e = 0; e < fill.length; e++) {
    let rest = e;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const place = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (beyond.some((other) => other.axis === axis && other.outside.includes(place))) fill[e] = value;
    }
  }
  return [...nodes, { operator: 'Add', inputs: [name, real(shape, fill)], outputs: [out] }];
}

export const Resize = expanding((context) => {
  const mode = context.text('mode', 'nearest');
  const axes = resizedAxes(context);
  if (mode === 'nearest') return nearest(context, axes);
  if (mode === 'linear' || mode === 'cubic') return interpolated(context, axes, mode);
  throw context.invalid(`mode "${mode}"`);
});
