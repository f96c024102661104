// What `zkvm prove` is to prove: the run that a trace holds, or runs of a model on inputs, each with the file that its proof goes to.
// Source: vm/files/trace.ts, vm/executor/run.ts. Caveat: inputs are all read and rounded before the first proof, and read again for theirs.
import fs from 'node:fs';
import path from 'node:path';
import type { InstanceWitness, UnfilledInstance } from '../air/columns.ts';
import { usage, ZkvmError } from '../fri/core/errors.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { planInstances } from '../vm/chips/split.ts';
import { type Execution, execute } from '../vm/executor/run.ts';
import { decodeTrace, type Trace } from '../vm/files/trace.ts';
import { decodeZkb } from '../vm/files/zkb.ts';
import { type RoundedInputs, roundedInputs } from '../vm/library/integers.ts';
import { type AuditOptions, requireDetermined } from '../vm/program/audit.ts';
import type { Program } from '../vm/program/types.ts';
import type { Arguments } from './commands.ts';
import { kindOfFile, readArtifact } from './io/artifacts.ts';
import { parseContext } from './io/context.ts';
import { reasonOf, requireWritable, STANDARD_STREAM } from './io/files.ts';
import { readInputs } from './io/tensors.ts';

/** One proof to make. */
export interface Job {
  /** what it is called in messages: the input's file, or the trace's */
  name: string;
  /** where its proof goes */
  target: string;
  context: Uint8Array;
  /** the compile report in the model's file; a trace has none */
  report: Uint8Array | undefined;
  program: Program;
  /** the run, and its inputs with what they were rounded from, where that is known */
  execute(): { execution: Execution; rounded: RoundedInputs | undefined };
}

/**
 * The first cell of an instance that is not what it would be filled with, for people; undefined where there is none. Only one instance's columns are
 * in memory at a time.
 */
function strangeCell(planned: UnfilledInstance, given: InstanceWitness): string | undefined {
  const { name, base } = MACHINE.components[planned.type]!;
  const columns = base.map(() => new Uint32Array(2 ** planned.logSize));
  planned.fill(columns);
  for (const [c, column] of columns.entries()) {
    const row = column.findIndex((value, i) => value !== given.columns[c]![i]);
    if (row >= 0) return `${name}, row ${row}: ${base[c]} = ${given.columns[c]![row]}, running the program gives ${column[row]}`;
  }
  return undefined;
}

/** What of a trace its run does not give, for people; undefined if nothing. */
function strangePart({ program, instances, outputs }: Trace, execution: Execution): string | undefined {
  const plan = planInstances(execution);
  if (
    plan.length !== instances.length ||
    plan.some(({ type, logSize }, i) => type !== instances[i]!.type || logSize !== instances[i]!.logSize)
  )
    return 'it has other chips or sizes than the run';
  for (const { name } of program.outputs) {
    const element = outputs[name]!.findIndex((value, i) => value !== execution.outputs[name]![i]);
    if (element >= 0)
      return `output "${name}", element ${element} = ${outputs[name]![element]}, running the program gives ${execution.outputs[name]![element]}`;
  }
  for (const [i, planned] of plan.entries()) {
    const cell = strangeCell(planned, instances[i]!);
    if (cell !== undefined) return cell;
  }
  return undefined;
}

/** @throws constraint ZK0851 when a cell or an output is not what running the program gives, whether or not a constraint sees it */
function requireHonest(trace: Trace, file: string): Execution {
  const execution = execute(trace.program, trace.inputs);
  const why = strangePart(trace, execution);
  if (why !== undefined)
    throw new ZkvmError('constraint', 'ZK0851', {
      what: 'the trace is not what running its program gives',
      where: file,
      why,
      fix: 'run the model again with zkvm run; zkvm check holds the rows against the constraints, which do not see every cell',
    });
  return execution;
}

type Options = Arguments<'prove'>['options'];

const badOption = (what: string, fix: string): ZkvmError => usage('ZK0821', { what, fix });

/** files of a folder that hold tensors */
const TENSOR_FILE = /\.(json|npy|npz|csv|tsv)$/i;

