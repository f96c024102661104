import { expect, test } from 'vitest';
import type { RealTensors } from '../../compiler/index.ts';
import { checkFamily } from '../graphs/graphs.ts';
import { checkModel, randomNumbers, randomTensor } from './check.ts';
import type { TestModel } from './onnx-writer.ts';
import { FAMILIES, type FamilyName } from './random-models.ts';

// `npm run test:graphs` checks thousands
for (const family of Object.keys(FAMILIES) as FamilyName[])
  test(`twelve random models of the family "${family}"`, () => checkFamily(family, 12));

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
