// MaxPool and AveragePool (ONNX 1-22) with 2×2 windows and stride 2, AveragePool with stride 1, and GlobalAveragePool.
// Caveat: pooled windows must not be padded; an odd last row or column is dropped, as ONNX does without ceil_mode.
import { elementsOf, real, type Tensor } from '../tensor.ts';
import type { NodeContext, Operator } from './operator.ts';
import { type Window, windowOf, windowShape } from './window.ts';

function pool(context: NodeContext): Window {
  const kernel = context.integers('kernel_shape');
  if (!kernel) throw context.invalid('attribute "kernel_shape" is missing');
  if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('the second output (indices)', 'one output');
  return windowOf(context, kernel);
}

/** windows of all outputs in turn: the elements that lie inside the image, and how many positions count */
function reduce(x: Tensor, w: Window, countPads: boolean, combine: (values: number[], count: number) => number): Tensor {
  const out = new Float64Array(w.samples * w.channels * w.outHeight * w.outWidth);
  for (let plane = 0, at = 0; plane < w.samples * w.channels; plane++) {
    for (let y = 0; y < w.outHeight; y++) {
      for (let xx = 0; xx < w.outWidth; xx++, at++) {
        const values: number[] = [];
        let count = 0;
        for (let dy = 0; dy < w.kernel[0]; dy++) {
          for (let dx = 0; dx < w.kernel[1]; dx++) {
            const iy = y * w.strides[0] + dy * w.dilations[0] - w.pads[0];
            const ix = xx * w.strides[1] + dx * w.dilations[1] - w.pads[1];
            const inside = iy >= 0 && iy < w.height && ix >= 0 && ix < w.width;
            if (inside) values.push(x.data[(plane * w.height + iy) * w.width + ix]!);
            if (inside || (countPads && iy < w.height + w.pads[2] && ix < w.width + w.pads[3])) count++;
          }
        }
        out[at] = combine(values, count);
      }
    }
  }
  return real(windowShape(w, w.channels), out);
}

const isPair = (pair: readonly number[], value: number): boolean => pair.every((x) => x === value);
const unpadded = (w: Window): boolean => w.pads.every((pad) => pad === 0);
/** every window lies inside the image (ceil_mode may add one that does not) */
const inside = (w: Window): boolean =>
  unpadded(w) && (w.outHeight - 1) * w.strides[0] + w.kernel[0] <= w.height && (w.outWidth - 1) * w.strides[1] + w.kernel[1] <= w.width;
const halving = (w: Window): boolean => w.rank === 2 && isPair(w.kernel, 2) && isPair(w.strides, 2) && isPair(w.dilations, 1) && inside(w);
const text = (w: Window): string => `kernel [${w.kernel}], strides [${w.strides}], pads [${w.pads}], dilations [${w.dilations}]`;

export const MaxPool: Operator = {
  shape: (context) => {
    const w = pool(context);
    if (!halving(w)) throw context.unsupported(text(w), 'kernel [2, 2], strides [2, 2], no pads');
    return [windowShape(w, w.channels)];
  },
  reference: (context, [x]) => [reduce(x!, pool(context), false, (values) => Math.max(...values))],
  stage: (context, stages) => {
    const { samples, channels, height, width, outHeight, outWidth } = pool(context);
    stages.maximum(context.node.outputs[0]!, context.node.inputs[0]!, { channels: samples * channels, height, width, outHeight, outWidth });
  },
};

const covers = (w: Window): boolean =>
  w.outHeight === 1 && w.outWidth === 1 && w.kernel[0] === w.height && w.kernel[1] === w.width && unpadded(w);
const slides = (w: Window): boolean => isPair(w.strides, 1) && isPair(w.dilations, 1) && inside(w);

export const AveragePool: Operator = {
  shape: (context) => {
    const w = pool(context);
    if (!halving(w) && !covers(w) && !slides(w))
      throw context.unsupported(text(w), 'kernel [2, 2] with strides [2, 2], stride 1, or the whole image; no pads');
    return [windowShape(w, w.channels)];
  },
  reference: (context, [x]) => [
    reduce(
      x!,
      pool(context),
      context.integer('count_include_pad', 0) === 1,
      (values, count) => values.reduce((sum, value) => sum + value, 0) / count,
    ),
  ],
  stage: (context, stages) => {
    const w = pool(context);
    const [out] = context.node.outputs as [string];
    const source = stages.view(context.node.inputs[0]!);
    const { samples, height, width, outHeight, outWidth } = w;
    const channels = samples * w.channels;
    const area = w.kernel[0] * w.kernel[1];
    if (halving(w))
      stages.linear(out, [{ kind: 'average', source, channels, height, width, outHeight, outWidth, weights: Float64Array.of(0.25) }]);
    else if (covers(w)) stages.linear(out, [{ kind: 'total', source, channels, area, weights: Float64Array.of(1 / area) }]);
    else
      stages.linear(out, [
        {
          kind: 'convolution',
          source,
          samples,
          channels: w.channels,
          height,
          width,
          outChannels: w.channels,
          group: w.channels,
          kernelHeight: w.kernel[0],
          kernelWidth: w.kernel[1],
          pads: w.pads,
          outHeight,
          outWidth,
          weights: new Float64Array(w.channels * area).fill(1 / area),
        },
      ]);
  },
};

export const GlobalAveragePool: Operator = {
  shape: (context) => {
    const shape = context.shape(0);
    if (shape.length < 3) throw context.invalid(`input of rank ${shape.length}`);
    return [shape.map((size, i) => (i < 2 ? size : 1))];
  },
  reference: (context, [x]) => {
    const [shape] = GlobalAveragePool.shape(context);
    const out = new Float64Array(elementsOf(shape!));
    const area = x!.data.length / out.length;
    x!.data.forEach((value, e) => {
      out[Math.floor(e / area)]! += value / area;
    });
    return [real(shape!, out)];
  },
  stage: (context, stages) => {
    const shape = context.shape(0);
    const channels = shape[0]! * shape[1]!;
    const area = elementsOf(shape) / channels;
    stages.linear(context.node.outputs[0]!, [
      { kind: 'total', source: stages.view(context.node.inputs[0]!), channels, area, weights: Float64Array.of(1 / area) },
    ]);
  },
};
