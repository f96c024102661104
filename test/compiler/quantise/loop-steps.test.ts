// Steps of a recurrent layer share their ranges, tables and weights, so that a step more costs rows of the chips alone. Caveat: one small LSTM; that
// its values are right is tested beside its operator.
// Slow: models of several lengths are compiled.

import { describe, expect, test } from 'vitest';
import { stagesOf } from '../../../compiler/choice/stages.ts';
import { buildGraph } from '../../../compiler/graph/build.ts';
import type { RealTensors } from '../../../compiler/graph/reference.ts';
import { compileModel } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { atOnce } from '../../../compiler/onnx/steps.ts';
import { calibrate } from '../../../compiler/quantise/calibrate.ts';
import { quantise, valuesToKeep } from '../../../compiler/quantise/quantise.ts';
import { randomNumbers, randomTensor } from '../check.ts';
import { onnxModel } from '../onnx-writer.ts';

const [DEPTH, HIDDEN] = [5, 20];
const BITS = { activationBits: 10, outputBits: 11, inputBits: undefined, weightBits: 16 };

function lstm(length: number) {
  const random = randomNumbers(7);
  const bytes = onnxModel({
    nodes: [{ op: 'LSTM', inputs: ['x', 'w', 'r', 'b'], outputs: ['', 'y'], name: 'lstm', attributes: { hidden_size: HIDDEN } }],
    inputs: { x: [length, 1, DEPTH] },
    outputs: ['y'],
    initializers: {
      w: randomTensor(random, [1, 4 * HIDDEN, DEPTH], 0.8),
      r: randomTensor(random, [1, 4 * HIDDEN, HIDDEN], 0.4),
      b: randomTensor(random, [1, 8 * HIDDEN], 0.3),
    },
  });
  const calibration: RealTensors[] = Array.from({ length: 6 }, () => ({ x: randomTensor(random, [length, 1, DEPTH], 1) }));
  return { bytes, calibration };
}

/** Different tables and lists of integer weights of an LSTM. @param roles whether its steps are known to be alike */
function different(length: number, roles: boolean) {
  const { bytes, calibration } = lstm(length);
  const { roles: known, ...plain } = buildGraph(readOnnx(bytes));
  const graph = roles ? { ...plain, ...(known && { roles: known }) } : plain;
  const stages = stagesOf(graph);
  const integers = atOnce(quantise(stages, atOnce(calibrate(graph, calibration, valuesToKeep(stages))), BITS));
  const [keys, weights] = [new Set<unknown>(), new Set<string>()];
  for (const stage of integers.stages) {
    if (stage.kind !== 'linear' || stage.copies) continue;
    keys.add(stage.slot.key ?? stage.slot);
    for (const list of stage.weights) if (list.length > 1) weights.add(list.join());
  }
  return { tables: keys.size, weights: weights.size };
}

/** A layer that forgets: its first state is thousands of times its last one. */
function forgetful(length: number, start: number) {
  const random = randomNumbers(3);
  const bytes = onnxModel({
    nodes: [
      {
        op: 'RNN',
        inputs: ['x', 'w', 'r', '', '', 'h'],
        outputs: ['', 'y'],
        name: 'rnn',
        attributes: { hidden_size: 2, activations: { texts: ['Relu'] } },
      },
    ],
    inputs: { x: [length, 1, 2], h: [1, 1, 2] },
    outputs: ['y'],
    initializers: { w: randomTensor(random, [1, 2, 2], 0.01), r: { shape: [1, 2, 2], data: [0.1, 0, 0, 0.1] } },
  });
  const sample = (): RealTensors => ({ x: randomTensor(random, [length, 1, 2], 1), h: randomTensor(random, [1, 1, 2], start, start) });
  return { bytes, calibration: Array.from({ length: 12 }, sample) };
}

describe('steps of a loop', () => {
  test('that miss the accuracy because they share a range have ranges of their own', () => {
    const { bytes, calibration } = forgetful(5, 500);
    const { report, integers } = compileModel(bytes, { calibration });
    expect(report.accuracy.error).toBeLessThanOrEqual(0.01);
    expect(integers.stages.some(({ stage }) => stage.role !== undefined)).toBe(false);
    // no bits are enough for one range
    const shared = compileModel(bytes, { calibration, activationBits: 15, acceptError: 1 });
    expect(shared.integers.stages.some(({ stage }) => stage.role !== undefined)).toBe(true);
    expect(shared.report.accuracy.error).toBeGreaterThan(0.01);
  });

  test('that are accurate enough with one range keep it', () => {
    const { integers } = compileModel(forgetful(5, 0.05).bytes, { calibration: forgetful(5, 0.05).calibration });
    expect(integers.stages.some(({ stage }) => stage.role !== undefined)).toBe(true);
  });

  test('share tables and weights, however many there are', () => {
    const few = different(4, true);
    expect(different(9, true)).toEqual(few);
    // four gates of the input and of the state, and once more of the first state, because nothing was kept before it
    expect(few.weights).toBeLessThanOrEqual(16);
  });

  test('have their own where nobody says that they are alike', () => {
    const [few, many] = [different(4, false), different(9, false)];
    expect(many.tables).toBeGreaterThan(few.tables + 20);
    expect(many.weights).toBeGreaterThan(few.weights + 20);
  });

  test('cost no more tables and hardly more read-only words in a program', () => {
    const rowsOf = (length: number) => {
      const { bytes, calibration } = lstm(length);
      return compileModel(bytes, { calibration, activationBits: 10, acceptError: 1 }).report.rows;
    };
    const [few, many] = [rowsOf(6), rowsOf(12)];
    expect(many.lut).toBeLessThan(1.5 * few.lut);
    // instructions alone
    expect(many.rom - few.rom).toBeLessThan(6 * 60);
    // single elements of the state share words: a step stores 20 of them in 2
    expect(many.store - few.store).toBeLessThan(6 * (16 * 2 + 10 * 2 + 16 * 2));
  });
});
