// words: a committed input. One row per address; its tree holds words, and which row is the first. The addresses are the chip's own, because
// whoever commits to a tree chooses what is in it: with addresses of his choice one address could have two words, or stand for an instruction.
// Every row counts up from the row before, or is the tree's `first`, has the address `base` and stands behind the range's last address: so the rows are
// one round through the range, which starts where the tree says. A round must start on `first`, and not only a first row be where a round starts: on
// a tree without a first row its maker could turn the words of one root as he likes, for each proof anew.
// Source: AIR.md §2 (DATA), §5.4. Caveat: nothing says what the words are; the program that reads them checks their range (program/committed.ts).
import { component } from '../../air/component.ts';
import { LANES } from '../program/isa.ts';
import { read } from './relations.ts';

export const words = component('words', (c) => {
  const first = c.preprocessed('first'); // 1 on row 0, else 0; a tree that has not exactly one row with a 1 and zeros elsewhere has no proof
  const word = Array.from({ length: LANES }, (_, t) => c.preprocessed(`w${t}`));
  const { addr, mult } = c.columns('addr', 'mult');
  const base = c.parameter('base');
  const jump = c.let(addr.sub(addr.previous()).sub(1));
  c.zero('starts on first', jump.mul(first.sub(1)));
  c.zero('after the last', jump.mul(addr.previous().sub(base).sub(c.parameter('rows')).add(1)));
  c.when(first).equal('first row', addr, base);
  c.yield(read, mult, [addr, ...word]);
});
