// words: a committed input. One row per address; its tree holds words, and which row is the first. The addresses are the chip's own, because
// whoever commits to a tree chooses what is in it: with addresses of his choice one address could have two words, or stand for an instruction.
// Every row counts up from the row before, or starts at `base` behind the range's last address, so the rows are one round through the range; and
// `first` says where the round starts, or the words of a root that somebody attested could be read turned round.
// Source: AIR.md §2 (DATA), §5.4. Caveat: nothing says what the words are; the program that reads them checks their range (program/committed.ts).
import { component } from '../../air/component.ts';
import { LANES } from '../program/isa.ts';
import { read } from './relations.ts';

export const words = component('words', (c) => {
  const first = c.preprocessed('first'); // 1 on row 0, else 0: so the honest tree of a tensor has it; what another tree has there binds its maker alone
  const word = Array.from({ length: LANES }, (_, t) => c.preprocessed(`w${t}`));
  const { addr, mult } = c.columns('addr', 'mult');
  const base = c.parameter('base');
  const jump = c.let(addr.sub(addr.previous()).sub(1));
  c.zero('starts at base', jump.mul(addr.sub(base)));
  c.zero('after the last', jump.mul(addr.previous().sub(base).sub(c.parameter('rows')).add(1)));
  c.when(first).equal('first row', addr, base);
  c.yield(read, mult, [addr, ...word]);
});
