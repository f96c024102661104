// What a user does next: one line on stderr after a command that went well. Source: README "Five-line tour".
// Caveat: names that the command does not know are those of the tour; nothing is said with --json or --quiet.
import { STANDARD_STREAM } from './files.ts';
import type { Terminal } from './terminal.ts';

/** a file name as a shell takes it */
export const quoted = (name: string): string => (/^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);

/** @param words of the command line; one that is `-` has no name to go on with, and nothing is said */
export function sayNext(terminal: Terminal, json: boolean, ...words: readonly (string | undefined)[]): void {
  if (json || words.some((word) => word === undefined || word === STANDARD_STREAM)) return;
  terminal.say(`next: zkvm ${words.map((word) => quoted(word!)).join(' ')}`);
}
