// rom: one row per word of the model (or of a committed input, on the data tree): address and lanes are preprocessed, the number of
// reads is free. Source: AIR.md §5.4. Caveat: a free multiplicity is safe only while ζ is never z (AIR.md §8).
import { component } from '../../air/component.ts';
import { LANES } from '../isa.ts';
import { read } from '../relations.ts';

export const rom = component('rom', (c) => {
  const address = c.preprocessed('addr');
  const w = Array.from({ length: LANES }, (_, lane) => c.preprocessed(`w${lane}`));
  const { mult } = c.columns('mult');
  c.yield(read, mult, [address, ...w]);
});
