// The words chip without one of the things that make a committed input one: what the forgers of committed.test.ts have to break, or their attacks would
// be worth nothing. `reserved` is the chip that AIR.md had reserved for this, whose tree has the addresses. Caveat: none of them was in a release.
import { component } from '../../air/component.ts';
import type { MachineDefinition } from '../../air/machine.ts';
import type { Component } from '../../air/recorded.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { read } from '../../vm/chips/relations.ts';
import { words } from '../../vm/chips/words.ts';
import { LANES } from '../../vm/program/isa.ts';

const lanes = Array.from({ length: LANES }, (_, t) => t);

/** words without some of its constraints */
const without = (...labels: string[]): Component => ({
  ...words,
  constraints: words.constraints.filter(({ label }) => !labels.includes(label)),
});

/** the words are columns of the prover's, and the tree stands beside them */
const unbound = component('words', (c) => {
  c.preprocessed('first');
  for (const t of lanes) c.preprocessed(`w${t}`);
  const { addr, mult } = c.columns('addr', 'mult');
  const own = c.columns('own', LANES);
  const jump = addr.sub(addr.previous()).sub(1);
  c.zero('starts at base', jump.mul(addr.sub(c.parameter('base'))));
  c.zero('after the last', jump.mul(addr.previous().sub(c.parameter('base')).sub(c.parameter('rows')).add(1)));
  c.yield(read, mult, [addr, ...own]);
});

/** the address is what the tree has in its first column */
const reserved = component('words', (c) => {
  const addr = c.preprocessed('first');
  const word = lanes.map((t) => c.preprocessed(`w${t}`));
  const { mult } = c.columns('unused', 'mult');
  c.yield(read, mult, [addr, ...word]);
});

const machine = (chip: Component): MachineDefinition => ({
  name: 'zkvm',
  components: MACHINE.components.map((one, type) => (type === TYPE.words ? chip : one)),
});

/** a first row has the address base, and a round may start elsewhere where the tree has no first row */
const unplaced = component('words', (c) => {
  const first = c.preprocessed('first');
  const word = lanes.map((t) => c.preprocessed(`w${t}`));
  const { addr, mult } = c.columns('addr', 'mult');
  const base = c.parameter('base');
  const jump = addr.sub(addr.previous()).sub(1);
  c.zero('starts at base', jump.mul(addr.sub(base)));
  c.zero('after the last', jump.mul(addr.previous().sub(base).sub(c.parameter('rows')).add(1)));
  c.when(first).equal('first row', addr, base);
  c.yield(read, mult, [addr, ...word]);
});

export const BAD = {
  'the first address is free': machine(without('starts on first', 'first row')),
  'a tree need not say where it starts': machine(unplaced),
  'a round may end anywhere': machine(without('starts on first', 'after the last')),
  'a round of some rows may end anywhere': machine(without('after the last')),
  'a round may start anywhere': machine(without('first row')),
  'steps are free': machine(without('starts on first', 'after the last', 'first row')),
  'words are the prover’s': machine(unbound),
  'addresses are the tree’s': machine(reserved),
} as const;
