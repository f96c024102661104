#!/usr/bin/env node
// The command line: parses with the table of commands.ts, loads the one command that is asked for, shows errors, returns exit codes.
// Source: README "Command line". Caveat: a signal is served between two steps of the work, at most a few seconds late.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import yargs, { type Argv, type Options } from 'yargs';
import { usage, ZkvmError } from '../fri/core/errors.ts';
// The command line: parses with the table of commands.ts, loads the module of the one command that is asked for, shows errors, returns exit codes.
// Source: README "Command line". Caveat: a signal is served between two steps of the work, at most a few seconds late.
import type { CommandSpec, OptionSpec } from './command.ts';
import { type Arguments, COMMANDS, type Command, type CommandName } from './commands.ts';
import { reportError } from './io/error-text.ts';
import { removeTemporaryFiles } from './io/files.ts';
import { processStreams, type Streams } from './io/streams.ts';
import { breathe, processTerminal, type Terminal, terminalOn } from './io/terminal.ts';
import { VERSION } from './version.ts';

/** the module of each command, loaded when it runs */
const MODULES: { readonly [Name in CommandName]: () => Promise<{ run: Command<Name> }> } = {
  compile: () => import('./compile.ts'),
  operators: () => import('./operators.ts'),
  run: () => import('./run.ts'),
  check: () => import('./check.ts'),
  prove: () => import('./prove.ts'),
  verify: () => import('./verify.ts'),
  record: () => import('./record.ts'),
  audit: () => import('./audit.ts'),
  estimate: () => import('./estimate.ts'),
  inspect: () => import('./inspect.ts'),
  doctor: () => import('./doctor.ts'),
  calldata: () => import('./calldata.ts'),
  deploy: () => import('./deploy.ts'),
  register: () => import('./register.ts'),
  serve: () => import('./serve.ts'),
};

const isCommand = (name: string | undefined): name is CommandName => name !== undefined && Object.hasOwn(COMMANDS, name);

const FOOTER = `Proofs hide nothing: whoever has the proof can learn the input and the model.
Exit codes: 0 ok, 1 bug, 2 usage, 3 rejected, 4 constraint violated, 5 unsupported model, 6 backend unavailable, 7 chain error, 130 interrupted.
Set ZKVM_DEBUG=1 for stack traces.`;

const badOption = (what: string, fix: string): ZkvmError => usage('ZK0821', { what, fix });

function yargsOption({ type, describe, alias, required, choices, default: value }: OptionSpec): Options {
  return {
    type,
    describe,
    ...(alias && { alias }),
    ...(required && { demandOption: true }),
    ...(choices && { choices }),
    ...(value !== undefined && { default: value }),
    ...(type !== 'boolean' && { requiresArg: true }),
  };
}

/** Checks what yargs leaves open: doubled options, empty texts, numbers that are none. */
function checkedArguments<Name extends CommandName>(command: Name, parsed: Record<string, unknown>): Arguments<Name> {
  const spec: CommandSpec = COMMANDS[command];
  const hint = `see zkvm ${command} --help`;
  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(spec.options)) {
    const values = [parsed[name]].flat();
    if (values.length > 1 && !option.many) throw badOption(`--${name} is given ${values.length} times`, hint);
    for (const value of values) {
      if (value === undefined) continue;
      if (option.type === 'number' && !Number.isFinite(value)) throw badOption(`--${name} needs a number`, hint);
      if (option.type === 'string' && value === '') throw badOption(`--${name} is empty`, hint);
    }
    options[name] = option.many
      ? values.filter((value) => typeof value === 'string')
      : option.type === 'boolean'
        ? parsed[name] === true
        : parsed[name];
  }
  const file = spec.file ? String(parsed[spec.file.name] ?? '') : '';
  if (spec.file && file === '') throw badOption(`${spec.file.name} is empty`, hint);
  return { file, options } as Arguments<Name>; // as the table says, which yargs and the lines above have checked
}

/** values that have another name now are taken as that; scripts go on working, and are told */
function withNewNames(argv: readonly string[], told: (line: string) => void): string[] {
  const options = Object.entries<OptionSpec>(isCommand(argv[0]) ? COMMANDS[argv[0]].options : {});
  return argv.map((text, i) => {
    for (const [option, { renamed }] of options)
      for (const [old, name] of Object.entries(renamed ?? {})) {
        if (text !== `--${option}=${old}` && !(text === old && argv[i - 1] === `--${option}`)) continue;
        told(`--${option} ${old} is named ${name} now`);
        return text.slice(0, text.length - old.length) + name;
      }
    return text;
  });
}

