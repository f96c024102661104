// `zkvm compile`: an ONNX model to a .zkb file, with a report of what it costs and how far its integers are from the float model.
// Source: compiler/index.ts. Caveat: without --calibrate the ranges come from random inputs and fit no real ones well.

import path from 'node:path';
import { type CompileOptions, type CompileResult, compileOnnx } from '../compiler/index.ts';
import { asLimit } from '../compiler/lower/loadable.ts';
import { inputSpecs } from '../compiler/onnx/inputs.ts';
import { readOnnx } from '../compiler/onnx/model.ts';
import { kindOf } from '../compiler/onnx/tensor-proto.ts';
import { fewSamples } from '../compiler/report/few-samples.ts';
import { drawnModel } from '../compiler/report/picture.ts';
import { encodeReport } from '../compiler/report/stored.ts';
import { digestToHex } from '../fri/core/digest.ts';
import { usage } from '../fri/core/errors.ts';
import { DEFAULT_PROFILE } from '../fri/pcs/profile.ts';
import { costOf, countingRun } from '../vm/estimate/cost.ts';
import { outlineOf } from '../vm/estimate/outline.ts';
import { ownedCost } from '../vm/estimate/owned.ts';
import { encodeProgram } from '../vm/files/zkb.ts';
import type { Program } from '../vm/program/types.ts';
import { loadModel } from '../vm/statement/model.ts';
import { contentHash } from '../vm/statement/record.ts';
import { withBackend } from './backend.ts';
import type { Arguments, Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { fixedSpecs, readCalibration, uniformSamples, wholeInputs } from './io/calibration.ts';
import { dataBeside } from './io/external.ts';
import { requireWritable, STANDARD_STREAM, writeBytes, writeOutput } from './io/files.ts';
import { readLabels, requireFitting } from './io/labels.ts';
import { sayNext } from './io/next.ts';
import { withSignsOfLife } from './io/signs-of-life.ts';
import { breathe, formatCount, formatMs, type Terminal } from './io/terminal.ts';
import { channelWarnings, missLines, reportLines } from './report/accuracy.ts';
import { reportPage, reportTemplate } from './report/page.ts';
import { tablesText } from './saturated.ts';

const MAX_BATCH = 16;
const MIN_BITS = 8;
const MAX_BITS = 15;

/** @throws ZK0821 for a number outside its range */
function wholeOption<Name extends string>(
  options: { readonly [N in Name]: number | undefined },
  name: Name,
  least: number,
  most: number,
): number | undefined {
  const value = options[name];
  if (value !== undefined && (!Number.isInteger(value) || value < least || value > most))
    throw usage('ZK0821', {
      what: `--${name} is ${value}`,
      why: `an integer from ${least} to ${most} is needed`,
      fix: 'see zkvm compile --help',
    });
  return value;
}

/** What uses a program that was just compiled. @throws ZK0534 for a limit of a node, where others would say that a file is damaged */
function limited<T>(program: Program, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw asLimit(program, error);
  }
}

/** Sizes that `--dim name=size` gives. @throws ZK0821 */
function givenSizes(texts: readonly string[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const text of texts) {
    const [, name, size] = /^(.+)=(\d+)$/.exec(text) ?? [];
    if (name === undefined || sizes.has(name))
      throw usage('ZK0821', {
        what: `--dim ${text}`,
        why: name === undefined ? 'it has the form name=size' : 'the size is given twice',
        fix: 'write --dim seq=128',
      });
    sizes.set(name, Number(size));
  }
  return sizes;
}

/** Ranges that `--range name=lo,hi` gives; whether they are any is the compiler's to say. @throws ZK0821 */
function givenRanges(texts: readonly string[]): Map<string, readonly [number, number]> {
  const ranges = new Map<string, readonly [number, number]>();
  for (const text of texts) {
    const [, name, low = '', high = ''] = /^(.+)=\s*([^=,\s]+)\s*,\s*([^=,\s]+)\s*$/.exec(text) ?? [];
    const range = [Number(low), Number(high)] as const;
    if (name === undefined || ranges.has(name) || range.some(Number.isNaN))
      throw usage('ZK0821', {
        what: `--range ${text}`,
        why: name !== undefined && ranges.has(name) ? 'the range is given twice' : 'it has the form name=lo,hi',
        fix: 'write --range input=0,1',
      });
    ranges.set(name, range);
  }
  return ranges;
}

/** @throws ZK0805 for a report that would be no file of its own */
function requirePage(page: string, target: string, given: readonly string[]): void {
  const refuse = (what: string): Error => usage('ZK0805', { what, where: page, fix: 'choose another name' });
  if (page === STANDARD_STREAM) throw refuse('--report needs a file, not standard output');
  requireWritable(page, given);
  if (path.resolve(page) === path.resolve(target)) throw refuse('--output and --report name the same file');
}

/** What is kept of a compilation: not the weights as real numbers, which are most of what it holds. */
type Kept = Pick<CompileResult, 'program' | 'report' | 'measuredOn' | 'notes' | 'values'> & { started: number };

