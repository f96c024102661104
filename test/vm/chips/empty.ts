// An instance of a chip in which nothing happens: all of its cells are 0. Caveat: for chips without preprocessed columns.
import type { InstanceWitness } from '../../../air/columns.ts';
import { MACHINE } from '../../../vm/chips/machine.ts';

export const empty = (type: number, logSize: number): InstanceWitness => ({
  type,
  logSize,
  base: 0,
  data: false,
  preprocessed: [],
  columns: MACHINE.components[type]!.base.map(() => new Uint32Array(2 ** logSize)),
});