interface Selection {
  name: CommandName;
  parsed: Record<string, unknown>;
}

/** Thrown to leave the parser once a command is chosen: it would lay out the help of that command first, which takes longer than the parsing. */
const CHOSEN = new Error('chosen');

/** Parses a command line. @returns the selected command, or the text of --help or --version */
async function parse(argv: readonly string[]): Promise<Selection | string> {
  let selected: Selection | undefined;
  let parser: Argv = yargs()
    .scriptName('zkvm')
    .usage('$0 <command>\n\nProves what a neural network computed.')
    .parserConfiguration({
      'boolean-negation': false,
      'dot-notation': false,
      'camel-case-expansion': false,
      'parse-positional-numbers': false,
    })
    .version(VERSION)
    .help()
    .locale('en')
    .wrap(140)
    .epilogue(FOOTER)
    .recommendCommands()
    .demandCommand(1, 'a command is needed')
    .strict()
    .exitProcess(false)
    .fail(false);
  for (const [name, spec] of Object.entries<CommandSpec>(COMMANDS)) {
    parser = parser.command(
      spec.file ? `${name} <${spec.file.name}>` : name,
      spec.describe,
      (command) => {
        let described: Argv = spec.file
          ? command.positional(spec.file.name, { type: 'string', describe: spec.file.describe, demandOption: true })
          : command;
        for (const [option, its] of Object.entries(spec.options)) described = described.option(option, yargsOption(its));
        return described.example(spec.example, '');
      },
      (parsed) => {
        if (!isCommand(name)) return;
        selected = { name, parsed };
        throw CHOSEN;
      },
    );
  }
  let text = '';
  try {
    await parser.parseAsync([...argv], {}, (_error: unknown, _parsed: unknown, output: string) => {
      text = output;
    });
  } catch (error) {
    if (selected && error === CHOSEN) return selected;
    const message = (error as Error).message.trim();
    throw usage('ZK0820', {
      what:
        (/^Did you mean/.test(message) ? `unknown command ${JSON.stringify(argv[0])}; ${message}` : message.split('\n')[0]) ||
        'the command line cannot be understood',
      ...(message.includes('\n') && { why: message.split('\n').slice(1).join(' ').trim() }),
      fix: `see zkvm ${isCommand(argv[0]) ? `${argv[0]} ` : ''}--help`,
    });
  }
  return text;
}

/** known before the parser runs, so that its own errors can be an object too */
const wantsJson = (argv: readonly string[]): boolean => argv.some((text) => /^--json(=true)?$/.test(text));

async function runCommand<Name extends CommandName>(name: Name, parsed: Record<string, unknown>, terminal: Terminal): Promise<number> {
  const args = checkedArguments(name, parsed);
  const { run } = await MODULES[name]();
  await breathe();
  return run(args, terminal);
}

/**
 * Runs one command line.
 * @param argv without node and script
 * @returns the exit code
 */
export async function main(argv: readonly string[], streams: Streams = processStreams()): Promise<number> {
  const terminal = terminalOn(streams);
  const json = wantsJson(argv);
  try {
    const selected = await parse(withNewNames(argv, terminal.err));
    if (typeof selected === 'string') {
      terminal.out(selected.split('\n'));
      return 0;
    }
    return await runCommand(selected.name, selected.parsed, terminal);
  } catch (error) {
    return reportError(terminal, error, json);
  }
}

/** SIGINT and SIGTERM end the process with 130 and leave no temporary file. */
function serveSignals(json: boolean): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      removeTemporaryFiles();
      process.exit(reportError(processTerminal(), new ZkvmError('interrupted', 'ZK0830', { what: 'interrupted', why: signal }), json));
    });
}

const script = process.argv[1];
if (script && fs.existsSync(script) && fs.realpathSync(script) === fileURLToPath(import.meta.url)) {
  const argv = process.argv.slice(2);
  serveSignals(wantsJson(argv));
  process.exitCode = await main(argv);
}
