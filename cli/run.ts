// `zkvm run`: executes a compiled model on an input, prints the output in real units and writes the trace.
// Source: vm/executor/run.ts, vm/files/trace.ts. Caveat: the trace holds the model, the input and every intermediate value in clear.

import { execute } from '../vm/executor/run.ts';
import { encodeTrace, type Trace, unfilledTrace, writeTrace } from '../vm/files/trace.ts';
import { decodeZkb } from '../vm/files/zkb.ts';
import { roundedInputs } from '../vm/library/integers.ts';
import { predictions, realTensors } from '../vm/library/outputs.ts';
import { requireDetermined } from '../vm/program/audit.ts';
import { CYCLE_WORDS } from '../vm/program/cycle.ts';
import { tableKind } from '../vm/program/exact.ts';
import type { Arguments, Command } from './commands.ts';
import { readArtifact } from './io/artifacts.ts';
import { parseContext } from './io/context.ts';
import { requireWritable, STANDARD_STREAM, writeOutput, writeStreamed } from './io/files.ts';
import { quoted, sayNext } from './io/next.ts';
import { outputLines } from './io/outputs.ts';
import { readInputs } from './io/tensors.ts';
import { breathe, formatCount, formatMs, type Terminal } from './io/terminal.ts';
import { claimJson, claimLines } from './report/claimed.ts';
import { reportSaturation, reportUnsteady } from './saturated.ts';
import { auditJson, auditOptions, warningLines } from './undetermined.ts';

/** Writes the trace, an instance at a time where it goes to a file. @returns its bytes */
function writeTraceTo(target: string, trace: Trace, terminal: Terminal, { file, options }: Arguments<'run'>): number {
  if (target === STANDARD_STREAM) {
    const bytes = encodeTrace(trace);
    writeOutput(terminal, target, bytes, options.json);
    return bytes.length;
  }
  const inputs = options.input.map((input) => ` --input ${quoted(input)}`).join('');
  return writeStreamed(
    target,
    (to) => writeTrace(trace, to),
    `prove the model itself, without a trace: zkvm prove ${quoted(file)}${inputs} -o proof.bin`,
  );
}

export const run: Command<'run'> = async (args, terminal) => {
  const json = args.options.json;
  const target = args.options.output;
  const input = args.options.input;
  const context = parseContext(args.options.context ?? '');
  if (target !== undefined) requireWritable(target, [args.file, ...input]);
  const zkb = readArtifact(args.file, 'model');
  const { program, report } = decodeZkb(zkb, true);
  const audit = requireDetermined(program, auditOptions(args));
  const rounded = roundedInputs(readInputs(input), program);
  await breathe();

  const started = performance.now();
  const execution = execute(program, rounded.integers);
  const runMs = performance.now() - started;
  const saturated = reportSaturation(execution, args.options.strict, terminal);
  const unsteady = reportUnsteady(execution, { rounded, report }, args.options.strict, terminal);
  const cycles = execution.cycles.length / CYCLE_WORDS;
  await breathe();
  const toStdout = target === STANDARD_STREAM;
  const traceBytes = target === undefined ? 0 : writeTraceTo(target, unfilledTrace(zkb, execution, context), terminal, args);

  if (json)
    terminal.json({
      outputs: realTensors(program, 'output', execution.outputs),
      labels: predictions(program, execution.outputs) ?? null,
      cycles,
      traceBytes,
      ...auditJson(audit),
      ...claimJson(report),
      tables: tableKind(program),
      saturated,
      unsteady,
      timings: { runMs },
    });
  else if (!toStdout) terminal.out([...warningLines(audit), ...claimLines(report), ...outputLines(program, execution.outputs)]);
  terminal.say(
    `ran ${formatCount(cycles)} instructions in ${formatMs(runMs)}${traceBytes > 0 ? `, trace of ${formatCount(traceBytes)} bytes` : ''}`,
  );
  if (target !== undefined) sayNext(terminal, json, 'prove', target, '-o', 'proof.bin');
  else sayNext(terminal, json, 'prove', args.file, ...input.flatMap((file) => ['--input', file]), '-o', 'proof.bin');
  return 0;
};
