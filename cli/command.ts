// What a command is: its options, its positional argument, the module that runs it.
// Caveat: types only; the table of commands is commands.ts.
import type { Terminal } from './io/terminal.ts';

export interface OptionSpec {
  type: 'string' | 'number' | 'boolean';
  describe: string;
  alias?: string;
  required?: boolean;
  /** may be given several times */
  many?: boolean;
  choices?: readonly string[];
  /** a value of an earlier version → its name now; taken as that */
  renamed?: Readonly<Record<string, string>>;
  default?: string;
}

/** What a command gets: checked options, every value of the type that the table says. */
export interface Arguments {
  /** the positional argument */
  file: string;
  text(name: string): string | undefined;
  list(name: string): string[];
  number(name: string): number | undefined;
  flag(name: string): boolean;
}

/** Runs a command. @returns the exit code */
export type Command = (args: Arguments, terminal: Terminal) => Promise<number>;

export interface CommandSpec {
  name: string;
  /** the positional argument's name and meaning, for a command that takes one */
  file?: { name: string; describe: string };
  describe: string;
  options: Readonly<Record<string, OptionSpec>>;
  example: string;
  load(): Promise<{ run: Command }>;
}
