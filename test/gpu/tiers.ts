// Every backend of the list that runs in the process, with one thread and with two where it takes a number, and random columns with the edge
// values of the field. Source: gpu/backends.ts. Caveat: those on a device have tests of their own (adapter.ts).

import { P } from '../../fri/core/m31.ts';
import { BACKENDS } from '../../gpu/backends.ts';
import type { StartedBackend } from '../../gpu/kind/kind.ts';

/** name and constructor; the first one is the law */
export const TIERS: readonly { name: string; start: () => Promise<StartedBackend> }[] = BACKENDS.toReversed().flatMap((kind) => {
  if (kind.memory !== 'process') return [];
  const start = (options: { threads?: number }) => () => kind.start(options);
  if (!kind.threaded) return [{ name: kind.name, start: start({}) }];
  return [1, 2].map((threads) => ({ name: `${kind.name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`, start: start({ threads }) }));
});

/** 2^logSize values, 0, 1, P - 1 and P - 2 among them */
export function randomColumn(next: () => number, logSize: number): Uint32Array {
  const edges = [0, P - 1, 1, P - 2];
  return Uint32Array.from({ length: 2 ** logSize }, () => {
    const value = next();
    return value % 7 === 0 ? edges[value % 4]! : value % P;
  });
}
