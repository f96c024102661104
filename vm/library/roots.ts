// Roots of committed inputs as a program has them: hexadecimal texts by name. Source: vm/statement/input.ts. Caveat: it makes none (committing.ts).
import { type Digest, digestFromHex, digestToHex } from '../../fri/core/digest.ts';
import type { Roots } from '../statement/input.ts';

const mapped = <From, To>(roots: { readonly [name: string]: From }, to: (root: From) => To): { [name: string]: To } =>
  Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, to(root)]));

export const hexadecimal = (roots: Roots): { [name: string]: string } => mapped(roots, digestToHex);

/** @throws usage ZK0120 for what is no root */
export const digests = (roots: { readonly [name: string]: string }): Record<string, Digest> => mapped(roots, digestFromHex);
