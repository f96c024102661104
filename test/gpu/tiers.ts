// Every backend that this machine can run, and random columns with the edge values of the field.

import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { P } from '../../fri/core/m31.ts';
import { wasmBackend } from '../../gpu/wasm/backend.ts';

/** name and constructor; the first one is the law */
export const TIERS: readonly { name: string; start: () => Promise<Backend> }[] = [
  { name: 'js', start: async () => jsBackend() },
  { name: 'wasm, 1 thread', start: () => wasmBackend({ threads: 1 }) },
  { name: 'wasm, 2 threads', start: () => wasmBackend({ threads: 2 }) },
];

/** 2^logSize values, 0, 1, P - 1 and P - 2 among them */
export function randomColumn(next: () => number, logSize: number): Uint32Array {
  const edges = [0, P - 1, 1, P - 2];
  return Uint32Array.from({ length: 2 ** logSize }, () => {
    const value = next();
    return value % 7 === 0 ? edges[value % 4]! : value % P;
  });
}
