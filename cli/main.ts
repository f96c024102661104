#!/usr/bin/env node
// The command line: parses with the table of commands.ts, runs the one command that is asked for, shows errors, returns exit codes.
// Source: README "Command line". Caveat: a process gives the command a thread of its own (thread.ts), a caller of `main` does not.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import yargs, { type Argv, type Options } from 'yargs';
import { EXIT_CODES, usage, type ZkvmError } from '../fri/core/errors.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { type Arguments, COMMANDS, type CommandName, EVERYWHERE } from './commands.ts';
import { reportError } from './io/error-text.ts';
import { MAX_FILE_BYTES, STANDARD_STREAM } from './io/files.ts';
import { awaitStandardInput } from './io/standard-input.ts';
import { processStreams, type Streams } from './io/streams.ts';
import { type Talk, type Terminal, terminalOn } from './io/terminal.ts';
import { isCommand, runModule } from './modules.ts';
import { nearest } from './suggest.ts';
import { runInThread, serveSignals } from './thread.ts';
import { VERSION } from './version.ts';

const NEXT = 'next: zkvm compile model.onnx -o model.zkb --calibrate samples.json   (zkvm help compile says more)';

const FOOTER = `Proofs hide nothing: whoever has the proof can learn the input and the model.
Exit codes: 0 ok, 1 bug, 2 usage, 3 rejected, 4 constraint violated, 5 unsupported model, 6 backend unavailable, 7 chain error, 130 interrupted, 143 terminated.
-, where a file is named, is standard input or output. zkvm help COMMAND says more about a command.`;

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
  for (const [name, option] of Object.entries<OptionSpec>(spec.options)) {
    const values = [parsed[name]].flat().map((value) => (typeof value === 'string' ? withDash(value) : value));
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
        : values[0];
  }
  const file = spec.file ? withDash(String(parsed[spec.file.name] ?? '')) : '';
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

/** stands for a lone `-` while yargs parses, which takes that for an empty positional */
const DASH = '\u0000-';
const withDash = (text: string): string => text.replaceAll(DASH, STANDARD_STREAM);

/** `help` and `help COMMAND` are `--help` and `COMMAND --help` */
const withoutHelp = ([first, ...rest]: readonly string[]): string[] =>
  first === 'help' ? (rest.length === 0 || isCommand(rest[0]) ? [...rest, '--help'] : rest) : first === undefined ? [] : [first, ...rest];

/** What was meant by options that there are none of: `--calibrat`, or `-calibrate` with one dash. */
function meant(argv: readonly string[]): string | undefined {
  if (!isCommand(argv[0])) return undefined;
  const options = Object.entries<OptionSpec>({ ...COMMANDS[argv[0]].options, ...EVERYWHERE });
  const names = [...options.map(([name]) => name), 'help', 'version'];
  for (const text of argv.slice(1)) {
    const [, dashes, name] = /^(--?)([a-z][\w-]+)(?:=.*)?$/i.exec(text) ?? [];
    if (name === undefined || (dashes === '--' && names.includes(name))) continue;
    const near = nearest(name, names);
    if (near !== undefined) return `did you mean --${near}?`;
  }
  return undefined;
}

/** What is said of a word that stands where a command should; undefined where the first word is one. */
function unknownCommand(argv: readonly string[]): string | undefined {
  const word = argv.find((text) => !text.startsWith('-'));
  if (word === undefined || isCommand(word)) return undefined;
  const near = nearest(word, Object.keys(COMMANDS));
  return `unknown command ${JSON.stringify(word)}${near === undefined ? '' : `; Did you mean ${near}?`}`;
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
    .alias('version', 'v')
    .help()
    .alias('help', 'h')
    .locale('en')
    .wrap(140)
    .epilogue(FOOTER)
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
        for (const [option, its] of Object.entries<OptionSpec>({ ...spec.options, ...EVERYWHERE }))
          described = described.option(option, yargsOption(its));
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
    await parser.parseAsync(
      argv.map((given) => (given === STANDARD_STREAM ? DASH : given)),
      {},
      (_error: unknown, _parsed: unknown, output: string) => {
        text = output;
      },
    );
  } catch (error) {
    if (selected && error === CHOSEN) return selected;
    const message = withDash((error as Error).message.trim());
    const suggestion = /^(Unknown|Missing required) argument/.test(message) ? meant(argv) : undefined;
    throw usage('ZK0820', {
      what:
        (/^Unknown argument/.test(message) && unknownCommand(argv)) || message.split('\n')[0] || 'the command line cannot be understood',
      ...(message.includes('\n') && { why: message.split('\n').slice(1).join(' ').trim() }),
      fix: suggestion ?? `see zkvm ${isCommand(argv[0]) ? `${argv[0]} ` : ''}--help`,
    });
  }
  return text;
}

/** known before the parser runs, so that its own errors can be an object too */
const wantsJson = (argv: readonly string[]): boolean => argv.some((text) => /^--json(=true)?$/.test(text));

/** how much is said, known before the parser runs too */
const talkOf = (argv: readonly string[]): Talk =>
  argv.includes('--quiet') || argv.includes('-q') ? 'quiet' : argv.includes('--verbose') ? 'verbose' : 'normal';

/** How a command is run once its arguments are checked. */
type Runner = <Name extends CommandName>(name: Name, args: Arguments<Name>, terminal: Terminal) => Promise<number>;

/**
 * Runs one command line.
 * @param argv without node and script
 * @param run a process gives the command a thread
 * @returns the exit code
 */
export async function main(argv: readonly string[], streams: Streams = processStreams(), run: Runner = runModule): Promise<number> {
  const terminal = terminalOn(streams, talkOf(argv));
  const json = wantsJson(argv);
  try {
    if (argv.length === 0) {
      terminal.err([...String(await parse(['--help'])).split('\n'), '', NEXT]);
      return EXIT_CODES.usage;
    }
    const selected = await parse(withoutHelp(withNewNames(argv, terminal.err)));
    if (typeof selected === 'string') {
      terminal.out(selected.split('\n'));
      return 0;
    }
    const { name, parsed } = selected;
    return await run(name, checkedArguments(name, parsed), terminal);
  } catch (error) {
    return reportError(terminal, error, json);
  }
}

/** whether a command reads standard input, for which `-` stands */
function readsStandardInput(name: CommandName, { file, options }: { file?: string; options: Readonly<Record<string, unknown>> }): boolean {
  const specs = Object.entries<OptionSpec>(COMMANDS[name].options);
  const given = specs.flatMap(([option, { reads }]) => (reads ? [options[option]].flat() : []));
  return file === STANDARD_STREAM || given.some((text) => typeof text === 'string' && /^(.*=)?-$/.test(text));
}

/** Runs a command for a process: signals end it at any moment, also while it waits for its standard input. */
async function runForProcess(argv: readonly string[]): Promise<number> {
  const json = wantsJson(argv);
  const talk = talkOf(argv);
  const settled = serveSignals(json, talk);
  return main(argv, processStreams(), async (name, args, terminal) => {
    const spec: CommandSpec = COMMANDS[name];
    if (spec.servesSignals) {
      settled();
      return runModule(name, args, terminal);
    }
    const standardInput = readsStandardInput(name, args) ? await awaitStandardInput(MAX_FILE_BYTES) : undefined;
    settled();
    return runInThread({ name, args, json, talk, standardInput });
  });
}

const script = process.argv[1];
if (script && fs.existsSync(script) && fs.realpathSync(script) === fileURLToPath(import.meta.url))
  process.exitCode = await runForProcess(process.argv.slice(2));
