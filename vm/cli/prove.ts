// `zkvm prove`: runs the trace's program again, refuses a trace that differs, proves, writes the proof.
// Source: vm/prove.ts. Caveat: `test` makes proofs that prove nothing; it is for tests.
import { digestToHex } from '../../fri/digest.ts';
import { ZkvmError } from '../../fri/errors.ts';
import { profileNamed } from '../../fri/profile.ts';
import { calldataFelts } from '../../fri/stream.ts';
import { execute } from '../executor.ts';
import { fillTraces } from '../fill.ts';
import { prepareModel } from '../model.ts';
import { proveExecution } from '../prove.ts';
import { decodeTrace, type Trace } from '../trace.ts';
import { withBackend } from './backend.ts';
import type { Command } from './commands.ts';
import { readBytes, requireWritable, writeOutput } from './files.ts';
import { breathe, formatCount, formatMs, printJson, startProgress } from './terminal.ts';

/** steps of the protocol that report, for the progress bar */
const STEPS = 12;

/** Two column lists are the same. */
const sameColumns = (a: readonly Uint32Array[], b: readonly Uint32Array[]): boolean =>
  a.length === b.length && a.every((column, i) => column.length === b[i]!.length && column.every((value, row) => value === b[i]![row]));

/** @throws constraint ZK0851 when a cell or an output is not what running the program gives */
function requireHonest(trace: Trace, file: string): ReturnType<typeof execute> {
  const execution = execute(trace.program, trace.inputs);
  const honest = fillTraces(execution);
  const same =
    honest.length === trace.instances.length &&
    honest.every(({ type, columns }, i) => type === trace.instances[i]!.type && sameColumns(columns, trace.instances[i]!.columns)) &&
    trace.program.outputs.every(({ name }) => trace.outputs[name]!.every((value, i) => value === execution.outputs[name]![i]));
  if (!same)
    throw new ZkvmError('constraint', 'ZK0851', {
      what: 'the trace is not what running its program gives',
      where: file,
      fix: 'run the model again, or see which rows fail with zkvm check',
    });
  return execution;
}

export const run: Command = async (args, terminal) => {
  const json = args.flag('json');
  const target = args.text('output')!;
  const profile = profileNamed(args.text('profile')!);
  requireWritable(target, [args.file]);
  const started = performance.now();
  const trace = decodeTrace(readBytes(args.file));
  const execution = requireHonest(trace, args.file);
  const timings: Record<string, number> = { run: performance.now() - started };
  await breathe();
  const { proof, backend } = await withBackend(
    args.text('backend')!,
    async ({ backend, why }) => {
      terminal.err(`backend ${backend.name}: ${why}\n`);
      const progress = startProgress(terminal, 'prove', STEPS);
      const committing = performance.now();
      const model = await prepareModel(trace.program, profile, backend);
      timings.model = performance.now() - committing;
      progress.step('model', timings.model);
      const proof = await proveExecution(model, execution, { context: trace.context, onStep: (name, ms) => progress.step(name, ms) });
      progress.end();
      return { proof, backend };
    },
    args.number('threads'),
  );
  const totalMs = performance.now() - started;
  const toStdout = writeOutput(terminal, target, proof.bytes, json);
  const felts = calldataFelts(proof.writer.items);

  if (json)
    printJson(terminal, {
      cells: proof.cells,
      proofBytes: proof.bytes.length,
      calldataFelts: felts,
      profile: profile.name,
      backend: backend.name,
      modelId: digestToHex(proof.modelId),
      security: proof.security,
      timings: { totalMs, ...timings, ...proof.timings },
    });
  else if (!toStdout)
    terminal.out(
      [
        `proved ${formatCount(proof.cells)} cells in ${formatMs(totalMs)}`,
        `model id  ${digestToHex(proof.modelId)}`,
        `proof     ${formatCount(proof.bytes.length)} bytes, ${formatCount(felts)} felts`,
        `profile   ${profile.name}, ${proof.security.conjecturedBits.toFixed(1)} bits conjectured, ${proof.security.provenBits.toFixed(1)} bits proven`,
        '',
      ].join('\n'),
    );
  return 0;
};
