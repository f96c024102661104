// Deterministic numbers and fast-check arbitraries for the tests of this floor.
import fc from 'fast-check';
import { P } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';

/** a generator of canonical M31 elements: every run of a test is the same run */
export function randomM31(seed: number): () => number {
  let s = seed;
  return () => {
    s = (Math.imul(s ^ (s >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    s = Math.imul(s ^ (s >>> 12), 0x297a2d39);
    s ^= s >>> 15;
    return (s >>> 0) % P;
  };
}

/** canonical elements, the edges 0, 1, 2^16 ± 1, p - 1 often among them */
export const elements = fc.oneof(fc.constantFrom(0, 1, 2, 65535, 65536, 65537, P - 2, P - 1), fc.integer({ min: 0, max: P - 1 }));

export const feltElements: fc.Arbitrary<QM31> = fc.tuple(elements, elements, elements, elements);

export const randomFelt = (next: () => number): QM31 => [next(), next(), next(), next()];
