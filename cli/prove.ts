// `zkvm prove`: makes the runs that are to be proved, refuses a trace that differs and a proof that does not fit into memory, proves, writes
// the proofs; the model is committed once for all of them. Source: jobs.ts, vm/prove.ts, vm/estimate/predict.ts. Caveat: `test` makes proofs
// that prove nothing; it is for tests.

import os from 'node:os';
import path from 'node:path';
import { digestToHex } from '../fri/core/digest.ts';
import { usage } from '../fri/core/errors.ts';
import { PROFILES, type Profile, profileNamed } from '../fri/pcs/profile.ts';
import { securityText } from '../fri/pcs/security.ts';
import { calldataFelts } from '../fri/pcs/stream.ts';
import type { ThreadSpan } from '../gpu/kind/kind.ts';
import type { KernelSpan } from '../gpu/webgpu/timestamps.ts';
import { cellCount } from '../vm/chips/cells.ts';
import { planInstances } from '../vm/chips/split.ts';
import { type InstanceSize, sizesOf } from '../vm/estimate/cost.ts';
import { availableBytes } from '../vm/estimate/memory.ts';
import { outlineOf } from '../vm/estimate/outline.ts';
import { type ProofPlan, planProof } from '../vm/estimate/plan.ts';
import { layoutOfSizes } from '../vm/estimate/predict.ts';
import type { Execution } from '../vm/executor/run.ts';
import type { Saturated } from '../vm/executor/saturation.ts';
import { predictions, realTensors } from '../vm/library/outputs.ts';
import type { Unsteady } from '../vm/library/unsteady.ts';
import { tableKind } from '../vm/program/exact.ts';
import { type ProvedRun, plannedRun, proveExecution } from '../vm/prove.ts';
import { proveResumably } from '../vm/resume.ts';
import { type PreparedModel, prepareModel } from '../vm/statement/model.ts';
import { withBackend } from './backend.ts';
import type { Command } from './commands.ts';
import { tooManyThreads } from './cores.ts';
import { requireWritable, writeOutput } from './io/files.ts';
import { formatMegabytes, parseBytes } from './io/memory.ts';
import { sayNext } from './io/next.ts';
import { outputLines } from './io/outputs.ts';
import { pieceFolder } from './io/pieces.ts';
import { startSpans } from './io/spans.ts';
import { breathe, formatCount, formatMs, formatRate, startProgress, type Terminal } from './io/terminal.ts';
import { type Job, readJobs } from './jobs.ts';
import { rootLines, rootsJson } from './report/roots.ts';
import { reportSaturation, reportUnsteady } from './saturated.ts';
import { auditJson, auditOptions, warningLines } from './undetermined.ts';

/**
 * Steps that report, for the progress bar: the model, the interaction's proof of work, and what each shard goes through; all but the last are
 * committed to twice. Where shards are kept, each is made by itself: the last too, and each looks at the work again.
 */
const stepCount = (shards: number, areKept: boolean): number => 2 + 7 * shards + (areKept ? 5 * shards : 2 * (2 * shards - 1));

/** steps whose time has nothing to do with the number of cells */
const isWork = (step: string): boolean => step.endsWith('work');

/** a backend that notes what it does beside the calling thread; what has no track is done by a GPU */
type Timed = { takeSpans(): Promise<readonly (KernelSpan & Partial<ThreadSpan>)[]> };

interface Run {
  execution: Execution;
  /** as one shard: for the choice of a backend, and for a device */
  sizes: readonly InstanceSize[];
  cells: number;
  saturated: Saturated[];
  unsteady: Unsteady[];
  ms: number;
}

/** Runs a job. */
function runOf(job: Job, profile: Profile, strict: boolean, terminal: Terminal): Run {
  const started = performance.now();
  const { execution, rounded } = job.execute();
  const ms = performance.now() - started;
  const saturated = reportSaturation(execution, strict, terminal);
  const unsteady = reportUnsteady(execution, { rounded, report: job.report }, strict, terminal);
  const instances = planInstances(execution, profile);
  return { execution, sizes: sizesOf(instances), cells: cellCount(instances), saturated, unsteady, ms };
}

