// The widths of the chips are those that the pages state. Source: AIR.md §5.0, §7.
import { expect, test } from 'vitest';
import { interactionColumns } from '../../../air/component.ts';
import { MACHINE } from '../../../vm/chips/machine.ts';

const widths = MACHINE.components.map((c) => [
  c.name,
  c.base.length,
  4 * interactionColumns(c),
  c.preprocessed.length,
  c.twoPoint.base.length,
  4 * c.twoPoint.interaction.length,
  c.constraints.length,
  Math.max(...c.constraints.map((constraint) => constraint.degree)),
  c.sums.flat().length,
]);

test('chip widths equal AIR.md §5.0 and §7 (fractions)', () => {
  expect(widths).toEqual([
    ['cpu', 50, 12, 0, 17, 0, 55, 3, 5],
    ['mac', 54, 20, 0, 21, 8, 51, 3, 4],
    ['store', 101, 80, 0, 21, 8, 85, 3, 36],
    ['ram', 18, 4, 1, 0, 0, 3, 3, 2],
    ['rom', 1, 4, 17, 0, 0, 1, 2, 1],
    ['lut', 1, 4, 4, 0, 0, 1, 2, 1],
    ['words', 2, 4, 17, 1, 0, 4, 2, 1],
  ]);
});