/** The inputs, each a list of files that one run takes. @throws ZK0821, ZK0801 … ZK0803 */
function inputLists({ input, inputs }: Options): string[][] {
  if (inputs !== undefined) {
    if (input.length) throw badOption('--input and --inputs together', 'give one of them');
    let names: string[];
    try {
      names = fs.readdirSync(inputs).filter((name) => TENSOR_FILE.test(name));
    } catch (cause) {
      throw usage('ZK0803', { what: 'the folder of --inputs cannot be read', where: inputs, why: reasonOf(cause), cause });
    }
    if (names.length === 0) throw usage('ZK0803', { what: 'the folder of --inputs has no .json, .npy, .npz or .csv file', where: inputs });
    return names.sort().map((name) => [path.join(inputs, name)]);
  }
  // name=file is one of several inputs of one run; files without a name are a run each
  return input.some((text) => /^[^=/\\]+=/.test(text)) ? [[...input]] : input.map((file) => [file]);
}

const isFolder = (file: string): boolean => /[\\/]$/.test(file) || (fs.existsSync(file) && fs.statSync(file).isDirectory());

/** Where each proof goes: a file for one, for several a folder, with a file of the input's name for each. @throws ZK0805, ZK0821 */
function targetsOf(output: string, names: readonly string[]): string[] {
  if (output === STANDARD_STREAM || !isFolder(output)) {
    if (names.length === 1) return [output];
    throw badOption(`${names.length} proofs do not go into one file`, 'end the name of the output with /: a folder for them');
  }
  const targets = names.map((name) => path.join(output, `${path.basename(name).replace(TENSOR_FILE, '')}.proof`));
  const twice = targets.find((target, i) => targets.indexOf(target) !== i);
  if (twice !== undefined)
    throw usage('ZK0805', { what: 'two proofs would go into one file', where: twice, fix: 'give the inputs different names' });
  return targets;
}

/** @throws ZK0805 */
function makeFolder(output: string): void {
  if (output === STANDARD_STREAM || !isFolder(output)) return;
  try {
    fs.mkdirSync(output, { recursive: true });
  } catch (cause) {
    throw usage('ZK0805', { what: 'the folder for the proofs cannot be made', where: output, why: reasonOf(cause), cause });
  }
}

function jobsOfModel({ program, report }: ReturnType<typeof decodeZkb>, { file, options }: Arguments<'prove'>): Job[] {
  const lists = inputLists(options);
  if (lists.length === 0) throw badOption('a model is proved on an input', 'give --input x.json, or a trace that zkvm run wrote');
  const context = parseContext(options.context ?? '');
  const names = lists.map((list) => list.join(' '));
  const targets = targetsOf(
    options.output,
    lists.map((list) => list[0]!),
  );
  const inputsOf = (list: readonly string[]): RoundedInputs => roundedInputs(readInputs(list), program);
  const [only] = lists.map(inputsOf); // all of them: a bad one is found before the first proof, and before there is a folder
  makeFolder(options.output);
  for (const [i, list] of lists.entries()) requireWritable(targets[i]!, [file, ...list]);
  return lists.map((list, i) => ({
    name: names[i]!,
    target: targets[i]!,
    context,
    report,
    program,
    execute: () => {
      const rounded = lists.length === 1 ? only! : inputsOf(list);
      return { execution: execute(program, rounded.integers), rounded };
    },
  }));
}

/**
 * What is to be proved, read and checked.
 * @throws ZK0826 for a file that is neither trace nor model, ZK0821 for options that do not go with it
 */
export function readJobs(args: Arguments<'prove'>, audit: AuditOptions): Job[] {
  const { file, options } = args;
  const bytes = readArtifact(file, 'trace', 'model');
  if (kindOfFile(bytes) === 'model') {
    const model = decodeZkb(bytes, true);
    requireDetermined(model.program, audit);
    return jobsOfModel(model, args);
  }
  for (const name of ['input', 'inputs', 'context'] as const)
    if (options[name] !== undefined && options[name].length > 0)
      throw badOption(`--${name} does not go with a trace, which has its own`, 'name the model (.zkb) instead of the trace');
  requireWritable(options.output, [file]);
  const trace = decodeTrace(bytes, true);
  requireDetermined(trace.program, audit);
  return [
    {
      name: file,
      target: options.output,
      context: trace.context,
      report: undefined,
      program: trace.program,
      execute: () => ({ execution: requireHonest(trace, file), rounded: undefined }),
    },
  ];
}
