// Inputs between samples: on the line, on the first one's side, where the answer is undecided nearly; and what the choice of bits makes of them.

import { describe, expect, test } from 'vitest';
import { samplesBetween } from '../../../compiler/graph/between.ts';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph, type RealTensors } from '../../../compiler/graph/reference.ts';
import { compileModel } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { atOnce } from '../../../compiler/onnx/steps.ts';
import { execute } from '../../../vm/executor/run.ts';
import { integersOf } from '../../../vm/library/integers.ts';
import { realTensors } from '../../../vm/library/outputs.ts';
import { onnxModel } from '../onnx-writer.ts';

/** the probabilities of three classes, whose logits are steep */
const STEEP = [40, -40, 3, -25, 30, -5];
const classifier = (weights: number[]) =>
  onnxModel({
    inputs: { x: [1, 2] },
    outputs: ['p'],
    initializers: { w: { shape: [2, 3], data: weights } },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['s'], name: '/s' },
      { op: 'Softmax', inputs: ['s'], outputs: ['p'], name: '/p', attributes: { axis: -1 } },
    ],
  });
const row = (a: number, b: number): RealTensors => ({ x: { shape: [1, 2], data: [a, b] } });
const CORNERS = [row(0.93, 0.11), row(0.07, 0.89), row(0.91, 0.13), row(0.11, 0.97)];

const between = (bytes: Uint8Array, samples: readonly RealTensors[]) => {
  const graph = buildGraph(readOnnx(bytes));
  return {
    graph,
    ...atOnce(
      samplesBetween(
        graph,
        samples,
        samples.map((sample) => evaluateGraph(graph, sample)),
      ),
    ),
  };
};

describe('samples between', () => {
  test('lie where the label leads by a fifth to a half of what it led by, and have the outputs of the float model', () => {
    const { graph, samples, outputs } = between(classifier(STEEP), CORNERS);
    expect(samples).toHaveLength(16);
    for (const [k, sample] of samples.entries()) {
      const data = Array.from(evaluateGraph(graph, sample).get('p')!.data);
      expect(Array.from(outputs[k]!.get('p')!.data)).toEqual(data);
      const [most, next] = data.sort((a, b) => b - a);
      expect(most! - next!).toBeGreaterThan(0.2 * 0.9);
      expect(most! - next!).toBeLessThan(0.5);
    }
  });

  test('there are none where all samples have one label, or one sample is all there is', () => {
    expect(between(classifier(STEEP), [row(0.9, 0.1), row(0.8, 0.2), row(0.7, 0.1)]).samples).toEqual([]);
    expect(between(classifier(STEEP), [row(0.9, 0.1)]).samples).toEqual([]);
  });

  test('flags stay as they are, integers stay integers', () => {
    const samples = [row(1, 0), row(0, 1), row(1, 1)];
    expect(between(classifier(STEEP), samples).samples).toEqual([]);
    const whole = between(classifier([1, 0, 0, 0, 1, 0]), [row(20, 3), row(2, 17), row(19, 4)]).samples;
    expect(whole.length).toBeGreaterThan(0);
    for (const { x } of whole) for (const value of Array.from(x!.data)) expect(Number.isInteger(value)).toBe(true);
  });

  test('a model that is not finite between is left alone there', () => {
    const bytes = onnxModel({
      inputs: { x: [1, 2] },
      outputs: ['y'],
      initializers: { half: { shape: [1], data: [0.5] } },
      nodes: [
        { op: 'Sub', inputs: ['x', 'half'], outputs: ['d'], name: '/d' },
        { op: 'Reciprocal', inputs: ['d'], outputs: ['y'], name: '/y' },
      ],
    });
    for (const { outputs } of [between(bytes, [row(0, 1), row(1, 0), row(0.25, 0.75)])])
      for (const output of outputs) for (const y of output.get('y')!.data) expect(Number.isFinite(y)).toBe(true);
  });
});

test('a steep classifier is accurate between its samples, which are all far from any boundary; forced bits are not', () => {
  const bytes = classifier(STEEP);
  const graph = buildGraph(readOnnx(bytes));
  const errorOf = (options: object): number => {
    const { program } = compileModel(bytes, { calibration: CORNERS, ...options });
    let most = 0;
    for (let k = 0; k <= 400; k++) {
      const sample = row(0.93 - (0.86 * k) / 400, 0.11 + (0.78 * k) / 400);
      const named = new Map([['x', { shape: [1, 2], data: Float64Array.from(sample.x!.data) }]]);
      const run = execute(program, integersOf({ file: 'x', named, ordered: undefined }, program.inputs, 'input', program.metadata));
      const got = realTensors(program, 'output', run.outputs).p!.data;
      for (const [e, p] of evaluateGraph(graph, sample).get('p')!.data.entries()) most = Math.max(most, Math.abs(p - got[e]!));
    }
    return most;
  };
  expect(errorOf({})).toBeLessThan(0.01);
  expect(errorOf({ activationBits: 10 })).toBeGreaterThan(0.01);
});
