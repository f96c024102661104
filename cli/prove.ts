// `zkvm prove`: runs the trace's program again, refuses a trace that differs and a proof that does not fit into memory, proves, writes
// the proof. Source: vm/prove.ts, vm/estimate/predict.ts. Caveat: `test` makes proofs that prove nothing; it is for tests.

import path from 'node:path';
import type { InstanceWitness, UnfilledInstance } from '../air/columns.ts';
import { digestToHex } from '../fri/core/digest.ts';
import { usage, ZkvmError } from '../fri/core/errors.ts';
import { profileNamed } from '../fri/pcs/profile.ts';
import { requireSecurity, securityText } from '../fri/pcs/security.ts';
import { calldataFelts } from '../fri/pcs/stream.ts';
import type { WebgpuBackend } from '../gpu/webgpu/backend.ts';
import { MACHINE } from '../vm/chips/machine.ts';
import { planInstances } from '../vm/chips/split.ts';
import { sizesOf } from '../vm/estimate/cost.ts';
import { layoutOfSizes, predict, requireMemory } from '../vm/estimate/predict.ts';
import { type Execution, execute } from '../vm/executor/run.ts';
import { decodeTrace, type Trace } from '../vm/files/trace.ts';
import { type AuditOptions, requireDetermined } from '../vm/program/audit.ts';
import { proveExecution } from '../vm/prove.ts';
import { publicTermCount } from '../vm/statement/claim.ts';
import { cellCount, securityOf } from '../vm/statement/instances.ts';
import { prepareModel } from '../vm/statement/model.ts';
import { withBackend } from './backend.ts';
import type { Command } from './commands.ts';
import { readBytes, requireWritable, writeOutput } from './io/files.ts';
import { availableBytes } from './io/memory.ts';
import { startSpans } from './io/spans.ts';
import { breathe, formatCount, formatMs, formatRate, startProgress } from './io/terminal.ts';
import { reportSaturation } from './saturated.ts';
import { auditJson, auditOptions, warningLines } from './undetermined.ts';

/** steps of the protocol that report, for the progress bar */
const STEPS = 12;

const sameColumns = (a: readonly Uint32Array[], b: readonly Uint32Array[]): boolean =>
  a.length === b.length && a.every((column, i) => column.length === b[i]!.length && column.every((value, row) => value === b[i]![row]));

/** Whether somebody's columns are what this instance would be filled with; only one instance's columns are in memory at a time. */
function isHonest(planned: UnfilledInstance, given: InstanceWitness | undefined): boolean {
  if (!given || planned.type !== given.type || planned.logSize !== given.logSize) return false;
  const columns = MACHINE.components[planned.type]!.base.map(() => new Uint32Array(2 ** planned.logSize));
  planned.fill(columns);
  return sameColumns(columns, given.columns);
}

/** @throws constraint ZK0851 when a cell or an output is not what running the program gives */
function requireHonest(trace: Trace, file: string): Execution {
  const execution = execute(trace.program, trace.inputs);
  const plan = planInstances(execution);
  const same =
    plan.length === trace.instances.length &&
    plan.every((planned, i) => isHonest(planned, trace.instances[i])) &&
    trace.program.outputs.every(({ name }) => trace.outputs[name]!.every((value, i) => value === execution.outputs[name]![i]));
  if (!same)
    throw new ZkvmError('constraint', 'ZK0851', {
      what: 'the trace is not what running its program gives',
      where: file,
      fix: 'run the model again, or see which rows fail with zkvm check',
    });
  return execution;
}

/** The run that a trace file holds, read and checked; the file's own columns are not needed any more and may be collected. */
function readRun(
  file: string,
  options: AuditOptions,
  timed: <T>(name: string, work: () => T) => T,
): { execution: Execution; context: Uint8Array } {
  const trace = timed('read', () => decodeTrace(readBytes(file)));
  requireDetermined(trace.program, options);
  return { execution: timed('run', () => requireHonest(trace, file)), context: trace.context };
}

