// Strided, dilated, padded windows in one to three axes: the expansion's float values against sums written out here, and the executed program
// against the simulation.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { elementsOf } from '../../../compiler/onnx/tensor.ts';
import { inWords } from '../../titles.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(23);
type Kind = 'Conv' | 'ConvTranspose' | 'MaxPool' | 'AveragePool';
interface Case {
  kind: Kind;
  input: number[];
  kernel: number[];
  outputs?: number;
  strides?: number[];
  pads?: number[];
  dilations?: number[];
  group?: number;
  ceil?: boolean;
  countPads?: boolean;
}

const coordinates = (shape: number[]): number[][] =>
  shape.reduce<number[][]>((list, size) => list.flatMap((place) => Array.from({ length: size }, (_, x) => [...place, x])), [[]]);

/** every tap of every window, one after the other */
function expected(c: Case, x: Float64Array, weights: Float64Array): { shape: number[]; data: number[] } {
  const rank = c.kernel.length;
  const strides = c.strides ?? c.kernel.map(() => 1);
  const dilations = c.dilations ?? c.kernel.map(() => 1);
  const pads = c.pads ?? new Array<number>(2 * rank).fill(0);
  const [samples, channels, ...sizes] = c.input as [number, number, ...number[]];
  const group = c.group ?? 1;
  const outputs = c.outputs ?? channels;
  const extents = c.kernel.map((k, i) => (k - 1) * dilations[i]! + 1);
  const out = sizes.map((size, i) => {
    if (c.kind === 'ConvTranspose') return (size - 1) * strides[i]! + extents[i]! - pads[i]! - pads[i + rank]!;
    const room = size + pads[i]! + pads[i + rank]! - extents[i]!;
    const count = (c.ceil ? Math.ceil(room / strides[i]!) : Math.floor(room / strides[i]!)) + 1;
    return c.ceil && (count - 1) * strides[i]! >= size + pads[i]! ? count - 1 : count;
  });
  const at = (place: number[], shape: number[]): number => place.reduce((sum, p, i) => sum * shape[i]! + p, 0);
  const shape = [samples, outputs, ...out];
  const data = new Array<number>(elementsOf(shape)).fill(0);
  const taps = coordinates(c.kernel);
  if (c.kind === 'ConvTranspose') {
    for (const [n, ci, ...place] of coordinates(c.input) as [number, number, ...number[]][])
      for (let o = 0; o < outputs / group; o++)
        for (const tap of taps) {
          const to = place.map((p, i) => p * strides[i]! + tap[i]! * dilations[i]! - pads[i]!);
          if (to.some((p, i) => p < 0 || p >= out[i]!)) continue;
          const channel = Math.floor(ci / (channels / group)) * (outputs / group) + o;
          data[at([n, channel, ...to], shape)]! +=
            x[at([n, ci, ...place], c.input)]! * weights[at([ci, o, ...tap], [channels, outputs / group, ...c.kernel])]!;
        }
    return { shape, data };
  }
  for (const [e, [n, o, ...place]] of (coordinates(shape) as [number, number, ...number[]][]).entries()) {
    const values: number[] = [];
    let count = 0;
    for (const tap of taps) {
      const from = place.map((p, i) => p * strides[i]! + tap[i]! * dilations[i]! - pads[i]!);
      const inside = from.every((p, i) => p >= 0 && p < sizes[i]!);
      if (inside || (c.countPads && from.every((p, i) => p < sizes[i]! + pads[i + rank]!))) count++;
      if (!inside) continue;
      if (c.kind !== 'Conv') values.push(x[at([n, o, ...from], c.input)]!);
      else
        for (let k = 0; k < channels / group; k++)
          values.push(
            x[at([n, Math.floor(o / (outputs / group)) * (channels / group) + k, ...from], c.input)]! *
              weights[at([o, k, ...tap], [outputs, channels / group, ...c.kernel])]!,
          );
    }
    const sum = values.reduce((a, b) => a + b, 0);
    data[e] = c.kind === 'MaxPool' ? Math.max(...values) : c.kind === 'Conv' ? sum : sum / count;
  }
  return { shape, data };
}

