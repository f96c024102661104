// A small network for RGB images: three convolutions of stride 2, the mean of each channel, ten classes. Weights and images are drawn, so its outputs
// mean nothing. Source: bench/committed.ts and test/devnet/image.test.ts use it. Caveat: sides are multiples of 8.
import type { RealTensors } from '../compiler/index.ts';
import { randomNumbers, randomTensor } from '../test/compiler/check.ts';
import { node, onnxModel } from '../test/compiler/onnx-writer.ts';

const CHANNELS = [3, 4, 8, 8] as const;
const CLASSES = 10;

/** the ONNX file */
export function rgbNetwork(side: number): Uint8Array {
  const random = randomNumbers(224);
  const strided = { pads: [1, 1, 1, 1], strides: [2, 2], kernel_shape: [3, 3] };
  const layers = CHANNELS.slice(1).map((to, i) => ({ from: CHANNELS[i]!, to, i }));
  return onnxModel({
    inputs: { image: [1, 3, side, side] },
    outputs: ['scores'],
    initializers: {
      ...Object.fromEntries(layers.map(({ from, to, i }) => [`w${i}`, randomTensor(random, [to, from, 3, 3], 0.4)])),
      last: randomTensor(random, [CHANNELS.at(-1)!, CLASSES], 1),
    },
    nodes: [
      ...layers.flatMap(({ i }) => [
        node('Conv', [i ? `r${i - 1}` : 'image', `w${i}`], `c${i}`, strided),
        node('Relu', [`c${i}`], `r${i}`),
      ]),
      node('GlobalAveragePool', [`r${layers.length - 1}`], 'mean'),
      node('Flatten', ['mean'], 'flat'),
      node('MatMul', ['flat', 'last'], 'scores'),
    ],
  });
}

/** an image of numbers in [0, 1) */
export const rgbSample = (side: number, seed: number): RealTensors => ({
  image: randomTensor(randomNumbers(seed), [1, 3, side, side], 0.5, 0.5),
});
