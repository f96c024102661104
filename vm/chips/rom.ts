// rom: one row per word of the program (code, weights, masks, constants), all of it preprocessed: its commitment is the model.
// The same chip on the data tree is a committed input. Source: AIR.md §5.4. Caveat: read through `read` only, so never written.
import { component } from '../../air/component.ts';
import { LANES } from '../program/isa.ts';
import { read } from './relations.ts';

export const rom = component('rom', (c) => {
  const address = c.preprocessed('addr');
  const word = Array.from({ length: LANES }, (_, t) => c.preprocessed(`w${t}`));
  const { mult } = c.columns('mult');
  c.yield(read, mult, [address, ...word]);
});
