// Resize (ONNX 10-19) and Upsample (7-9) to the nearest element: each axis picks elements on its own, so both expand into one Select.
// Caveat: linear and cubic interpolation are refused.
import { selectAxes } from './movement.ts';
import { expanding, type NodeContext } from './operator.ts';

/** coordinate in the input of coordinate x of the result, before rounding */
function coordinate(context: NodeContext, mode: string): (x: number, scale: number, from: number, to: number) => number {
  switch (mode) {
    case 'half_pixel':
      return (x, scale) => (x + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return (x, scale, _, to) => (to > 1 ? (x + 0.5) / scale - 0.5 : 0);
    case 'align_corners':
      return (x, _, from, to) => (to > 1 ? (x * (from - 1)) / (to - 1) : 0);
    case 'asymmetric':
      return (x, scale) => x / scale;
    default:
      throw context.unsupported(`coordinate_transformation_mode "${mode}"`, 'half_pixel, pytorch_half_pixel, align_corners, asymmetric');
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

export const Resize = expanding((context) => {
  const shape = context.shape(0);
  const upsample = context.node.operator === 'Upsample';
  const old = upsample || context.opset < 11;
  const mode = context.text('mode', 'nearest');
  if (mode !== 'nearest') throw context.unsupported(`mode "${mode}"`, 'nearest');
  const listed = (i: number, name: string): Float64Array | undefined => {
    if (!context.has(i)) return undefined;
    const { data } = context.constant(i, name);
    return data.length ? data : undefined;
  };
  const attribute = context.node.attributes.get('scales');
  const given = old ? (Array.isArray(attribute) ? Float64Array.from(attribute as number[]) : listed(1, 'scales')) : listed(2, 'scales');
  const sizes = old ? undefined : listed(3, 'sizes');
  const axes = (context.integers('axes') ?? shape.map((_, axis) => axis)).map((axis) => context.axis(axis, shape.length));
  const list = given ?? sizes;
  if (!list || list.length !== axes.length) throw context.invalid('"scales" or "sizes" must have one value an axis');
  if (sizes && context.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw context.unsupported('keep_aspect_ratio_policy', 'stretch');
  const place = coordinate(context, old ? 'asymmetric' : context.text('coordinate_transformation_mode', 'half_pixel'));
  const round = rounding(context, old ? 'floor' : context.text('nearest_mode', 'round_prefer_floor'));
  const kept = shape.map((from, axis) => {
    const i = axes.indexOf(axis);
    if (i < 0) return Array.from({ length: from }, (_, x) => x);
    const to = given ? Math.floor(from * given[i]!) : sizes![i]!;
    const scale = given ? given[i]! : to / from;
    if (!(to >= 1 && to <= 2 ** 24 && scale > 0)) throw context.invalid(`axis ${axis} of ${from} becomes ${to}`);
    return Array.from({ length: to }, (_, x) => Math.min(Math.max(round(place(x, scale, from, to)), 0), from - 1));
  });
  return [selectAxes(context.node.outputs[0]!, context.node.inputs[0]!, shape, kept)];
});
