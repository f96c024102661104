// The committed report of the onnx backend cases, and the rules that make it: nothing here needs the cases themselves.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../compiler/onnx/tensor.ts';
import { ONNX_VERSION } from './cases.ts';
import { complaints, count, type Report, reportOf, reportText } from './report.ts';
import { compared, type Outcome } from './run-case.ts';

const committed = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'report.json'), 'utf8')) as Report;
const outcome = (status: Outcome['status'], operators = ['Relu']): Outcome => ({
  status,
  operators,
  live: 1,
  inputs: 1,
  error: 0.001,
  reason: 'why',
});

describe('the committed report', () => {
  test('has no failure and at least 600 passed cases of this version', () => {
    expect(committed.onnx).toBe(ONNX_VERSION);
    expect(count(committed, 'failed')).toBe(0);
    expect(count(committed, 'passed')).toBeGreaterThanOrEqual(600);
    for (const [name, [status, , , result]] of Object.entries(committed.cases))
      if (status === 'unsupported') expect(String(result), name).toMatch(/^ZK05\d\d: /);
  });

  test('is what the summary for people says', () => {
    const text = fs.readFileSync(path.join(import.meta.dirname, '../../compiler/ONNX.md'), 'utf8');
    const total = Object.keys(committed.cases).length;
    const counts = `**${count(committed, 'passed')} passed, ${count(committed, 'unsupported')} unsupported, 0 failed** of ${total}.`;
    expect(text).toContain(counts);
  });
});

describe('what is complained about', () => {
  const before = reportOf(ONNX_VERSION, new Map([['a', outcome('passed')]]));
  const complain = (outcomes: [string, Outcome][], least = 1): string[] => {
    const map = new Map(outcomes);
    return complaints(reportOf(ONNX_VERSION, map), before, map, least);
  };
  test('nothing, when all is as before', () => expect(complain([['a', outcome('passed')]])).toEqual([]));
  test('a failure', () =>
    expect(
      complain([
        ['a', outcome('passed')],
        ['b', outcome('failed')],
      ]),
    ).toEqual(['failed: b: why']));
  test('a case that passed before', () =>
    expect(
      complain([
        ['a', outcome('unsupported', [])],
        ['b', outcome('passed')],
      ]),
    ).toEqual(['passed before: a: why']));
  test('a case that is gone', () => expect(complain([['b', outcome('passed')]])).toEqual(['missing: a']));
  test('too few', () => expect(complain([['a', outcome('passed')]], 2)).toEqual(['1 cases passed, at least 2 must']));
  test('an operator without a passed case', () =>
    expect(
      complain([
        ['a', outcome('passed')],
        ['b', outcome('unsupported', ['Tanh'])],
      ]),
    ).toEqual(['no case of Tanh passed']));
  test('another version', () => {
    const map = new Map([['a', outcome('passed')]]);
    expect(complaints(reportOf('9.9.9', map), before, map, 1)).toEqual([
      `the committed report is of onnx ${ONNX_VERSION}, these are the cases of 9.9.9`,
    ]);
  });
  test('the text of a report reads back', () => expect(JSON.parse(reportText(before))).toEqual(before));
});

describe('outputs', () => {
  const tensor = (kind: Tensor['kind'], ...data: number[]): Tensor => ({ shape: [data.length], data: Float64Array.from(data), kind });
  const got = (...data: number[]): Float64Array => Float64Array.from(data);
  test('floating point within 1 % of the largest value', () => {
    expect(compared('y', tensor('real', 0, 100), [2], got(0.9, 99.5))).toBeCloseTo(0.009, 9);
    expect(() => compared('y', tensor('real', 0, 100), [2], got(1.1, 100))).toThrow(/"y"\[0\] is 1.1, expected 0/);
    expect(() => compared('y', tensor('real', 0, 100), [2], got(Number.NaN, 100))).toThrow(/NaN/);
    expect(() => compared('y', tensor('real', 0, 0), [2], got(0, 1e-9))).toThrow(/expected 0/);
  });
  test('integers exactly', () => {
    expect(compared('y', tensor('integer', 3, 1000), [2], got(3, 1000))).toBe(0);
    expect(() => compared('y', tensor('integer', 3, 1000), [2], got(3, 1001))).toThrow(/\[1\] is 1001, expected 1000/);
  });
  test('of the right shape', () => {
    expect(() => compared('y', tensor('real', 1, 2), [2, 1], got(1, 2))).toThrow(/shape \[2,1\], expected \[2\]/);
  });
});
