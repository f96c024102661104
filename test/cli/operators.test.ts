// `zkvm operators`: the list that no error message repeats.
import { expect, test } from 'vitest';
import { zkvm } from './capture.ts';

test('lists every operator once, in order, and what is refused', async () => {
  const { code, out } = await zkvm('operators');
  expect(code).toBe(0);
  const names = out.trim().split('\n');
  expect(names).toEqual([...new Set(names)].sort());
  expect(names).toEqual(expect.arrayContaining(['Conv', 'If', 'Loop', 'Relu', 'ai.onnx.ml.TreeEnsembleClassifier']));
  expect(names).not.toContain('NonMaxSuppression');
  const { json } = await zkvm('operators', '--json');
  expect(json).toMatchObject({ operators: names, operatorSets: { '': [6, 28] }, refused: { NonMaxSuppression: expect.any(String) } });
});

test('takes no file', async () => {
  expect((await zkvm('operators', 'model.onnx')).code).toBe(2);
});
