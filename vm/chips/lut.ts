// lut: one row per table entry, all preprocessed: function slots (slot, u, q, y) and, as slot 0, the range tables (0, u, r, 0).
// Source: AIR.md §5.4; LogUp: Haböck, ePrint 2022/1530. Caveat: that intervals are disjoint and ranges complete is checked by the
// loader, not by the AIR.
import { component } from '../../air/component.ts';
import { lookup } from './relations.ts';

export const lut = component('lut', (c) => {
  const slot = c.preprocessed('slot');
  const u = c.preprocessed('u');
  const input = c.preprocessed('in');
  const output = c.preprocessed('out');
  const { mult } = c.columns('mult');
  c.yield(lookup, mult, [slot, u, input, output]);
});
