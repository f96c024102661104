// MaxPool and AveragePool (ONNX 1-22) with any kernel, strides, pads, dilations and ceil_mode, and GlobalAveragePool. 2×2 windows with
// stride 2 have a recipe of their own; any other MaxPool is a chain of exact maxima of moved copies, one axis after the other, any other
// AveragePool a convolution. Caveat: those copies cost a relayout for every element of the kernel's sides.
import { LANES } from '../../vm/program/isa.ts';
import { listOf, realsOf } from '../onnx/budget.ts';
import { elementsOf, real, type Tensor } from '../onnx/tensor.ts';
import { selectAxes } from './movement.ts';
import type { ExpandedNode, NodeContext, Operator } from './operator.ts';
import { NOTHING } from './select.ts';
import { type Window, type WindowAxis, windowAxes, windowOf, windowShape } from './window.ts';

function kernelOf(context: NodeContext): number[] {
  const kernel = context.integers('kernel_shape');
  if (!kernel) throw context.invalid('attribute "kernel_shape" is missing');
  if (context.node.outputs.slice(1).some((name) => name !== '')) throw context.unsupported('the second output (indices)', 'one output');
  return kernel;
}

function pool(context: NodeContext): Window {
  return windowOf(context, kernelOf(context));
}

/** every output looks at every element of its window */
const work: Operator['work'] = (context, outputs) => outputs * elementsOf(kernelOf(context));

