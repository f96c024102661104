// The second search between the samples does not make again what the first has made. Caveat: one small classifier.

import { describe, expect, test } from 'vitest';
import { quantised } from '../../../compiler/choice/bits.ts';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { encodedGraph } from '../../../compiler/graph/encoded.ts';
import type { RealTensors } from '../../../compiler/graph/reference.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { atOnce } from '../../../compiler/onnx/steps.ts';
import { onnxModel } from '../onnx-writer.ts';

const row = (a: number, b: number): RealTensors => ({ x: { shape: [1, 2], data: [a, b] } });
const SAMPLES = [row(0.93, 0.11), row(0.07, 0.89), row(0.91, 0.13), row(0.11, 0.97)];
const BITS = { activationBits: 10, outputBits: 11, inputBits: undefined, weightBits: 16 };

/** What searches between the samples find, with the tries each of them made. */
function searches(target: number) {
  const bytes = onnxModel({
    inputs: { x: [1, 2] },
    outputs: ['p'],
    initializers: { w: { shape: [2, 3], data: [40, -40, 3, -25, 30, -5] } },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['s'], name: '/s' },
      { op: 'Softmax', inputs: ['s'], outputs: ['p'], name: '/p', attributes: { axis: -1 } },
    ],
  });
  let tries = 0;
  const progress = (step: string): void => {
    if (step.startsWith('choice of bits')) tries++;
  };
  const encoded = atOnce(encodedGraph(buildGraph(readOnnx(bytes)), SAMPLES, target));
  const chosen = atOnce(quantised(encoded, BITS, { target, forced: false, augment: true, committed: new Set(), progress }));
  const found: { error: number; made: number }[] = [];
  tries = 0;
  for (const trial of chosen.safer()) {
    if (!trial) continue;
    found.push({ error: trial.error, made: tries });
    tries = 0;
  }
  return found;
}

describe('a choice that is accurate between the samples', () => {
  test('is searched for twice, and what both searches try is made once', () => {
    const [first, second] = searches(0.01);
    expect(first!.error).toBeLessThanOrEqual(0.006);
    expect(second!.error).toBeLessThanOrEqual(0.01);
    expect(first!.made).toBeGreaterThan(2);
    expect(second!.made).toBeLessThan(first!.made);
  });

  test('is not searched for where the samples need no more', () => {
    expect(searches(0.9)).toEqual([]);
  });
});
