// ram: one row per address. Write-once memory (Cairo whitepaper §2.6) with separate read and write relations, so that a word that
// is read was written exactly once. Source: AIR.md §5.4. Caveat: the address is preprocessed plus the instance's base, so height
// and base are part of the model record.
import { component } from '../../air/component.ts';
import { LANES } from '../program/isa.ts';
import { read, write } from './relations.ts';

export const ram = component('ram', (c) => {
  const address = c.let(c.preprocessed('index').add(c.parameter('base')));
  const word = c.columns('w', LANES);
  const { mult, used } = c.columns('mult', 'used'); // reads of this address; 1 if somebody wrote it
  c.boolean({ used });
  c.when(used.not()).zero('read needs write', mult);
  c.yield(read, mult, [address, ...word]);
  c.yield(write, used, [address, ...word]);
});
