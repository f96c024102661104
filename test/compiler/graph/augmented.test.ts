// Inputs near few samples: on lines through two of them, inside what the samples have; what they do for inputs that calibration did not see, and not.

import { describe, expect, test } from 'vitest';
import { augmented } from '../../../compiler/graph/augmented.ts';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph, type RealTensors } from '../../../compiler/graph/reference.ts';
import { compileModel } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { atOnce } from '../../../compiler/onnx/steps.ts';
import { execute } from '../../../vm/executor/run.ts';
import { integersOf } from '../../../vm/library/integers.ts';
import { realTensors } from '../../../vm/library/outputs.ts';
import { repeatableNumbers } from '../../../vm/program/repeatable.ts';
import type { Program } from '../../../vm/program/types.ts';
import { onnxModel } from '../onnx-writer.ts';

/** a sum of three features, limited from below */
const SUM = onnxModel({
  inputs: { x: [1, 3] },
  outputs: ['y'],
  initializers: { w: { shape: [3, 2], data: [1, -0.5, 0.25, 1, -1, 0.75] } },
  nodes: [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['s'], name: '/s' },
    { op: 'Relu', inputs: ['s'], outputs: ['y'], name: '/y' },
  ],
});
/** probabilities of three classes, after one hidden layer */
const network = (first: number[], second: number[]): Uint8Array =>
  onnxModel({
    inputs: { x: [1, 4] },
    outputs: ['p'],
    initializers: { a: { shape: [4, 6], data: first }, b: { shape: [6, 3], data: second } },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'a'], outputs: ['s'], name: '/s' },
      { op: 'Tanh', inputs: ['s'], outputs: ['t'], name: '/t' },
      { op: 'MatMul', inputs: ['t', 'b'], outputs: ['l'], name: '/l' },
      { op: 'Softmax', inputs: ['l'], outputs: ['p'], name: '/p', attributes: { axis: -1 } },
    ],
  });
const row = (...data: number[]): RealTensors => ({ x: { shape: [1, data.length], data } });
const THREE = [row(0.1, 2, -1), row(0.8, -1.5, 0.5), row(-0.4, 0.7, 1.9)];

/** What the program answers; an input outside its range is answered by nothing. */
function outputsOf(program: Program, { x }: RealTensors): ArrayLike<number> & readonly number[] {
  const named = new Map([['x', { shape: [...x!.shape], data: Float64Array.from(x!.data) }]]);
  try {
    const integers = integersOf({ file: 'x', named, ordered: undefined }, program.inputs, 'input', program.metadata);
    return Array.from(realTensors(program, 'output', execute(program, integers).outputs).p!.data);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ZK0811' });
    return [];
  }
}
const near = (bytes: Uint8Array, samples: readonly RealTensors[]) => {
  const graph = buildGraph(readOnnx(bytes));
  return { graph, ...atOnce(augmented(graph, samples)) };
};
const numbers = ({ x }: RealTensors): number[] => Array.from(x!.data);

/** where on the line from one sample to another an input lies, by the elements that no limit moved; undefined where it lies on none */
function shareOf(input: readonly number[], from: readonly number[], to: readonly number[], [least, most]: readonly [number, number]) {
  const shares = input.flatMap((y, e) => (y === least || y === most ? [] : [(y - from[e]!) / (to[e]! - from[e]!)]));
  return shares.length > 0 && shares.every((share) => Math.abs(share - shares[0]!) < 1e-9) ? shares[0]! : undefined;
}

describe('inputs near few samples', () => {
  test('lie on lines through two of them, up to half of their distance beyond, with the outputs of the float model', () => {
    const { graph, samples, outputs } = near(SUM, THREE);
    expect(samples).toHaveLength(16);
    let beyond = 0;
    for (const [k, sample] of samples.entries()) {
      const shares = THREE.flatMap((from) =>
        THREE.flatMap((to) => (from === to ? [] : [shareOf(numbers(sample), numbers(from), numbers(to), [-1.5, 2])])),
      );
      const share = shares.find((one) => one !== undefined && one >= -0.5 - 1e-9 && one <= 1.5 + 1e-9);
      expect(share).toBeDefined();
      if (share! < 0 || share! > 1) beyond++;
      for (const x of numbers(sample)) expect(x >= -1.5 && x <= 2).toBe(true);
      expect(Array.from(outputs[k]!.get('y')!.data)).toEqual(Array.from(evaluateGraph(graph, sample).get('y')!.data));
    }
    expect(beyond).toBeGreaterThan(0);
  });

  test('there are none beside one sample or beside many, nor where inputs are flags', () => {
    expect(near(SUM, THREE.slice(0, 1)).samples).toEqual([]);
    const many = Array.from({ length: 16 }, (_, i) => row(i / 7, Math.sin(i), Math.cos(3 * i)));
    expect(near(SUM, many).samples).toEqual([]);
    expect(near(SUM, many.slice(0, 15)).samples).toHaveLength(16);
    expect(near(SUM, [row(0, 1, 1), row(1, 0, 1)]).samples).toEqual([]);
  });

  test('whole numbers stay whole, and where the model is not finite there are none', () => {
    const whole = near(SUM, [row(1, 8, 3), row(12, 0, 5)]).samples;
    expect(whole.length).toBeGreaterThan(0);
    for (const sample of whole) for (const x of numbers(sample)) expect(Number.isInteger(x)).toBe(true);
    const pole = onnxModel({
      inputs: { x: [1, 3] },
      outputs: ['y'],
      initializers: { half: { shape: [1], data: [7] } },
      nodes: [
        { op: 'Sub', inputs: ['x', 'half'], outputs: ['d'], name: '/d' },
        { op: 'Reciprocal', inputs: ['d'], outputs: ['y'], name: '/y' },
      ],
    });
    // on this line every input has a 7 for its last element, or none at all is between
    const { samples, outputs } = near(pole, [row(1, 2, 6), row(3, 5, 9)]);
    expect(samples.length).toBeLessThan(16);
    for (const one of outputs) for (const y of one.get('y')!.data) expect(Number.isFinite(y)).toBe(true);
  });

  test('of inputs that three samples say little of, fewer are inexact with them', () => {
    const random = repeatableNumbers();
    const drawn = (count: number, size: number): number[] => Array.from({ length: count }, () => size * (2 * random() - 1));
    const off = [0, 0];
    for (let model = 0; model < 6; model++) {
      const bytes = network(drawn(4 * 6, 1.5), drawn(6 * 3, 6));
      const graph = buildGraph(readOnnx(bytes));
      const [calibration, fresh] = [3, 60].map((count) => Array.from({ length: count }, () => row(...drawn(4, 2))));
      for (const [k, augment] of [true, false].entries()) {
        const { program } = compileModel(bytes, { calibration: calibration!, augment });
        for (const sample of fresh!) {
          const wanted = evaluateGraph(graph, sample).get('p')!.data;
          if (outputsOf(program, sample).some((p, e) => Math.abs(p - wanted[e]!) > 0.01)) off[k]!++;
        }
      }
    }
    expect(off[0]).toBeLessThan(off[1]! / 1.5); // 16 and 26 of 360
  });

  test('from 16 samples on they change nothing', () => {
    const many = Array.from({ length: 16 }, (_, i) => row(i / 7, Math.sin(i), Math.cos(3 * i)));
    const [one, other] = [true, false].map((augment) => compileModel(SUM, { calibration: many, augment }).program.rom);
    expect(one).toEqual(other);
    const [few, alone] = [true, false].map((augment) => compileModel(SUM, { calibration: THREE, augment }).program.rom);
    expect(few).not.toEqual(alone);
  });
});