const cases: Case[] = [
  { kind: 'Conv', input: [1, 2, 9, 11], outputs: 3, kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { kind: 'Conv', input: [1, 4, 9, 20], outputs: 4, kernel: [2, 5], strides: [3, 2], pads: [0, 2, 1, 1], group: 2 },
  { kind: 'Conv', input: [2, 2, 8, 8], outputs: 3, kernel: [1, 1], strides: [2, 2] },
  { kind: 'Conv', input: [1, 2, 12, 12], outputs: 2, kernel: [3, 3], strides: [2, 1], dilations: [2, 3] },
  { kind: 'Conv', input: [1, 1, 3, 50], outputs: 2, kernel: [1, 21] },
  { kind: 'Conv', input: [1, 3, 19], outputs: 4, kernel: [4], strides: [3], pads: [2, 1] },
  { kind: 'Conv', input: [1, 2, 4, 5, 6], outputs: 3, kernel: [2, 3, 3], strides: [1, 2, 1], pads: [1, 1, 0, 0, 1, 1] },
  { kind: 'ConvTranspose', input: [1, 2, 4, 5], outputs: 3, kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { kind: 'ConvTranspose', input: [1, 4, 6], outputs: 4, kernel: [3], strides: [3], group: 2, dilations: [2] },
  { kind: 'MaxPool', input: [1, 2, 5, 6], kernel: [3, 2], strides: [1, 2], pads: [1, 0, 1, 1] },
  { kind: 'MaxPool', input: [1, 3, 7, 7], kernel: [3, 3], strides: [2, 2], ceil: true },
  { kind: 'MaxPool', input: [1, 2, 20], kernel: [3], dilations: [2] },
  { kind: 'MaxPool', input: [1, 1, 4, 4, 4], kernel: [2, 2, 2], strides: [2, 2, 2] },
  { kind: 'AveragePool', input: [1, 2, 7, 8], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { kind: 'AveragePool', input: [1, 2, 7, 8], kernel: [3, 2], strides: [3, 2], pads: [1, 0, 1, 1], countPads: true },
  { kind: 'AveragePool', input: [1, 2, 6], kernel: [3], strides: [2], ceil: true },
];

describe('windows', () => {
  test.each(cases.map((c) => [inWords(c), c] as const))('%s', (_name, c) => {
    const { kind, input, kernel, outputs = input[1]!, group = 1 } = c;
    const weights = randomTensor(
      random,
      kind === 'ConvTranspose' ? [input[1]!, outputs / group, ...kernel] : [outputs, input[1]! / group, ...kernel],
    );
    const convolution = kind.startsWith('Conv');
    const model: TestModel = {
      nodes: [
        {
          op: kind,
          inputs: convolution ? ['x', 'w'] : ['x'],
          outputs: ['y'],
          attributes: {
            ...(convolution ? { group } : {}),
            kernel_shape: kernel,
            ...(c.strides ? { strides: c.strides } : {}),
            ...(c.pads ? { pads: c.pads } : {}),
            ...(c.dilations ? { dilations: c.dilations } : {}),
            ...(c.ceil ? { ceil_mode: 1 } : {}),
            ...(c.countPads ? { count_include_pad: 1 } : {}),
          },
        },
      ],
      inputs: { x: input },
      outputs: ['y'],
      initializers: convolution ? { w: weights } : {},
    };
    const samples = Array.from({ length: 3 }, () => ({ x: randomTensor(random, input) }));
    const got = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), samples[0]!).get('y')!;
    const want = expected(c, samples[0]!.x.data, weights.data);
    expect(got.shape).toEqual(want.shape);
    for (const [e, y] of want.data.entries()) expect(got.data[e]).toBeCloseTo(y, 9);
    expect(checkModel(model, samples).error).toBeLessThan(0.006);
  });
});
