#!/usr/bin/env node
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import yargs, { type Argv, type Options } from 'yargs';
import { usage, ZkvmError } from '../fri/core/errors.ts';
// The command line: parses with the table of commands.ts, loads the one command that is asked for, shows errors, returns exit codes.
// Source: README "Command line". Caveat: a signal is served between two steps of the work, at most a few seconds late.
import type { Arguments, CommandSpec, OptionSpec } from './command.ts';
import { COMMANDS } from './commands.ts';
import { reportError } from './io/error-text.ts';
import { removeTemporaryFiles } from './io/files.ts';
import { processStreams, type Streams } from './io/streams.ts';
import { breathe, processTerminal, terminalOn } from './io/terminal.ts';

const VERSION = '0.1.0';

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
function checkedArguments(spec: CommandSpec, parsed: Record<string, unknown>): Arguments {
  const hint = `see zkvm ${spec.name} --help`;
  for (const [name, option] of Object.entries(spec.options)) {
    const values = [parsed[name]].flat();
    if (values.length > 1 && !option.many) throw badOption(`--${name} is given ${values.length} times`, hint);
    for (const value of values) {
      if (value === undefined) continue;
      if (option.type === 'number' && !Number.isFinite(value)) throw badOption(`--${name} needs a number`, hint);
      if (option.type === 'string' && value === '') throw badOption(`--${name} is empty`, hint);
    }
  }
  const file = spec.file ? String(parsed[spec.file.name] ?? '') : '';
  if (spec.file && file === '') throw badOption(`${spec.file.name} is empty`, hint);
  return {
    file,
    text: (name) => parsed[name] as string | undefined,
    list: (name) => [parsed[name]].flat().filter((v): v is string => typeof v === 'string'),
    number: (name) => parsed[name] as number | undefined,
    flag: (name) => parsed[name] === true,
  };
}

/** values that have another name now are taken as that; scripts go on working, and are told */
function withNewNames(argv: readonly string[], told: (line: string) => void): string[] {
  const options = Object.entries(COMMANDS.find(({ name }) => argv[0] === name)?.options ?? {});
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
  spec: CommandSpec;
  parsed: Record<string, unknown>;
}

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
  for (const spec of COMMANDS) {
    parser = parser.command(
      spec.file ? `${spec.name} <${spec.file.name}>` : spec.name,
      spec.describe,
      (command) => {
        let described: Argv = spec.file
          ? command.positional(spec.file.name, { type: 'string', describe: spec.file.describe, demandOption: true })
          : command;
        for (const [name, option] of Object.entries(spec.options)) described = described.option(name, yargsOption(option));
        return described.example(spec.example, '');
      },
      (parsed) => {
        selected = { spec, parsed };
      },
    );
  }
  let text = '';
  try {
    await parser.parseAsync([...argv], {}, (_error: unknown, _parsed: unknown, output: string) => {
      text = output;
    });
  } catch (error) {
    const command = COMMANDS.find(({ name }) => argv[0] === name);
    const message = (error as Error).message.trim();
    throw usage('ZK0820', {
      what:
        (/^Did you mean/.test(message) ? `unknown command ${JSON.stringify(argv[0])}; ${message}` : message.split('\n')[0]) ||
        'the command line cannot be understood',
      ...(message.includes('\n') && { why: message.split('\n').slice(1).join(' ').trim() }),
      fix: `see zkvm ${command ? `${command.name} ` : ''}--help`,
    });
  }
  return selected ?? text;
}

/** known before the parser runs, so that its own errors can be an object too */
const wantsJson = (argv: readonly string[]): boolean => argv.some((text) => /^--json(=true)?$/.test(text));

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
    const args = checkedArguments(selected.spec, selected.parsed);
    const { run } = await selected.spec.load();
    await breathe();
    return await run(args, terminal);
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
