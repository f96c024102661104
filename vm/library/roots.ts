// Roots of committed inputs as a program has them: hexadecimal texts by name. Source: vm/statement/input.ts. Caveat: it makes none (committing.ts).
import { type Digest, digestFromHex, digestToHex } from '../../fri/core/digest.ts';
import type { Roots } from '../statement/input.ts';

export const hexadecimal = (roots: Roots): { [name: string]: string } =>
  Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, digestToHex(root)]));

/** @throws usage ZK0120 for a text that is no root */
export const digests = (roots: { readonly [name: string]: string }): Record<string, Digest> =>
  Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, digestFromHex(root)]));
