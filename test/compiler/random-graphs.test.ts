// Some random models of each family, compiled, run, simulated and row-checked; and inputs outside of what was calibrated.
// Slow: every model is compiled and run several times. Caveat: `npm run test:graphs` checks two thousand more.
import { expect, test } from 'vitest';
import type { RealTensors } from '../../compiler/index.ts';
import { checkFamily } from '../graphs/graphs.ts';
import { sampled, times } from '../times.ts';
import { checkModel, randomNumbers, randomTensor } from './check.ts';
import type { TestModel } from './onnx-writer.ts';
import { FAMILIES, type FamilyName } from './random-models.ts';

const COUNT = times(sampled(12, 4));

for (const family of Object.keys(FAMILIES) as FamilyName[])
  test(`${COUNT} random models of the family "${family}"`, () => checkFamily(family, COUNT));

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
