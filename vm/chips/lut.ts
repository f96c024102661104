// lut: one row per table entry (slot, u, q, y); slot 0 holds the range tables (0, u, r, 0) for 0 ≤ r < u. Source: AIR.md §5.4.
// Caveat: padding rows are copies of row 0; a repeated entry counts at its first row.
import { component } from '../../air/component.ts';
import { lookup } from '../relations.ts';

export const lut = component('lut', (c) => {
  const slot = c.preprocessed('slot');
  const u = c.preprocessed('u');
  const input = c.preprocessed('in');
  const output = c.preprocessed('out');
  const { mult } = c.columns('mult');
  c.yield(lookup, mult, [slot, u, input, output]);
});
