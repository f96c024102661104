// Convolutions with strides, very wide kernels or three spatial axes as plain ones: coordinates go into channels. Along an axis either the
// phases do (x mod stride), or all taps of the kernel do; ConvTranspose (ONNX 1-22) is a convolution of an image with zeros in between.
// Caveat: the image is moved element by element first, padding included.

import { LANES } from '../../vm/program/isa.ts';
import { listOf, placesOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, real, stridesOf, type Tensor } from '../onnx/tensor.ts';
import { selectAxes } from './movement.ts';
import { type ExpandedNode, expanding, type NodeContext } from './operator.ts';
import { NOTHING, select } from './select.ts';
import { spatialLists, type WindowAxis } from './window.ts';

/** How an axis is cut: into `parts` channels of `length` positions, read by `kernel` taps. */
interface Cut {
  parts: number;
  length: number;
  kernel: number;
  /** coordinate in the input, or NOTHING */
  coordinate: (part: number, position: number) => number;
  /** tap of the original kernel, or NOTHING */
  tap: (part: number, tap: number) => number;
}

const TRIVIAL: WindowAxis = { size: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, out: 1 };

function cut({ size, kernel, stride, dilation, before, out }: WindowAxis, taps: boolean): Cut {
  const inside = (at: number): number => (at >= 0 && at < size ? at : NOTHING);
  if (taps)
    return {
      parts: kernel,
      length: out,
      kernel: 1,
      coordinate: (part, x) => inside(x * stride + part * dilation - before),
      tap: (part) => part,
    };
  const extent = (kernel - 1) * dilation + 1;
  const reach = Math.ceil(extent / stride);
  return {
    parts: Math.min(stride, extent),
    length: out + reach - 1,
    kernel: reach,
    coordinate: (part, x) => inside(x * stride + part - before),
    tap: (part, t) => {
      const at = t * stride + part;
      return at % dilation === 0 && at / dilation < kernel ? at / dilation : NOTHING;
    },
  };
}

/** The convolution of a node as one with stride 1 over one or two axes. @param spatial windows of the node's axes */
export function phases(context: NodeContext, spatial: readonly WindowAxis[]): ExpandedNode[] {
  const [out] = context.node.outputs as [string];
  const shape = context.shape(0);
  const weights = context.constant(1, 'W');
  const group = context.integer('group', 1);
  const [samples, channels, outputs] = [shape[0]!, shape[1]!, weights.shape[0]!];
  if (group < 1 || channels !== group * weights.shape[1]! || outputs % group !== 0)
    throw context.invalid(`${channels} channels, weights of shape [${weights.shape}], group ${group}`);
  const axes = [...new Array<WindowAxis>(3 - spatial.length).fill(TRIVIAL), ...spatial] as [WindowAxis, WindowAxis, WindowAxis];
  const [depth, rows, columns] = axes;
  const wide = Math.ceil(((columns.kernel - 1) * columns.dilation + 1) / columns.stride) - 1 > LANES;
  const cuts = [cut(depth, true), cut(rows, false), cut(columns, wide)] as const;
  const parts = cuts[0].parts * cuts[1].parts * cuts[2].parts;
  const positions = cuts[1].length * cuts[2].length;
  // [samples · depth][channels · parts][rows][columns]
  const index = placesOf(samples * depth.out * channels * parts * positions);
  let e = 0;
  for (let n = 0; n < samples; n++)
    for (let d = 0; d < depth.out; d++)
      for (let c = 0; c < channels; c++)
        for (let part = 0; part < parts; part++) {
          const px = part % cuts[2].parts;
          const py = Math.floor(part / cuts[2].parts) % cuts[1].parts;
          const z = cuts[0].coordinate(Math.floor(part / cuts[2].parts / cuts[1].parts), d);
          const plane = ((n * channels + c) * depth.size + z) * rows.size;
          for (let y = 0; y < cuts[1].length; y++) {
            const row = cuts[1].coordinate(py, y);
            for (let x = 0; x < cuts[2].length; x++, e++) {
              const column = cuts[2].coordinate(px, x);
              index[e] = z < 0 || row < 0 || column < 0 ? NOTHING : (plane + row) * columns.size + column;
            }
          }
        }
  const perGroup = channels / group;
  const [high, wide2] = [cuts[1].kernel, cuts[2].kernel];
  const spelled = realsOf(outputs * perGroup * parts * high * wide2);
  for (let at = 0; at < spelled.length; at++) {
    const kx = at % wide2;
    const ky = Math.floor(at / wide2) % high;
    const part = Math.floor(at / wide2 / high) % parts;
    const channel = Math.floor(at / wide2 / high / parts);
    const tx = cuts[2].tap(part % cuts[2].parts, kx);
    const ty = cuts[1].tap(Math.floor(part / cuts[2].parts) % cuts[1].parts, ky);
    const tz = cuts[0].tap(Math.floor(part / cuts[2].parts / cuts[1].parts), 0);
    if (tx >= 0 && ty >= 0) spelled[at] = weights.data[((channel * depth.kernel + tz) * rows.kernel + ty) * columns.kernel + tx]!;
  }
  const flat = spatial.length === 1;
  const image = [samples * depth.out, channels * parts, ...(flat ? [] : [cuts[1].length]), cuts[2].length];
  const kernels = real([outputs, perGroup * parts, ...(flat ? [] : [high]), wide2], spelled);
  const bias = context.has(2) ? [context.node.inputs[2]!] : [];
  const convolved = spatial.length < 3 ? out : `${out} planes`;
  const nodes: ExpandedNode[] = [
    select(`${out} phases`, image, [{ source: context.node.inputs[0]!, index }]),
    { operator: 'Conv', inputs: [`${out} phases`, kernels, ...bias], outputs: [convolved], attributes: { group } },
  ];
  if (spatial.length < 3) return nodes;
  const split = [samples, depth.out, outputs, rows.out, columns.out];
  const sizes: Tensor = { shape: [5], data: Float64Array.from(split), kind: 'integer' };
  return [
    ...nodes,
    { operator: 'Reshape', inputs: [convolved, sizes], outputs: [`${out} volume`] },
    { operator: 'Transpose', inputs: [`${out} volume`], outputs: [out], attributes: { perm: [0, 2, 1, 3, 4] } },
  ];
}

