// The list of components whose registers are proved to forget, as the text of air/proved.ts. Written by bench/gen.ts, held against the
// file by test/vm/chips/registers.test.ts. Caveat: it proves before it writes; the digests alone say nothing.
import { componentDigest } from '../air/component.ts';
import { requireForgetting } from '../air/registers.ts';
import { MACHINE } from '../vm/chips/machine.ts';

export const PROVED_FILE = 'air/proved.ts';

/** @throws bug if a register of the machine is not reset */
export function provedText(): string {
  const proved = MACHINE.components.filter(({ registers }) => registers.length);
  for (const component of proved) requireForgetting(component);
  return [
    '// Components whose registers were proved to forget (air/registers.ts), by digest, so that a process need not prove it again.',
    '// Written by `npm run gen`, which proves first. Caveat: a test proves all of them again, whatever stands here.',
    'export const PROVED: ReadonlySet<string> = new Set([',
    ...proved.map((component) => `  '${componentDigest(component)}', // ${component.name}`),
    ']);',
    '',
  ].join('\n');
}
