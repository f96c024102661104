// The options of a command as they are typed. Source: cli/commands.ts. Caveat: those of every command are left out.
import { COMMANDS } from '../../cli/commands.ts';

/** `--output`, `-o`, … @throws for a command that there is not */
export function optionsOf(command: string): string[] {
  const row = (COMMANDS as Readonly<Record<string, { options: Readonly<Record<string, { alias?: string }>> }>>)[command];
  if (!row) throw new Error(`there is no command ${command}`);
  return Object.entries(row.options).flatMap(([name, { alias }]) => [`--${name}`, ...(alias ? [`-${alias}`] : [])]);
}
