// `zkvm trace`: a run step by step: the list, one step in full, a search, and why an output is what it is; where the trace is wrong, the sentence that fails;
// or all of it as one page for a browser.
// Source: vm/debug. Caveat: values are those of running the program again here; rows and cells are the file's, and where both differ it is said.

import fs from 'node:fs';
import path from 'node:path';
import { usage, ZkvmError } from '../fri/core/errors.ts';
import { judge } from '../vm/debug/failures.ts';
import { openTrace } from '../vm/debug/open.ts';
import { detailOf, isOpcode, lineOf, search } from '../vm/debug/step.ts';
import { placeOfElement, whyOf } from '../vm/debug/why.ts';
import { decodeTrace } from '../vm/files/trace.ts';
import { OPCODES } from '../vm/program/isa.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { errorLines } from './io/error-text.ts';
import { requireWritable, STANDARD_STREAM, writeOutput } from './io/files.ts';
import { formatCount } from './io/terminal.ts';
import { addressOf, elementOf } from './report/places.ts';
import { detailLines, failureLines, stepLines, whyLines } from './report/steps.ts';
import { requirePageable, tracePage, traceTemplate } from './report/trace-page.ts';

/** typed arrays as lists: JSON has no others */
const plain = (value: unknown): unknown =>
  ArrayBuffer.isView(value)
    ? Array.from(value as unknown as Iterable<number>)
    : Array.isArray(value)
      ? value.map(plain)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]))
        : value;

/**
 * Where a page goes. A file that has the name by chance is not replaced; one that was named is, as everywhere.
 * @throws ZK0805, ZK0821
 */
function placeOfPage(file: string, output: string | undefined): string {
  if (output === undefined && file === STANDARD_STREAM)
    throw usage('ZK0821', { what: 'the trace comes from standard input, so its page has no name', fix: 'name it with -o' });
  const { dir, name } = path.parse(file);
  const page = output ?? path.join(dir, `${name}.html`);
  requireWritable(page, [file]);
  if (output === undefined && fs.existsSync(page))
    throw usage('ZK0805', { what: 'the page would replace a file', where: page, fix: 'name it with -o, which replaces it' });
  return page;
}

export const run: Command<'trace'> = async (args, terminal) => {
  const { step, node, opcode, address, why, open, output, json } = args.options;
  const searching = [node, opcode, address].some((value) => value !== undefined);
  if ([step !== undefined, why !== undefined, searching, open].filter(Boolean).length > 1)
    throw usage('ZK0821', {
      what: '--step, --why, a search (--node, --opcode, --address) and --open are four questions',
      fix: 'ask one at a time',
    });
  if (output !== undefined && !open)
    throw usage('ZK0821', { what: '-o names the page of --open, which is not asked for', fix: 'add --open, or leave out -o' });
  if (opcode !== undefined && !isOpcode(opcode))
    throw usage('ZK0821', { what: `${JSON.stringify(opcode)} is no instruction`, fix: `one of ${OPCODES.join(', ')}` });
  const page = open ? placeOfPage(args.file, output) : undefined;
  const template = open ? traceTemplate() : undefined;
  const bytes = readArtifact(args.file, 'trace');
  if (open) requirePageable(bytes.length, args.file);
  // the page keeps the file's bytes
  const debugged = openTrace(decodeTrace(bytes, !open));
  const { steps, trace } = debugged;
  if (step !== undefined && !(Number.isInteger(step) && step >= 0 && step < steps))
    throw usage('ZK0821', { what: `there is no step ${step}`, where: args.file, fix: `0 to ${steps - 1}` });
  const verdict = judge(debugged);
  const show = (value: Record<string, unknown>, lines: () => string[]): void => {
    if (json) terminal.json(plain({ ...value, verdict }));
    else terminal.out(lines());
  };
  let toStdout = false;
  if (page !== undefined && template !== undefined) {
    const html = tracePage(template, trace.program.metadata.name, bytes);
    toStdout = writeOutput(terminal, page, html, json);
    if (!toStdout) show({ page, bytes: html.length, steps }, () => [page]);
    terminal.say(`${formatCount(steps)} steps in ${formatCount(html.length)} bytes: open the file in a browser`);
  } else if (step !== undefined) {
    const detail = detailOf(debugged, step);
    show({ step: detail }, () => detailLines(detail, steps));
  } else if (why !== undefined) {
    const { region, index } = elementOf(trace.program, why);
    const found = whyOf(debugged, placeOfElement(region, index));
    show({ why: found }, () => whyLines(debugged, region, index, found));
  } else {
    const wanted = {
      ...(node !== undefined && { node }),
      ...(opcode !== undefined && isOpcode(opcode) && { opcode }),
      ...(address !== undefined && { address: addressOf(address) }),
    };
    const found = search(debugged, wanted).map((one) => lineOf(debugged, one));
    show({ steps: found, of: steps }, () => (found.length > 0 ? stepLines(found) : ['no step is like that']));
  }
  if (verdict.ok) return 0;
  const { failureCount } = verdict;
  if (!json && !toStdout) (open ? terminal.say : terminal.out)(failureLines(verdict));
  const error = new ZkvmError('constraint', 'ZK0850', {
    what:
      failureCount > 0
        ? `${failureCount} constraint${failureCount === 1 ? ' does' : 's do'} not hold`
        : 'the sum over all lookups is not zero',
    where: args.file,
  });
  terminal.err(errorLines(error, terminal.debug));
  return error.exitCode;
};
