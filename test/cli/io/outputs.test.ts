// Which output the labels are about: scores in rows, or places in the list of labels.
import { expect, test } from 'vitest';
import { outputLines } from '../../../cli/io/outputs.ts';
import { predictions } from '../../../vm/library/outputs.ts';
import type { Program, Region } from '../../../vm/program/types.ts';

const region = (name: string, shape: number[], scale = 1): Region => ({ name, shape, scale }) as Region;
const program = (outputs: Region[], labels = ['a', 'b', 'c']): Program =>
  ({ outputs, metadata: { name: 'm', labels } }) as unknown as Program;
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
