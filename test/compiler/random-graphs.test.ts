import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RealTensors } from '../../compiler/index.ts';
import { type Checked, checkModel, randomNumbers, randomTensor } from './check.ts';
import type { TestModel, TestNode, TestTensor } from './onnx-writer.ts';

/** A random chain of layers on images, with residual sums and a dense end, made from one seed. */
function randomImageModel(seed: number): TestModel {
  const random = randomNumbers(seed);
  const pick = (least: number, most: number): number => least + Math.floor(((random() + 1) / 2) * (most - least + 1));
  const chance = (share: number): boolean => random() < 2 * share - 1;
  const nodes: TestNode[] = [];
  const initializers: Record<string, TestTensor> = {};
  let [channels, height, width] = [pick(1, 5), pick(1, 9), pick(1, 36)];
  const inputs = { x: [1, channels, height, width] };
  let value = 'x';
  const add = (op: string, constants: TestTensor[], attributes: TestNode['attributes'] = {}, others: string[] = []): void => {
    const out = `v${nodes.length}`;
    const names = constants.map((tensor, i) => {
      initializers[`${out}c${i}`] = tensor;
      return `${out}c${i}`;
    });
    nodes.push({ op, inputs: [value, ...others, ...names], outputs: [out], attributes });
    value = out;
  };
  const t = (...shape: number[]): TestTensor => randomTensor(random, shape);
  for (let layer = pick(1, 4); layer > 0; layer--) {
    const before = value;
    const [kh, kw] = [pick(1, Math.min(4, height + 1)), pick(1, Math.min(7, width + 1))];
    const pads = [pick(0, 2), pick(0, 3), pick(0, 2), pick(0, 3)] as [number, number, number, number];
    const [nextHeight, nextWidth] = [height + pads[0] + pads[2] - kh + 1, width + pads[1] + pads[3] - kw + 1];
    const kind = pick(0, 7);
    if (kind <= 2 && nextHeight > 0 && nextWidth > 0 && kw - 1 - pads[1] <= 16) {
      const group = kind === 2 ? channels : channels % 2 === 0 && chance(0.4) ? 2 : 1;
      const outputs = group * pick(1, kind === 2 ? 2 : 6);
      add('Conv', [t(outputs, channels / group, kh, kw), ...(chance(0.6) ? [t(outputs)] : [])], { group, pads });
      [channels, height, width] = [outputs, nextHeight, nextWidth];
    } else if (kind === 3 && height > 1 && width > 1) {
      add(chance(0.5) ? 'MaxPool' : 'AveragePool', [], { kernel_shape: [2, 2], strides: [2, 2] });
      [height, width] = [Math.floor(height / 2), Math.floor(width / 2)];
    } else if (kind === 4) add('Add', [chance(0.5) ? t(channels, 1, 1) : t(height, width)]);
    else if (kind === 5) add('Mul', [chance(0.5) ? t(channels, 1, 1) : t(channels, height, width)]);
    else if (kind === 6) {
      add('Tanh', []);
      add('Add', [], {}, [before]);
    } else {
      const variance = { shape: [channels], data: Array.from({ length: channels }, () => 1.5 + random()) };
      add('BatchNormalization', [t(channels), t(channels), t(channels), variance]);
    }
    if (chance(0.5)) add(chance(0.7) ? 'Relu' : 'Sigmoid', []);
  }
  const end = pick(0, 5);
  if (end <= 1) add('Transpose', [], { perm: [0, 2, 3, 1] });
  if (end === 1) add('MatMul', [t(channels, 3)]);
  if (end === 2) add('GlobalAveragePool', []);
  if (end >= 4) {
    add('Flatten', []);
    add('Gemm', [t(channels * height * width, pick(1, 20))]);
  }
  return { nodes, inputs, outputs: [value], initializers };
}

const samplesFor = (model: TestModel, seed: number): RealTensors[] => {
  const random = randomNumbers(seed + 1);
  return Array.from({ length: 3 }, () => ({ x: randomTensor(random, model.inputs.x as number[], 1, random()) }));
};

test('random image models: the executed program equals the simulation and stays within the reported error', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
      const model = randomImageModel(seed);
      let checked: Checked;
      try {
        checked = checkModel(model, samplesFor(model, seed));
      } catch (error) {
        throw new Error(`seed ${seed}: ${model.nodes.map(({ op }) => op).join(' ')} on [${model.inputs.x}]: ${(error as Error).message}`, {
          cause: error,
        });
      }
      // a deep chain of random layers amplifies rounding; a wrong layout would be off by about 100 %
      expect(checked.error).toBeLessThan(0.05);
    }),
    { numRuns: 60, seed: 20261122 },
  );
}, 60_000);

test('a calibration that is too small for an input saturates but never fails', () => {
  const model: TestModel = {
    nodes: [
      { op: 'Gemm', inputs: ['x', 'w'], outputs: ['a'] },
      { op: 'Sigmoid', inputs: ['a'], outputs: ['y'] },
    ],
    inputs: { x: [1, 8] },
    outputs: ['y'],
    initializers: { w: randomTensor(randomNumbers(3), [8, 4], 5) },
  };
  const tiny = (scale: number): RealTensors => ({ x: randomTensor(randomNumbers(5), [1, 8], scale) });
  // one sample with a large element that the others lack: checkModel drives every element to the ends of the range
  const { report } = checkModel(model, [tiny(0.01), { x: { shape: [1, 8], data: [1, 0, 0, 0, 0, 0, 0, 0] } }]);
  expect(report.stages[0]!.magnitude).toBeLessThan(2 ** 30);
});