/** Reads a model and its samples and compiles it. @param names labels, which must fit */
async function compileFile(
  args: Arguments<'compile'>,
  terminal: Terminal,
  names: readonly string[],
  options: Omit<CompileOptions, 'calibration'>,
): Promise<Kept> {
  const { calibrate } = args.options;
  const file = args.file === STANDARD_STREAM ? 'model.onnx' : path.basename(args.file);
  // the file itself is not kept while its model is compiled
  const model = readOnnx(readArtifact(args.file, 'onnx'), dataBeside(args.file));
  const sizes = givenSizes(args.options.dim);
  const ranges = givenRanges(args.options.range);
  requireFitting(
    names,
    model.outputs.map(({ name, shape, elementType }) => ({
      name,
      shape: shape?.length ? shape : [undefined],
      whole: kindOf(elementType) !== 'real',
    })),
  );
  const calibration =
    calibrate.length === 0
      ? uniformSamples(fixedSpecs(model, sizes, file), wholeInputs(model), ranges)
      : readCalibration(calibrate, inputSpecs(model));
  if (calibrate.length === 0)
    terminal.err('no --calibrate: inputs are taken to be uniform in [-1, 1], or in their --range; give typical inputs for good accuracy');
  await breathe();

  const started = performance.now();
  const { program, report, measuredOn, notes, values } = withSignsOfLife(terminal, args.options.json, (progress) =>
    compileOnnx(model, {
      calibration,
      progress,
      sizes,
      ranges,
      file,
      ...options,
      labels: names,
    }),
  );
  return { program, report, measuredOn, notes, started, ...(values && { values }) };
}

export const run: Command<'compile'> = async (args, terminal) => {
  const json = args.options.json;
  const target = args.options.output;
  const batch = wholeOption(args.options, 'batch', 1, MAX_BATCH);
  const activationBits = wholeOption(args.options, 'bits', MIN_BITS, MAX_BITS);
  const accuracy = args.options.accuracy;
  if (accuracy !== undefined && activationBits !== undefined)
    throw usage('ZK0821', { what: '--accuracy and --bits together', fix: 'give one of them: bits follow from an accuracy' });
  if (accuracy !== undefined && !(accuracy > 0 && accuracy < 1))
    throw usage('ZK0821', { what: `--accuracy is ${accuracy}`, why: 'a number between 0 and 1 is needed', fix: 'see zkvm compile --help' });
  const acceptError = args.options['accept-error'];
  if (acceptError !== undefined && !(acceptError > 0 && Number.isFinite(acceptError)))
    throw usage('ZK0821', { what: `--accept-error is ${acceptError}`, why: 'a positive number is needed', fix: 'see zkvm compile --help' });
  const name = args.options.name;
  const labels = args.options.labels;
  const calibrate = args.options.calibrate;
  const page = args.options.report;
  const given = [args.file, ...calibrate.map((text) => text.replace(/^[^=/\\]+=/, ''))];
  requireWritable(target, given);
  if (page !== undefined) requirePage(page, target, given);
  const template = page === undefined ? undefined : reportTemplate();

  const names = labels === undefined ? [] : readLabels(labels);
  const compiled = await compileFile(args, terminal, names, {
    ...(name !== undefined && { name }),
    ...(batch !== undefined && { batch }),
    ...(activationBits !== undefined && { activationBits }),
    ...(accuracy !== undefined && { accuracy }),
    ...(acceptError !== undefined && { acceptError }),
    strict: args.options.strict,
    augment: !args.options['no-augment'],
    commitInputs: args.options['commit-input'],
    values: page !== undefined,
  });
  const { program, report, measuredOn, started } = compiled;
  const notes = [...compiled.notes, ...fewSamples(measuredOn)];
  requireFitting(
    names,
    program.outputs.map(({ name, shape, scale }) => ({ name, shape, whole: scale === 1 })),
  );
  for (const note of notes) terminal.err(note);
  terminal.err([...missLines(report, measuredOn), ...channelWarnings(report)]);
  const reportBytes = encodeReport({ samples: measuredOn, report });
  const zkb = limited(program, () => encodeProgram(program, reportBytes));
  const compileMs = performance.now() - started;
  await breathe();
  const cost = costOf(program, DEFAULT_PROFILE);
  await breathe();
  const { id, tables } = await withBackend('auto', ({ backend }) =>
    loadModel(program, DEFAULT_PROFILE, backend).catch((error: unknown) => {
      throw asLimit(program, error);
    }),
  );
  if (page !== undefined && template !== undefined) {
    const picture = drawnModel({
      program,
      stored: { samples: measuredOn, report },
      values: compiled.values,
      counted: ownedCost(outlineOf(program) ?? countingRun(program), DEFAULT_PROFILE),
      profile: DEFAULT_PROFILE.name,
      proofBytes: cost.proof.bytes,
    });
    writeBytes(page, new TextEncoder().encode(reportPage(template, picture)));
  }
  const toStdout = writeOutput(terminal, target, zkb, json);

  const modelId = digestToHex(id);
  const content = digestToHex(contentHash(zkb));
  if (json)
    terminal.json({
      name: program.metadata.name,
      modelIds: { [DEFAULT_PROFILE.name]: modelId },
      contentHash: content,
      tables,
      bytes: zkb.length,
      report,
      notes,
      cost,
      timings: { compileMs },
    });
  else if (!toStdout)
    terminal.out([
      ...reportLines(program, report, cost, measuredOn),
      `${`model id (${DEFAULT_PROFILE.name})`.padEnd(18)}${modelId}`,
      `content hash      ${content}`,
      `tables            ${tablesText(tables)}`,
    ]);
  terminal.say(`compiled in ${formatMs(compileMs)}, ${formatCount(zkb.length)} bytes`);
  sayNext(terminal, json, 'run', target, '--input', 'x.json', '-o', 'trace.bin');
  return 0;
};