/** steps whose time has nothing to do with the number of cells */
const isWork = (step: string): boolean => step.endsWith('work');

export const run: Command<'prove'> = async (args, terminal) => {
  const json = args.options.json;
  const target = args.options.output;
  const profileOut = args.options['profile-out'];
  const options = auditOptions(args);
  const profile = profileNamed(args.options.profile);
  requireWritable(target, [args.file]);
  if (profileOut !== undefined) {
    requireWritable(profileOut, [args.file]);
    if (path.resolve(profileOut) === path.resolve(target))
      throw usage('ZK0805', { what: '--output and --profile-out name the same file', where: target, fix: 'choose another name' });
  }
  const spans = startSpans('zkvm prove');
  const started = performance.now();
  const timings: Record<string, number> = {};
  const timed = <T>(name: string, work: () => T): T => {
    const before = performance.now();
    const result = work();
    timings[name] = performance.now() - before;
    spans.ended(name, timings[name]);
    return result;
  };
  await breathe();
  const { execution, context } = readRun(args.file, options, timed);
  const saturated = reportSaturation(execution, args.options.strict, terminal);
  const instances = planInstances(execution, profile);
  const sizes = sizesOf(instances);
  const cells = cellCount(instances);
  // what the verifier would refuse is refused before any work
  requireSecurity(securityOf(profile, instances, publicTermCount(execution.loaded.program)), profile);
  await breathe();
  const { proof, backend, audit } = await withBackend(
    args.options.backend,
    async ({ kind, backend, why }) => {
      terminal.say(`backend ${backend.name}: ${why}`);
      if (kind.memory === 'process') requireMemory(predict(sizes, profile, kind, 1, 1), cells, availableBytes());
      else await backend.reserve?.(layoutOfSizes(sizes).blocks, profile.logBlowup);
      const progress = startProgress(terminal, 'prove', STEPS);
      const step = (name: string, ms: number): void => {
        spans.ended(name, ms);
        progress.step(name, ms, isWork(name) ? undefined : cells);
      };
      const committing = performance.now();
      const model = await prepareModel(execution.loaded.program, profile, backend, options);
      timings.model = performance.now() - committing;
      step('model', timings.model);
      const proof = await proveExecution(model, execution, { context, onStep: step });
      progress.end();
      if (profileOut !== undefined && 'takeSpans' in backend)
        for (const { label, startMs, ms } of await (backend as WebgpuBackend).takeSpans()) spans.onDevice(label, startMs, ms);
      return { proof, backend, audit: model.audit };
    },
    { threads: args.options.threads, profile: profileOut !== undefined, cells },
  );
  const totalMs = performance.now() - started;
  const toStdout = writeOutput(terminal, target, proof.bytes, json);
  const felts = calldataFelts(proof.writer.items);
  if (profileOut !== undefined)
    writeOutput(
      terminal,
      profileOut,
      new TextEncoder().encode(spans.toJson({ cells, backend: backend.name, profile: profile.name })),
      json || toStdout,
    );

  if (json)
    terminal.json({
      cells: proof.cells,
      proofBytes: proof.bytes.length,
      calldataFelts: felts,
      profile: profile.name,
      backend: backend.name,
      modelId: digestToHex(proof.modelId),
      ...auditJson(audit),
      saturated,
      security: proof.security,
      timings: { totalMs, ...timings, ...proof.timings },
    });
  else if (!toStdout)
    terminal.out([
      ...warningLines(audit),
      `proved ${formatCount(proof.cells)} cells in ${formatMs(totalMs)}, ${formatRate(proof.cells, totalMs)}`,
      `model id  ${digestToHex(proof.modelId)}`,
      `proof     ${formatCount(proof.bytes.length)} bytes, ${formatCount(felts)} felts`,
      `profile   ${profile.name}, ${securityText(proof.security)}`,
    ]);
  return 0;
};
