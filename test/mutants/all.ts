// All mutants of the TypeScript verifier: what the generator finds in each target, and those by hand.
// Caveat: paths are relative to the root of the repository, which must be the working directory.
import { readFileSync } from 'node:fs';
import { BY_HAND } from './by-hand.ts';
import { weaken } from './generate.ts';
import type { Mutant } from './mutant.ts';
import { TARGETS } from './targets.ts';

const read = (file: string): string => readFileSync(file, 'utf8');

/** the one place where a text stands in a file */
function placeOf(file: string, find: string): number {
  const source = read(file);
  const at = source.indexOf(find);
  if (at < 0 || source.indexOf(find, at + 1) >= 0) throw new Error(`${file}: ${at < 0 ? 'nowhere' : 'more than once'}: ${find}`);
  return at;
}

/** in the order of targets.ts, those by hand last in each file. @throws if one by hand does not fit its file */
export function allMutants(): Mutant[] {
  const generated = Object.entries(TARGETS).flatMap(([file, { killers, ...choice }]) =>
    weaken(file, read(file), choice).map(({ what, name, edit }): Mutant => ({ file, what, name, edits: [edit], killers })),
  );
  const byHand = BY_HAND.map(({ what, edits }): Mutant => {
    const file = edits[0]![0];
    return {
      file,
      what: 'by hand',
      name: what,
      edits: edits.map(([f, find, text]) => ({ file: f, from: placeOf(f, find), to: placeOf(f, find) + find.length, text })),
      killers: TARGETS[file]!.killers,
    };
  });
  return Object.keys(TARGETS).flatMap((file) => [...generated, ...byHand].filter((mutant) => mutant.file === file));
}
