// What a verdict says of committed inputs: their roots. Source: vm/statement/input.ts. Caveat: a root says nothing of whose input it is.
import { digestToHex } from '../../fri/core/digest.ts';
import type { Roots } from '../../vm/statement/input.ts';

/** nothing where no input is committed */
export const rootsJson = (roots: Roots): { roots?: Record<string, string> } =>
  Object.keys(roots).length ? { roots: Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, digestToHex(root)])) } : {};

export const rootLines = (roots: Roots): string[] =>
  Object.entries(roots).map(
    ([name, root]) => `committed input ${digestToHex(root)} is "${name}": in range, and not shown; hidden it is not`,
  );