interface Proved {
  job: Job;
  /** without the groups of the stream where there are several shards */
  proof: Omit<ProvedRun, 'writer'> & Partial<Pick<ProvedRun, 'writer'>> & { shards: number };
  execution: Execution;
  saturated: Saturated[];
  unsteady: Unsteady[];
  totalMs: number;
  timings: Record<string, number>;
}

const proofJson = ({ proof, execution, saturated, unsteady }: Proved): Record<string, unknown> => ({
  cells: proof.cells,
  proofBytes: proof.bytes.length,
  // a proof of several shards is none for one transaction
  calldataFelts: proof.writer ? calldataFelts(proof.writer.items) : null,
  shards: proof.shards,
  modelId: digestToHex(proof.modelId),
  ...rootsJson(proof.roots),
  tables: tableKind(execution.loaded.program),
  saturated,
  unsteady,
  security: proof.security,
});

/** one of several proofs */
function fullJson(one: Proved): Record<string, unknown> {
  const { job, execution, totalMs, timings } = one;
  const { program } = execution.loaded;
  return {
    input: job.name,
    proof: job.target,
    outputs: realTensors(program, 'output', execution.outputs),
    labels: predictions(program, execution.outputs) ?? null,
    ...proofJson(one),
    timings: { totalMs, ...timings },
  };
}

function proofLines({ job, proof, execution, totalMs }: Proved, profile: Profile, several: boolean): string[] {
  const time = `proved ${formatCount(proof.cells)} cells in ${formatMs(totalMs)}, ${formatRate(proof.cells, totalMs)}`;
  const rest = proof.writer ? `${formatCount(calldataFelts(proof.writer.items))} felts` : `${proof.shards} shards`;
  const size = `${formatCount(proof.bytes.length)} bytes, ${rest}`;
  if (several) return [`${job.target}: ${time}, ${size}`];
  return [
    ...outputLines(execution.loaded.program, execution.outputs),
    time,
    `model id  ${digestToHex(proof.modelId)}`,
    ...rootLines(proof.roots),
    `proof     ${size}`,
    `profile   ${profile.name}, ${securityText(proof.security)}`,
  ];
}

