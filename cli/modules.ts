// The module of each command, loaded when the command runs. Source: the table of commands.ts.
// Caveat: both threads of the command line come here: main.ts in process, command-thread.ts in a thread of its own.
import { type Arguments, COMMANDS, type Command, type CommandName } from './commands.ts';
import type { Terminal } from './io/terminal.ts';

const MODULES: { readonly [Name in CommandName]: () => Promise<{ run: Command<Name> }> } = {
  compile: () => import('./compile.ts'),
  operators: () => import('./operators.ts'),
  run: () => import('./run.ts'),
  check: () => import('./check.ts'),
  trace: () => import('./trace.ts'),
  prove: () => import('./prove.ts'),
  verify: () => import('./verify.ts'),
  record: () => import('./record.ts'),
  'commit-input': () => import('./commit-input.ts'),
  audit: () => import('./audit.ts'),
  estimate: () => import('./estimate.ts'),
  inspect: () => import('./inspect.ts'),
  doctor: () => import('./doctor.ts'),
  completion: () => import('./completion.ts'),
  calldata: () => import('./calldata.ts'),
  deploy: () => import('./deploy.ts'),
  register: () => import('./register.ts'),
  abi: () => import('./abi.ts'),
  fact: () => import('./fact.ts'),
  serve: () => import('./serve.ts'),
  worker: () => import('./worker.ts'),
};

export const isCommand = (name: string | undefined): name is CommandName => name !== undefined && Object.hasOwn(COMMANDS, name);

/** Loads a command's module and runs it. @returns the exit code */
export async function runModule<Name extends CommandName>(name: Name, args: Arguments<Name>, terminal: Terminal): Promise<number> {
  const { run } = await MODULES[name]();
  return run(args, terminal);
}
