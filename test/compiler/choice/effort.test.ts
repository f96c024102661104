// The choice of bits ends where its work is done: it takes what is accurate enough without looking for less, or what it has. Caveat: errors are made up.

import { describe, expect, test } from 'vitest';
import { Effort } from '../../../compiler/choice/effort.ts';
import { atHand, atOnce, type Steps } from '../../../compiler/onnx/steps.ts';
import type { IntegerGraph, QuantisationOptions } from '../../../compiler/quantise/integer-graph.ts';
import { chooseBits, type Trial } from '../../../compiler/report/accuracy.ts';
import type { StageGraph } from '../../../compiler/stages/stage.ts';

const options: QuantisationOptions = { activationBits: 10, outputBits: 11, weightBits: 16 };
const own = new Map(Array.from({ length: 30 }, (_, i) => [`s${i}`, i]));

/** A model that needs twelve bits, but for stages that may keep ten. */
function searched(may: { search: () => boolean; refine: () => boolean }) {
  let tries = 0;
  const attempt = ({ activationBits, bitsOf }: QuantisationOptions): Steps<Trial> => {
    tries++;
    return atHand({ integers: {} as IntegerGraph, error: 0.04 / 2 ** (activationBits - 10) + 1e-5 * (bitsOf?.size ?? 0) });
  };
  const { error } = atOnce(chooseBits(attempt, options, () => atHand(own), 0.0102, false, may));
  return { tries, error };
}

describe('the work of a choice', () => {
  const [yes, no] = [() => true, () => false];

  test('goes on to fewer bits while there is work left', () => {
    expect(searched({ search: yes, refine: yes }).tries).toBeGreaterThan(5);
  });

  test('ends with the first accurate bits where none is left', () => {
    expect(searched({ search: yes, refine: no })).toEqual({ tries: 3, error: 0.01 });
  });

  test('ends with what there is where nothing may be searched for', () => {
    expect(searched({ search: no, refine: no })).toEqual({ tries: 1, error: 0.04 });
  });

  test('is counted by products and weights: a small model has much of it, a large one little', () => {
    const graphOf = (size: number): StageGraph => ({
      inputs: [],
      outputs: [],
      stages: [
        {
          kind: 'linear',
          id: '#0',
          shape: [1, size],
          value: 'y',
          before: 'y',
          where: 'test',
          terms: [
            {
              kind: 'dense',
              source: { root: 'x' },
              depth: 4,
              depthStride: 1,
              outputs: size,
              outputStride: 1,
              from: Int32Array.of(0),
              to: Int32Array.of(0),
              weights: new Float64Array(4 * size),
            },
          ],
          constant: undefined,
          functions: [],
        },
      ],
    });
    const small = new Effort(graphOf(10));
    const large = new Effort(graphOf(2 ** 20));
    for (const effort of [small, large]) {
      expect(effort.isLeft).toBe(true);
      for (let i = 0; i < 5; i++) effort.rounded();
      effort.measured(100);
    }
    expect([small.isLeft, large.isLeft]).toEqual([true, false]);
    expect(small.share).toBeLessThan(0.001);
    expect(large.share).toBe(1);
  });
});
