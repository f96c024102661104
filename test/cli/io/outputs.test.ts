// Which output the labels are about: scores in rows, or places in the list of labels.
import { expect, test } from 'vitest';
import { outputLines } from '../../../cli/io/outputs.ts';
import { predictions } from '../../../vm/library/outputs.ts';
import type { Encoding, Program, Region } from '../../../vm/program/types.ts';

const region = (name: string, shape: number[], scale = 1): Region => ({ name, shape, scale }) as Region;
const program = (outputs: Region[], labels = ['a', 'b', 'c'], encodings: Encoding[] = []): Program =>
  ({ outputs, metadata: { name: 'm', labels, encodings } }) as unknown as Program;
const place = region('label', [3]);
const scores = region('scores', [3, 3], 0.5);
const tensors = { label: Int32Array.of(2, 0, 1), scores: Int32Array.of(0, 1, 2, 5, 1, 1, 1, 4, 0) };

test('rows of scores tell labels, though as many samples come first', () => {
  expect(predictions(program([place, scores]), tensors)).toEqual(['c', 'a', 'b']);
  expect(predictions(program([scores]), tensors)).toEqual(['c', 'a', 'b']);
  expect(outputLines(program([place, scores]), tensors).filter((line) => line.includes('label "'))).toEqual([
    '  [0, 0.5, 1]  largest at 2  label "c"',
    '  [2.5, 0.5, 0.5]  largest at 0  label "a"',
    '  [0.5, 2, 0]  largest at 1  label "b"',
  ]);
});

test('a list of places tells labels, if all are there', () => {
  const two = { label: Int32Array.of(2, 0) };
  expect(predictions(program([region('label', [2])]), two)).toEqual(['c', 'a']);
  expect(outputLines(program([region('label', [2])]), two)[1]).toBe('  [2, 0]  largest at 0  label "c", "a"');
  expect(predictions(program([region('label', [2])]), { label: Int32Array.of(3, 0) })).toBeUndefined();
  expect(predictions(program([region('label', [2])]), { label: Int32Array.of(-1, 0) })).toBeUndefined();
  expect(predictions(program([region('label', [2], 0.5)]), two)).toBeUndefined();
});

test('without labels, or with others, there are none', () => {
  expect(predictions(program([scores], []), tensors)).toBeUndefined();
  expect(predictions(program([scores], ['a', 'b']), tensors)).toBeUndefined();
});

test('outputs with a scale for each channel are told by real numbers, not by integers', () => {
  const rule = (name: string, axis: number, list: number[]): Encoding => ({ of: 'output', name, axis, scales: list });
  // integers that are places in the list stand for 4 and 0 here
  const two = { label: Int32Array.of(2, 0) };
  const places = program([region('label', [2])], undefined, [rule('label', 0, [2, 1])]);
  expect(predictions(places, two)).toBeUndefined();
  expect(outputLines(places, two)[1]).toBe('  [4, 0]  largest at 0');
  // 1 · 8 is more than 2 · 1, whatever the integers are
  const rows = program([scores], undefined, [rule('scores', 1, [1, 8, 1])]);
  expect(predictions(rows, tensors)).toEqual(['b', 'b', 'b']);
  expect(predictions(program([scores]), tensors)).toEqual(['c', 'a', 'b']);
});
