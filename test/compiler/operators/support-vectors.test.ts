// Support vector machines of ai.onnx.ml: scores and labels are those of the formulas, worked out again here.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel } from '../onnx-writer.ts';

const random = randomNumbers(41);
const list = (count: number): number[] => Array.from(randomTensor(random, [count]).data);
const FEATURES = 3;

const KERNELS: Record<string, (dot: number, apart: number) => number> = {
  LINEAR: (dot) => dot,
  POLY: (dot) => (0.5 * dot + 0.25) ** 2,
  RBF: (_, apart) => Math.exp(-0.5 * apart),
  SIGMOID: (dot) => Math.tanh(0.5 * dot + 0.25),
};

const kernelOf = (kind: string, vectors: number[], x: number[]): number[] =>
  Array.from({ length: vectors.length / FEATURES }, (_, v) => {
    const at = vectors.slice(FEATURES * v, FEATURES * v + FEATURES);
    const sum = (term: (k: number) => number): number => at.reduce((total, _value, k) => total + term(k), 0);
    return KERNELS[kind]!(
      sum((k) => at[k]! * x[k]!),
      sum((k) => (at[k]! - x[k]!) ** 2),
    );
  });

const modelOf = (op: string, outputs: string[], attributes: TestModel['nodes'][0]['attributes']): TestModel => ({
  nodes: [{ op, domain: 'ai.onnx.ml', inputs: ['x'], outputs, attributes: { kernel_params: { floats: [0.5, 0.25, 2] }, ...attributes } }],
  inputs: { x: [1, FEATURES] },
  outputs,
});
const samples = Array.from({ length: 6 }, () => ({ x: randomTensor(random, [1, FEATURES], 2) }));

describe('support vector machines', () => {
  test.each(Object.keys(KERNELS))('SVMRegressor, kernel %s', (kind) => {
    const [vectors, coefficients] = [list(5 * FEATURES), list(5)];
    const attributes = { support_vectors: { floats: vectors }, coefficients: { floats: coefficients }, rho: { floats: [0.5] } };
    const model = modelOf('SVMRegressor', ['y'], { ...attributes, kernel_type: kind, n_supports: 5 });
    for (const sample of samples) {
      const kernel = kernelOf(kind, vectors, [...sample.x.data]);
      const want = kernel.reduce((sum, k, v) => sum + k * coefficients[v]!, 0.5);
      expect(evaluateGraph(buildGraph(readOnnx(onnxModel(model))), sample).get('y')!.data[0]).toBeCloseTo(want, 4);
    }
    expect(checkModel(model, samples).error).toBeLessThan(0.02);
  });

  test('SVMClassifier: a score for each pair of three classes, and the class with most votes', () => {
    const [vectors, coefficients, rho] = [list(6 * FEATURES), list(12), [0.1, -0.2, 0.3]];
    const model = modelOf('SVMClassifier', ['label', 'scores'], {
      support_vectors: { floats: vectors },
      coefficients: { floats: coefficients },
      rho: { floats: rho },
      kernel_type: 'RBF',
      vectors_per_class: [1, 2, 3],
      classlabels_ints: [4, 7, 9],
    });
    const seen = new Set<number>();
    for (const sample of [...samples, ...Array.from({ length: 20 }, () => ({ x: randomTensor(random, [1, FEATURES], 3) }))]) {
      const kernel = kernelOf('RBF', vectors, [...sample.x.data]);
      const of = (row: number, from: number, to: number): number =>
        kernel.slice(from, to).reduce((sum, k, i) => sum + k * coefficients[6 * row + from + i]!, 0);
      const want = [of(0, 0, 1) + of(0, 1, 3) + rho[0]!, of(1, 0, 1) + of(0, 3, 6) + rho[1]!, of(1, 1, 3) + of(1, 3, 6) + rho[2]!] as const;
      const votes = [0, 0, 0];
      for (const [p, [i, j]] of (
        [
          [0, 1],
          [0, 2],
          [1, 2],
        ] as const
      ).entries())
        votes[want[p]! > 0 ? i : j]!++;
      const got = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), sample);
      for (const [p, score] of want.entries()) expect(got.get('scores')!.data[p]).toBeCloseTo(score, 4);
      const label = [4, 7, 9][votes.indexOf(Math.max(...votes))]!;
      expect([...got.get('label')!.data]).toEqual([label]);
      seen.add(label);
    }
    expect(seen.size).toBeGreaterThan(1);
    expect(checkModel(model, samples).error).toBeLessThan(1);
  });

  test('what has no fixed formula, and lists of other lengths, are refused by name', () => {
    const attributes = {
      support_vectors: { floats: list(3 * FEATURES) },
      coefficients: { floats: list(6) },
      rho: { floats: [0, 0, 0] },
      vectors_per_class: [1, 1, 1],
    };
    const build = (op: string, outputs: string[], more: TestModel['nodes'][0]['attributes']) => () =>
      buildGraph(readOnnx(onnxModel(modelOf(op, outputs, { ...attributes, ...more }))));
    const platt = { prob_a: { floats: [1, 1, 1] }, prob_b: { floats: [0, 0, 0] } };
    expect(build('SVMClassifier', ['label', 'scores'], platt)).toThrow(/SVMClassifier: probabilities of more than two classes/);
    expect(build('SVMClassifier', ['label'], { coefficients: { floats: [1] } })).toThrow(/not valid/);
    expect(build('SVMClassifier', ['label'], { classlabels_ints: [4, 7, 9] })).not.toThrow();
    expect(build('SVMClassifier', ['label'], { classlabels_ints: [4, 7] })).toThrow(/2 labels for 3 (scores|classes)/);
    expect(build('SVMRegressor', ['y'], { kernel_type: 'LAPLACE', n_supports: 3 })).toThrow(/kernel LAPLACE/);
  });
});
