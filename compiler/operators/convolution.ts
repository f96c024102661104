// Conv (ONNX 1-22): any kernel, strides, pads, dilations and groups (depthwise too), one to three spatial axes. Strides become channels:
// every phase of the image is one (space to depth), see strided-convolution.ts.
// Caveat: dilated kernels are spelled out with zero taps, which costs as much as a dense kernel of that size.

import { LANES } from '../../vm/program/isa.ts';
import { realsOf } from '../onnx/budget.ts';
import { addWindows, type Windows } from '../onnx/matrix-products.ts';
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import type { NodeContext, Operator } from './operator.ts';
import { phases } from './strided-convolution.ts';
import { type Window, windowAxes, windowOf, windowShape } from './window.ts';

interface Geometry extends Window {
  outChannels: number;
  group: number;
  weights: Tensor;
}

function geometry(context: NodeContext, weights: Tensor): Geometry {
  const shape = context.rank(0, 3, 4);
  if (weights.shape.length !== shape.length)
    throw context.invalid(`weights of rank ${weights.shape.length} for an input of rank ${shape.length}`);
  const kernel = weights.shape.slice(2);
  const named = context.integers('kernel_shape');
  if (named && (named.length !== kernel.length || named.some((size, i) => size !== kernel[i])))
    throw context.invalid(`kernel_shape [${named}] does not fit weights of shape [${weights.shape}]`);
  const window = windowOf(context, kernel);
  const group = context.integer('group', 1);
  const outChannels = weights.shape[0]!;
  if (group < 1 || window.channels !== group * weights.shape[1]! || outChannels % group !== 0)
    throw context.invalid(`${window.channels} channels, weights of shape [${weights.shape}], group ${group}`);
  if (context.has(2) && context.shape(2).join() !== String(outChannels))
    throw context.invalid(`bias of shape [${context.shape(2)}] for ${outChannels} outputs`);
  return { ...window, outChannels, group, weights };
}

/** kernel with dilation zeros written out: [O][C/group][height][width] */
function dilated({ weights, kernel, dilations }: Geometry): { data: Float64Array; height: number; width: number } {
  const [height, width] = [(kernel[0] - 1) * dilations[0] + 1, (kernel[1] - 1) * dilations[1] + 1];
  if (height === kernel[0] && width === kernel[1]) return { data: weights.data, height, width };
  const data = realsOf((weights.data.length / (kernel[0] * kernel[1])) * height * width);
  weights.data.forEach((value, i) => {
    const x = i % kernel[1];
    const y = Math.floor(i / kernel[1]) % kernel[0];
    const plane = Math.floor(i / (kernel[0] * kernel[1]));
    data[(plane * height + y * dilations[0]) * width + x * dilations[1]] = value;
  });
  return { data, height, width };
}

/** the kernel covers the whole image: a fully connected layer in disguise */
const isDense = (g: Geometry): boolean =>
  g.samples === 1 &&
  g.group === 1 &&
  g.kernel[0] === g.height &&
  g.kernel[1] === g.width &&
  [...g.dilations].every((d) => d === 1) &&
  g.pads.every((pad) => pad === 0);

/** bias shaped so that it broadcasts along axis 1 */
const channelBias = (g: Geometry, bias: Tensor): Tensor => real([g.outChannels, ...new Array<number>(g.rank).fill(1)], bias.data);

export const Conv: Operator = {
  expand: (context) => {
    const weights = context.constant(1, 'W');
    if (context.shape(0).length < 5) {
      const g = geometry(context, weights);
      const reach = (g.kernel[1] - 1) * g.dilations[1] - g.pads[1];
      const strided = (g.strides[0] !== 1 && g.outHeight > 1) || (g.strides[1] !== 1 && g.outWidth > 1);
      if (isDense(g) || (!strided && reach <= LANES)) return undefined;
    }
    return phases(context, windowAxes(context, weights.shape.slice(2)));
  },
  shape: (context) => {
    const g = geometry(context, context.constant(1, 'W'));
    if (context.has(2)) context.constant(2, 'B');
    return [windowShape(g, g.outChannels)];
  },
  reference: (context, [x, weights, bias]) => {
    const g = geometry(context, weights!);
    const { samples, channels, height, width, kernel, dilations, strides, pads, outHeight, outWidth, outChannels, group } = g;
    const [perGroup, outputs] = [channels / group, outChannels / group];
    const area = outHeight * outWidth;
    const depth = perGroup * kernel[0] * kernel[1];
    const out = realsOf(samples * outChannels * area);
    if (bias) for (let c = 0; c < samples * outChannels; c++) out.fill(bias.data[c % outChannels]!, c * area, (c + 1) * area);
    /** the values that a window covers, zeros in the padding */
    const read = (plane: number, y: number, x0: number, values: Float64Array, at: number): void => {
      for (let c = 0, k = at; c < perGroup; c++)
        for (let dy = 0; dy < kernel[0]; dy++) {
          const iy = y + dy * dilations[0];
          const row = ((plane + c) * height + iy) * width;
          for (let dx = 0; dx < kernel[1]; dx++, k++) {
            const ix = x0 + dx * dilations[1];
            if (iy >= 0 && iy < height && ix >= 0 && ix < width) values[k] = x!.data[row + ix]!;
          }
        }
    };
    for (let n = 0; n < samples; n++)
      for (let p = 0; p < group; p++) {
        const first = (n * outChannels + p * outputs) * area;
        const windows: Windows = {
          count: area,
          read(position, values, at) {
            const [y, column] = [Math.floor(position / outWidth), position % outWidth];
            read(n * channels + p * perGroup, y * strides[0] - pads[0], column * strides[1] - pads[1], values, at);
          },
          to: (position) => first + position,
        };
        addWindows({ data: weights!.data, first: p * outputs * depth, depth, outputs }, windows, out, area);
      }
    return [real(windowShape(g, outChannels), out)];
  },
  work: (context, outputs) => outputs * elementsOf(context.shape(1).slice(1)),
  stage: (context, stages) => {
    const g = geometry(context, context.constant(1, 'W'));
    const { data, height, width } = dilated(g);
    if (isDense(g)) {
      const depth = g.channels * g.height * g.width;
      const { outChannels: outputs } = g;
      const weights = realsOf(depth * outputs);
      for (let o = 0, e = 0; o < outputs; o++) for (let k = 0; k < depth; k++, e++) weights[k * outputs + o] = g.weights.data[e]!;
      const zero = Int32Array.of(0);
      const source = stages.view(context.node.inputs[0]!);
      const term = { kind: 'dense' as const, source, depth, depthStride: 1, outputs, outputStride: 1, from: zero, to: zero, weights };
      stages.linear(context.node.outputs[0]!, [term], context.has(2) ? channelBias(g, context.constant(2, 'B')) : undefined);
      return;
    }
    const bias = context.has(2) ? context.constant(2, 'B') : undefined;
    stages.linear(
      context.node.outputs[0]!,
      [
        {
          kind: 'convolution',
          source: stages.view(context.node.inputs[0]!),
          samples: g.samples,
          channels: g.channels,
          height: g.height,
          width: g.width,
          outChannels: g.outChannels,
          group: g.group,
          kernelHeight: height,
          kernelWidth: width,
          // a single window position per axis needs no more padding behind than the kernel reaches
          pads: [g.pads[0], g.pads[1], height + g.outHeight - 1 - g.height - g.pads[0], width + g.outWidth - 1 - g.width - g.pads[1]],
          outHeight: g.outHeight,
          outWidth: g.outWidth,
          weights: data,
        },
      ],
      bias && channelBias(g, bias),
    );
  },
};