export const ConvTranspose = expanding((context) => {
  const shape = context.rank(0, 3, 4, 5);
  const rank = shape.length - 2;
  const weights = context.constant(1, 'W');
  const group = context.integer('group', 1);
  const [channels, perGroup] = [shape[1]!, weights.shape[1]!];
  if (weights.shape.length !== rank + 2 || weights.shape[0] !== channels || group < 1 || channels % group !== 0)
    throw context.invalid(`${channels} channels, weights of shape [${weights.shape}], group ${group}`);
  const kernel = weights.shape.slice(2);
  const list = spatialLists(context, rank);
  const [strides, dilations, extra, pads] = [
    list('strides', 1),
    list('dilations', 1),
    list('output_padding', 0),
    list('pads', 0, 2 * rank),
  ];
  const wanted = context.integers('output_shape')?.slice(-rank);
  const auto = context.text('auto_pad', 'NOTSET');
  if ([...strides, ...dilations].some((x) => x < 1 || x > 1024)) throw context.invalid(`strides [${strides}], dilations [${dilations}]`);
  const kept = shape.map((size) => listOf(size, (x) => x));
  for (let i = 0; i < rank; i++) {
    const size = shape[i + 2]!;
    const [stride, extent] = [strides[i]!, (kernel[i]! - 1) * dilations[i]! + 1];
    const full = (size - 1) * stride + extent + extra[i]!;
    let before = pads[i]!;
    let to = full - before - pads[i + rank]!;
    const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER';
    if (wanted || same) {
      to = wanted ? wanted[i]! : size * stride;
      const total = Math.max(0, full - to);
      before = auto === 'SAME_UPPER' ? Math.floor(total / 2) : total - Math.floor(total / 2);
    } else if (auto === 'VALID') [before, to] = [0, full];
    if (!(to >= 1 && to <= 2 ** 20)) throw context.invalid(`axis ${i} becomes ${to}`);
    // position x of the widened image is input coordinate (x + before - extent + 1) / stride
    kept[i + 2] = listOf(to + extent - 1, (x) => {
      const at = x + before - extent + 1;
      return at >= 0 && at % stride === 0 && at / stride < size ? at / stride : NOTHING;
    });
  }
  const area = elementsOf(kernel);
  const outputs = perGroup * group;
  const inputs = channels / group;
  const steps = stridesOf(kernel);
  const flipped = realsOf(outputs * inputs * area, (e) => {
    const [o, c, tap] = [Math.floor(e / (inputs * area)), Math.floor(e / area) % inputs, e % area];
    const mirrored = steps.reduce((sum, step, i) => sum + (kernel[i]! - 1 - (Math.floor(tap / step) % kernel[i]!)) * step, 0);
    const from = (Math.floor(o / perGroup) * inputs + c) * perGroup + (o % perGroup);
    return weights.data[from * area + mirrored]!;
  });
  const [out] = context.node.outputs as [string];
  const bias = context.has(2) ? [context.node.inputs[2]!] : [];
  return [
    selectAxes(`${out} widened`, context.node.inputs[0]!, shape, kept),
    {
      operator: 'Conv',
      inputs: [`${out} widened`, real([outputs, inputs, ...kernel], flipped), ...bias],
      outputs: [out],
      attributes: { group, dilations },
    },
  ];
});
