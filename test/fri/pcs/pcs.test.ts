// DEEP and folding, scalar forms, against the outside vectors and against the algebra they stand for.
import { describe, expect, test } from 'vitest';
import * as circle from '../../../fri/core/circle.ts';
import { evaluate, evaluateAtPoint, interpolate, interpolateLine } from '../../../fri/core/fft.ts';
import type { QM31 } from '../../../fri/core/qm31.ts';
import * as qm31 from '../../../fri/core/qm31.ts';
import { type DeepBatch, deepConstants, deepValues } from '../../../fri/pcs/deep.ts';
import { foldCosets } from '../../../fri/pcs/fold.ts';
import type { Batch } from '../../../fri/pcs/layout.ts';
import { randomFelt, randomM31 } from '../random.ts';
import { vectors } from '../vectors.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const next = randomM31(23);

/** one coset, which begins at a position */
const foldCoset = (values: readonly QM31[], start: number, logSize: number, circle: boolean, alpha: QM31, foldLog: number): QM31 =>
  qm31.at(foldCosets(qm31.toWords(values), [start / 2 ** foldLog], logSize, circle, alpha, foldLog), 0);

/** the quotient at one point, where block b has one column, cell b */
const deepValue = (constants: readonly DeepBatch[], [x, y]: readonly [number, number], cells: readonly number[]): QM31 => {
  const point = [Uint32Array.of(x), Uint32Array.of(y)] as const;
  return qm31.at(deepValues(constants, point, Uint32Array.from(cells), [...cells.keys()]), 0);
};

describe('folding', () => {
  test('the vectors hold', () => {
    const { values, alpha, circle: onCircle, line, lineByTwo } = vectors.fold;
    expect(foldCoset(values, onCircle.start, onCircle.domainLogSize, true, alpha, 3)).toEqual(onCircle.result);
    expect(foldCoset(values, line.start, line.domainLogSize, false, alpha, 3)).toEqual(line.result);
    expect(foldCoset(values.slice(0, 2), lineByTwo.start, lineByTwo.domainLogSize, false, alpha, 1)).toEqual(lineByTwo.result);
    expect(foldCoset(values, line.start, line.domainLogSize, true, alpha, 3)).not.toEqual(line.result);
    expect(foldCoset(values, line.start + 8, line.domainLogSize, false, alpha, 3)).not.toEqual(line.result);
  });

  test('a fold by 8 is 8·Σ α^j (coefficient 8k + j), so it keeps low degree', () => {
    const [n, b] = [5, 2];
    const columns = range(4).map(() => Uint32Array.from(range(2 ** n), next));
    const extensions = columns.map((c) => evaluate(c, n + b));
    const alpha = randomFelt(next);
    const valueAt = (j: number): QM31 => [extensions[0]![j]!, extensions[1]![j]!, extensions[2]![j]!, extensions[3]![j]!];
    const folded = range(2 ** (n + b - 3)).map((k) => {
      const coset = range(8).map((j) => valueAt(8 * k + j));
      return foldCoset(coset, 8 * k, n + b, true, alpha, 3);
    });
    const line = interpolateLine(
      range(4).map((c) => folded.map((v) => v[c]!)),
      n + b - 3,
    );
    const powers = qm31.powers(alpha, 8);
    line.forEach((coefficient, k) => {
      const wanted = range(8).reduce((sum: QM31, j) => {
        const at = 8 * k + j;
        if (at >= 2 ** n) return sum;
        return qm31.add(sum, qm31.mul(powers[j]!, [columns[0]![at]!, columns[1]![at]!, columns[2]![at]!, columns[3]![at]!]));
      }, qm31.ZERO);
      expect(coefficient).toEqual(qm31.scale(wanted, 8));
    });
    expect(line.slice(2 ** (n - 3)).every(qm31.isZero)).toBe(true);
  });
});

describe('DEEP', () => {
  const { t, delta, samples, opened, position, point, batches, value } = vectors.deep;
  const z = circle.pointFromParameter(t);
  const shifted = (index: number) => circle.addPoints(z, circle.pointOverQM31(index));
  // two columns, a block each: log size 3 (two-point) and 5 (one-point) inside L = 7
  const list: Batch[] = [
    {
      point: z,
      terms: [
        { block: 0, columns: [0] },
        { block: 1, columns: [0] },
      ],
      samples: [0, 1],
    },
    { point: shifted(-circle.stepIndex(7)), terms: [{ block: 0, columns: [0] }], samples: [2] },
    { point: shifted(circle.stepIndex(4)), terms: [{ block: 0, columns: [0] }], samples: [0] },
  ];

  test('the vectors hold: samples, constants and value', () => {
    const columns = vectors.fft.map((v) => Uint32Array.from(v.coefficients));
    expect(evaluateAtPoint(columns[0]!, circle.project(z, 4))).toEqual(samples[0]);
    expect(evaluateAtPoint(columns[1]!, circle.project(z, 2))).toEqual(samples[1]);
    expect(evaluateAtPoint(columns[0]!, circle.project(list[1]!.point, 4))).toEqual(samples[2]);
    expect(columns.map((c, i) => evaluate(c, [4, 6][i]!)[circle.lift(position, 8, [4, 6][i]!)])).toEqual(opened);
    expect(circle.pointAt(circle.indexAt(8, position))).toEqual(point);
    const constants = deepConstants(list, qm31.toWords(samples), delta);
    constants.forEach((constant, i) => {
      expect(constant.m).toEqual(batches[i]!.m);
      expect(constant.A).toEqual(batches[i]!.A);
      expect(constant.B).toEqual(batches[i]!.B);
      expect(constant.terms.flatMap((term) => qm31.fromWords(term.powers))).toEqual(batches[i]!.powers);
    });
    expect(deepValue(constants, point, opened)).toEqual(value);
    expect(deepValue(constants, point, [opened[0]! + 1, opened[1]!])).not.toEqual(value);
  });

  test('the quotient of a true sample has low degree, of a false one it has not', () => {
    const [n, b] = [5, 2];
    const column = Uint32Array.from(range(2 ** n), next);
    const extension = evaluate(column, n + b);
    const domain = circle.domain(n + b);
    const at = circle.pointFromParameter(randomFelt(next));
    const sample = evaluateAtPoint(column, at);
    const isLow = (claimed: QM31): boolean => {
      const constants = deepConstants(
        [{ point: at, terms: [{ block: 0, columns: [0] }], samples: [0] }],
        qm31.toWords([claimed]),
        randomFelt(next),
      );
      const values = range(2 ** (n + b)).map((j) => deepValue(constants, [domain.x[j]!, domain.y[j]!], [extension[j]!]));
      return range(4).every((c) =>
        interpolate(
          Uint32Array.from(values, (v) => v[c]!),
          n + b,
        )
          .subarray(2 ** n)
          .every((x) => x === 0),
      );
    };
    expect(isLow(sample)).toBe(true);
    for (let c = 0; c < 4; c++) {
      const wrong = sample.map((x, i) => (i === c ? (x + 1) % 2147483647 : x)) as unknown as QM31;
      expect(isLow(wrong)).toBe(false);
    }
  });

  test('a point whose y has no u-part is rejected', () => {
    const onBaseCircle = circle.pointOverQM31(12345);
    expect(() =>
      deepConstants([{ point: onBaseCircle, terms: [{ block: 0, columns: [0] }], samples: [0] }], qm31.toWords([qm31.ONE]), delta),
    ).toThrow('ZK0140');
  });
});
