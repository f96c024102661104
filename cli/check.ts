// `zkvm check`: every constraint on every row of a trace, and the global sum, without proving; shows all failures.
// Source: air/check.ts. Caveat: the challenges come from a fixed seed, so passing is a debugging aid and not a proof.

import { check, type Failure } from '../air/check.ts';
import { ZkvmError } from '../fri/core/errors.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { decodeTrace } from '../vm/files/trace.ts';
import { publicTerms } from '../vm/statement/claim.ts';
import type { Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { errorLines } from './io/error-text.ts';
import { sayNext } from './io/next.ts';
import { formatCount, formatMs } from './io/terminal.ts';

/** failures that are spelled out; all are counted */
const SPELLED_OUT = 10_000;

const failureLines = ({ component, instance, row, label, cells }: Failure): string[] => [
  `${component} (instance ${instance}) row ${row}: ${label}`,
  `    ${Object.entries(cells)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')}`,
];

export const run: Command<'check'> = async (args, terminal) => {
  const trace = decodeTrace(readArtifact(args.file, 'trace'), true);
  const started = performance.now();
  const terms = publicTerms(trace.program, trace.inputs, trace.outputs);
  const { failures, failureCount, sumIsZero } = check(MACHINE, trace.instances, terms, args.file, SPELLED_OUT);
  const checkMs = performance.now() - started;
  const ok = failureCount === 0 && sumIsZero;
  const rows = trace.instances.reduce((sum, { logSize }) => sum + 2 ** logSize, 0);
  if (args.options.json) terminal.json({ ok, rows, failureCount, sumIsZero, failures, timings: { checkMs } });
  else {
    terminal.out(failures.flatMap(failureLines));
    if (failureCount > failures.length) terminal.out(`… ${formatCount(failureCount - failures.length)} more`);
    if (ok) terminal.out(`every constraint holds on ${formatCount(rows)} rows, and the sum over all lookups is zero`);
  }
  if (!ok) {
    const parts = [
      ...(failureCount ? [`${formatCount(failureCount)} constraint${failureCount === 1 ? ' does' : 's do'} not hold`] : []),
      ...(sumIsZero ? [] : ['the sum over all lookups is not zero (a word, a table entry or an accumulator does not match)']),
    ];
    const error = new ZkvmError('constraint', 'ZK0850', { what: parts.join('; '), where: args.file });
    terminal.err(errorLines(error, terminal.debug));
    return error.exitCode;
  }
  terminal.say(`checked in ${formatMs(checkMs)}`);
  sayNext(terminal, args.options.json, 'prove', args.file, '-o', 'proof.bin');
  return 0;
};
