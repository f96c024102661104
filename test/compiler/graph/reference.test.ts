// The float64 reference computes what onnxruntime computed. Source: the outputs recorded in test/models. Caveat: four trained models.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { modelBytes, modelExpected, modelInput } from '../models.ts';

describe('float64 reference', () => {
  for (const name of ['digits_mlp', 'mlp784', 'lenet', 'lenet_max']) {
    test(`${name} computes what onnxruntime computed`, () => {
      const graph = buildGraph(readOnnx(modelBytes(name)));
      const outputs = evaluateGraph(graph, modelInput(name));
      for (const [output, { shape, data }] of Object.entries(modelExpected(name))) {
        const got = outputs.get(output)!;
        expect(got.shape).toEqual(shape);
        const largest = Math.max(...data.map(Math.abs));
        for (const [i, value] of data.entries()) expect(Math.abs(got.data[i]! - value) / largest).toBeLessThan(1e-5);
      }
    });
  }

  test('and differs when a weight is changed', () => {
    const model = readOnnx(modelBytes('digits_mlp'));
    const bias = [...model.initializers.values()].at(-1)!;
    bias.data[3]! += 1;
    const { data } = evaluateGraph(buildGraph(model), modelInput('digits_mlp')).get('output')!;
    const expected = modelExpected('digits_mlp').output!.data;
    expect(data[3]! - expected[3]!).toBeCloseTo(1, 4);
    expect(data[2]! - expected[2]!).toBeCloseTo(0, 4);
  });
});
