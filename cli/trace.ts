// `zkvm trace`: a run step by step: the list, one step in full, a search, and why an output is what it is; where the trace is wrong, the sentence that fails.
// Source: vm/debug. Caveat: values are those of running the program again here; rows and cells are the file's, and where both differ it is said.

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
import { addressOf, elementOf } from './report/places.ts';
import { detailLines, failureLines, stepLines, whyLines } from './report/steps.ts';

/** typed arrays as lists: JSON has no others */
const plain = (value: unknown): unknown =>
  ArrayBuffer.isView(value)
    ? Array.from(value as unknown as Iterable<number>)
    : Array.isArray(value)
      ? value.map(plain)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]))
        : value;

export const run: Command<'trace'> = async (args, terminal) => {
  const { step, node, opcode, address, why, json } = args.options;
  const chosen = Object.entries({ step, why }).filter(([, value]) => value !== undefined);
  const searching = [node, opcode, address].some((value) => value !== undefined);
  if (chosen.length + (searching ? 1 : 0) > 1)
    throw usage('ZK0821', {
      what: '--step, --why and a search (--node, --opcode, --address) are three questions',
      fix: 'ask one at a time',
    });
  if (opcode !== undefined && !isOpcode(opcode))
    throw usage('ZK0821', { what: `${JSON.stringify(opcode)} is no instruction`, fix: `one of ${OPCODES.join(', ')}` });
  const debugged = openTrace(decodeTrace(readArtifact(args.file, 'trace'), true));
  const { steps, trace } = debugged;
  if (step !== undefined && !(Number.isInteger(step) && step >= 0 && step < steps))
    throw usage('ZK0821', { what: `there is no step ${step}`, where: args.file, fix: `0 to ${steps - 1}` });
  const verdict = judge(debugged);
  const show = (value: Record<string, unknown>, lines: () => string[]): void => {
    if (json) terminal.json(plain({ ...value, verdict }));
    else terminal.out(lines());
  };
  if (step !== undefined) {
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
  if (!json) terminal.out(failureLines(verdict));
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