/** windows of all outputs in turn: the elements that lie inside the image, and how many positions count */
function reduce(x: Tensor, w: Window, countPads: boolean, combine: (values: number[], count: number) => number): Tensor {
  const out = realsOf(w.samples * w.channels * w.outHeight * w.outWidth);
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

/**
 * Coordinates that tap t of each window reads along an axis; a tap in the padding reads another tap of its window instead, or zero where that
 * is as good, because the input is zero or more: then every tap is a move of whole rows.
 */
function tapsOf({ size, kernel, stride, dilation, before, out }: WindowAxis, context: NodeContext): number[][] {
  if (context.nonNegative[0])
    return listOf(kernel, (t) =>
      listOf(out, (x) => {
        const at = x * stride + t * dilation - before;
        return at >= 0 && at < size ? at : NOTHING;
      }),
    );
  const windows = listOf(out, (x) => {
    const inside = listOf(kernel, (t) => x * stride + t * dilation - before).filter((at) => at >= 0 && at < size);
    if (inside.length === 0) throw context.unsupported('a window that lies in the padding', 'windows with at least one element');
    return inside;
  });
  const count = Math.max(...windows.map((inside) => inside.length));
  return listOf(count, (t) => windows.map((inside) => inside[Math.min(t, inside.length - 1)]!));
}

/** copies of single elements that one pool may need */
const MAX_MOVES = 2 ** 21;

/** max over windows, axis by axis: the maximum so far and a moved copy of the input. */
function maxima(context: NodeContext, axes: readonly WindowAxis[]): ExpandedNode[] {
  const [out] = context.node.outputs as [string];
  let [moves, rest] = [0, elementsOf(context.shape(0))];
  for (const { size, kernel, out: length } of axes) {
    rest = (rest / size) * length;
    moves += kernel * rest;
  }
  if (moves > MAX_MOVES)
    throw context.unsupported(`a pool that moves ${moves} elements`, `at most ${MAX_MOVES}, or 2×2 windows with stride 2`);
  let shape = [...context.shape(0)];
  let name = context.node.inputs[0]!;
  const nodes: ExpandedNode[] = [];
  for (const [i, axis] of axes.entries()) {
    const moved = tapsOf(axis, context).map((taps, t) => {
      const lists = shape.map((size, a) => (a === i + 2 ? taps : listOf(size, (x) => x)));
      const copy = `${out} axis ${i} tap ${t}`;
      nodes.push(selectAxes(copy, name, shape, lists));
      return copy;
    });
    name = moved.reduce((most, copy, t) => {
      nodes.push({ operator: 'Larger', inputs: [most, copy], outputs: [`${out} axis ${i} maximum ${t}`] });
      return `${out} axis ${i} maximum ${t}`;
    });
    shape = shape.map((size, a) => (a === i + 2 ? axis.out : size));
  }
  return [...nodes, { operator: 'Identity', inputs: [name], outputs: [out] }];
}

const isHalving = (context: NodeContext): boolean => context.shape(0).length < 5 && halving(pool(context));

export const MaxPool: Operator = {
  expand: (context) => {
    const axes = windowAxes(context, kernelOf(context));
    return isHalving(context) ? undefined : maxima(context, axes);
  },
  shape: (context) => {
    const w = pool(context);
    return [windowShape(w, w.channels)];
  },
  reference: (context, [x]) => [reduce(x!, pool(context), false, (values) => Math.max(...values))],
  work,
  stage: (context, stages) => {
    const { samples, channels, height, width, outHeight, outWidth } = pool(context);
    stages.maximum(context.node.outputs[0]!, context.node.inputs[0]!, { channels: samples * channels, height, width, outHeight, outWidth });
  },
};

const covers = (w: Window): boolean =>
  w.outHeight === 1 && w.outWidth === 1 && w.kernel[0] === w.height && w.kernel[1] === w.width && unpadded(w);
/** one MAC for each row of the window: it reaches a whole word beyond its own at most */
const slides = (w: Window): boolean => isPair(w.strides, 1) && isPair(w.dilations, 1) && inside(w) && w.kernel[1] <= LANES + 1;

/** A convolution with one weight for each channel, and a factor where windows count fewer elements. */
function averages(context: NodeContext, axes: readonly WindowAxis[]): ExpandedNode[] {
  const [out] = context.node.outputs as [string];
  const channels = context.shape(0)[1]!;
  const area = axes.reduce((product, { kernel }) => product * kernel, 1);
  const weights = real([channels, 1, ...axes.map(({ kernel }) => kernel)], realsOf(channels * area).fill(1 / area));
  const padded = context.integer('count_include_pad', 0) === 1;
  /** elements that count, window by window along each axis */
  const counts = axes.map(({ size, kernel, stride, dilation, before, after, out }) =>
    listOf(out, (x) => {
      const places = listOf(kernel, (t) => x * stride + t * dilation - before);
      return places.filter((at) => (padded ? at < size + after : at >= 0 && at < size)).length;
    }),
  );
  const factors = counts.reduce<number[]>((list, axis) => list.flatMap((a) => axis.map((b) => a * b)), [1]).map((count) => area / count);
  if (factors.some((factor) => !Number.isFinite(factor))) throw context.unsupported('a window that lies in the padding');
  const attributes = {
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    // windows that ceil_mode adds may reach beyond the padding
    pads: [
      ...axes.map(({ before }) => before),
      ...axes.map(({ size, kernel, stride, dilation, before, out }) =>
        Math.max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - before - size),
      ),
    ],
    group: channels,
  };
  const plain = factors.every((factor) => factor === 1);
  const sum = plain ? out : `${out} sum`;
  const nodes: ExpandedNode[] = [{ operator: 'Conv', inputs: [context.node.inputs[0]!, weights], outputs: [sum], attributes }];
  if (!plain) {
    const factor = real(
      axes.map((axis) => axis.out),
      Float64Array.from(factors),
    );
    nodes.push({ operator: 'Mul', inputs: [sum, factor], outputs: [out] });
  }
  return nodes;
}

export const AveragePool: Operator = {
  expand: (context) => {
    const axes = windowAxes(context, kernelOf(context));
    if (context.shape(0).length < 5) {
      const w = pool(context);
      if (halving(w) || covers(w) || slides(w)) return undefined;
    }
    return averages(context, axes);
  },
  shape: (context) => {
    const w = pool(context);
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
  work,
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
          weights: realsOf(w.channels * area).fill(1 / area),
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
    const out = realsOf(elementsOf(shape!));
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