export const run: Command<'prove'> = async (args, terminal) => {
  const json = args.options.json;
  const profileOut = args.options['profile-out'];
  const options = auditOptions(args);
  const profile = profileNamed(args.options.profile);
  const allowedBytes = args.options.memory === undefined ? undefined : parseBytes(args.options.memory);
  if (args.options.resume !== undefined && allowedBytes === undefined)
    throw usage('ZK0821', {
      what: '--resume without --memory',
      why: 'what is free differs from time to time, and with it the shards: finished ones would not be found again',
      fix: 'say how much memory the process may have: --memory 2GB',
    });
  const pieces = args.options.resume === undefined ? undefined : pieceFolder(args.options.resume);
  const spans = startSpans('zkvm prove');
  const started = performance.now();
  const jobs = readJobs(args, options);
  spans.ended('read');
  const crowded = tooManyThreads(args.options.threads, os.availableParallelism());
  if (crowded !== undefined) terminal.err(`warning: ${crowded}`);
  await breathe();
  if (profileOut !== undefined) {
    requireWritable(profileOut, [args.file]);
    if (jobs.some(({ target }) => path.resolve(profileOut) === path.resolve(target)))
      throw usage('ZK0805', { what: '--output and --profile-out name the same file', where: profileOut, fix: 'choose another name' });
  }
  // what is said of each proof; not the proofs, which may be many
  const said: { json: Record<string, unknown>; lines: string[]; timings: Record<string, number> }[] = [];
  let toStdout = false;
  let model: PreparedModel | undefined;
  let modelMs = 0;
  // what does not fit is refused before any work, where its size follows from the program alone; else after the first run
  const outline = outlineOf(jobs[0]!.program);
  const firstRun = outline ? undefined : runOf(jobs[0]!, profile, args.options.strict, terminal);
  if (firstRun) spans.ended('run');
  const known = outline ?? firstRun!.execution;
  const allCells = cellCount(planInstances(known, profile));
  await breathe();
  const { name: backendName } = await withBackend(
    args.options.backend,
    async ({ kind, backend, why }) => {
      terminal.say(`backend ${backend.name}: ${why}`);
      spans.ended('backend');
      /** in so many shards as fit; what the verifier would refuse is refused here */
      const planned = (execution: Execution): ProofPlan | undefined => {
        const memory = { profile, threads: 1, availableBytes: allowedBytes ?? availableBytes() };
        const plan = kind.memory === 'process' ? planProof(execution, { ...memory, kind }) : undefined;
        plannedRun(execution, profile, plan?.shards);
        return plan;
      };
      if (outline) planned(outline);
      for (const [i, job] of jobs.entries()) {
        const isKnown = i === 0 && firstRun !== undefined;
        const { execution, sizes, cells, saturated, unsteady, ms } = isKnown
          ? firstRun
          : runOf(job, profile, args.options.strict, terminal);
        if (!isKnown) spans.ended('run');
        await breathe();
        const began = performance.now();
        const plan = planned(execution);
        if (!plan) await backend.reserve?.(layoutOfSizes(sizes).blocks, profile.logBlowup);
        const shards = plan?.shards.length ?? 1;
        if (shards > 1) terminal.say(`${shards} shards, about ${formatMegabytes(plan!.prediction.peakBytes)} of memory`);
        const progress = startProgress(
          terminal,
          jobs.length === 1 ? 'prove' : `prove ${i + 1} of ${jobs.length}`,
          stepCount(shards, pieces !== undefined && shards > 1),
        );
        const step = (name: string, ms: number): void => {
          spans.ended(name);
          progress.step(name, ms, isWork(name) ? undefined : cells);
        };
        if (!model) {
          const committing = performance.now();
          model = await prepareModel(execution.loaded.program, profile, backend, options);
          modelMs = performance.now() - committing;
          step('model', modelMs);
        }
        const asked = { context: job.context, onStep: step, ...(plan && { shards: plan.shards }) };
        const { writer, ...proved }: Omit<ProvedRun, 'writer'> & Partial<ProvedRun> =
          pieces && shards > 1
            ? await proveResumably(model, execution, pieces, {
                ...asked,
                onFound: (found) => terminal.say(`${found} of ${shards} shards are there already`),
              })
            : await proveExecution(model, execution, asked);
        const proof = { ...proved, shards, ...(writer && shards === 1 && { writer }) };
        progress.end();
        spans.ended('proof file');
        const totalMs = ms + performance.now() - began;
        toStdout = writeOutput(terminal, job.target, proof.bytes, json);
        spans.ended('write');
        if (jobs.length > 1) spans.group(job.name);
        const timings = { run: ms, ...(i === 0 && { model: modelMs }), ...proof.timings };
        const one: Proved = { job, proof, execution, saturated, unsteady, totalMs, timings };
        said.push({ json: jobs.length > 1 ? fullJson(one) : proofJson(one), lines: proofLines(one, profile, jobs.length > 1), timings });
        if (jobs.length > 1) terminal.say(`${job.name}: ${formatMs(totalMs)}, ${job.target}`);
      }
      if (profileOut !== undefined && 'takeSpans' in backend)
        for (const { track = 'GPU', label, startMs, ms } of await (backend as unknown as Timed).takeSpans())
          spans.onTrack(track, label, startMs, ms);
      return backend;
    },
    { threads: args.options.threads, profile: profileOut !== undefined, cells: allCells },
  );
  const allMs = performance.now() - started;
  if (profileOut !== undefined)
    writeOutput(
      terminal,
      profileOut,
      new TextEncoder().encode(spans.toJson({ cells: allCells, backend: backendName, profile: profile.name })),
      json || toStdout,
    );
  const about = { profile: profile.name, backend: backendName, ...auditJson(model!.audit) };
  if (json)
    terminal.json(
      jobs.length === 1
        ? { ...said[0]!.json, ...about, timings: { totalMs: allMs, ...said[0]!.timings } }
        : { ...about, modelId: digestToHex(model!.id), timings: { totalMs: allMs, model: modelMs }, proofs: said.map((one) => one.json) },
    );
  else if (!toStdout) terminal.out([...warningLines(model!.audit), ...said.flatMap(({ lines }) => lines)]);
  const { target, name } = jobs[0]!;
  // verify takes a proof of `test` from who asks for it alone
  const asked = profile === PROFILES.test ? ['--profile', profile.name] : [];
  sayNext(terminal, json, 'verify', target, '--model', name === args.file ? 'model.zkb' : args.file, ...asked);
  return 0;
};
