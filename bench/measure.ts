// One model proved on one backend again and again, in a process of its own, so that its peak memory is its own. Run by bench/prove.ts:
// tsx bench/measure.ts task.json, where the file is a `Task`; prints a `Measurement` as JSON. Caveat: the process runs under tsx, whose
// compiler stays resident: some 30 MB more than the built program.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { profileNamed } from '../fri/pcs/profile.ts';
import { type SelectedBackend, selectBackend } from '../gpu/select.ts';
import { costOf } from '../vm/estimate/cost.ts';
import { factorOf } from '../vm/estimate/here.ts';
import { predict } from '../vm/estimate/predict.ts';
import { execute } from '../vm/executor/run.ts';
import { decodeProgram } from '../vm/files/zkb.ts';
import { proveExecution } from '../vm/prove.ts';
import { loadModel, prepareModel } from '../vm/statement/model.ts';
import { verifyProof } from '../vm/verify.ts';

export interface Task {
  /** path of the program's `.zkb` */
  zkb: string;
  inputs: Record<string, number[]>;
  /** js, wasm (all threads), wasm1, wasm2, …, webgpu */
  backend: string;
  profile: string;
  runs: number;
}

/** times are medians in milliseconds */
export interface Measurement {
  cells: number;
  prepareMs: number;
  executeMs: number;
  firstMs: number;
  proveMs: number;
  /** without the proofs of work, whose length is chance */
  steadyMs: number;
  phases: Record<string, number>;
  verifyMs: number;
  proofBytes: number;
  /** SHA-256 of the first proof: the same on every backend */
  proofHash: string;
  /** most resident memory of the process up to the last proof */
  peakRssBytes: number;
  /** resident memory after a tenth of the proofs, and after the last one */
  earlyRssBytes: number;
  lastRssBytes: number;
  /** what `zkvm estimate` says; not for backends without rates */
  predicted: { proveMs: number; peakBytes: number } | undefined;
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const isWork = (step: string): boolean => step.endsWith('work');

function start(name: string): Promise<SelectedBackend> {
  const match = /^([a-z]+)(\d*)$/.exec(name);
  return selectBackend(match?.[1] ?? name, match?.[2] ? { threads: Number(match[2]) } : {});
}

async function measure(task: Task): Promise<Measurement> {
  const { runs } = task;
  const program = decodeProgram(new Uint8Array(fs.readFileSync(task.zkb)));
  const inputs = Object.fromEntries(Object.entries(task.inputs).map(([name, values]) => [name, Int32Array.from(values)]));
  const profile = profileNamed(task.profile);
  const { kind, backend, close } = await start(task.backend);
  const started = performance.now();
  const model = await prepareModel(program, profile, backend);
  const prepareMs = performance.now() - started;
  const times: { executeMs: number; proveMs: number }[] = [];
  const steps: Record<string, number[]> = {};
  let bytes = new Uint8Array(0) as Uint8Array;
  let earlyRssBytes = 0;
  for (let run = 0; run < runs; run++) {
    const t0 = performance.now();
    const execution = execute(program, inputs);
    const t1 = performance.now();
    // another context a run: other challenges, another proof of work
    const proof = await proveExecution(model, execution, { context: Uint8Array.of(run % 256, run >> 8) });
    times.push({ executeMs: t1 - t0, proveMs: performance.now() - t1 });
    for (const [step, ms] of Object.entries(proof.timings)) {
      const list = steps[step] ?? [];
      steps[step] = list;
      list.push(ms);
    }
    if (run === 0) bytes = proof.bytes;
    if (run === Math.ceil(runs / 10) - 1) earlyRssBytes = process.memoryUsage.rss();
  }
  const lastRssBytes = process.memoryUsage.rss();
  const peakRssBytes = 1024 * process.resourceUsage().maxRSS;
  const cost = costOf(program, profile);
  const threads = (backend as { threads?: number }).threads ?? 1;
  const predicted =
    kind.memory === 'process' ? predict(cost.instances, profile, kind, threads, await factorOf(kind, backend, threads)) : undefined;
  const verifier = await loadModel(program, profile, backend);
  const verifyMs = median(
    Array.from({ length: 11 }, () => {
      const t = performance.now();
      verifyProof(verifier, bytes, [profile]); // throws if it is rejected
      return performance.now() - t;
    }),
  );
  await close();
  const phases = Object.fromEntries(Object.entries(steps).map(([step, list]) => [step, median(list)]));
  return {
    cells: cost.cells,
    prepareMs,
    executeMs: median(times.map((t) => t.executeMs)),
    firstMs: times[0]!.proveMs,
    proveMs: median(times.map((t) => t.proveMs)),
    steadyMs: Object.entries(phases).reduce((sum, [step, ms]) => (isWork(step) ? sum : sum + ms), 0),
    phases,
    verifyMs,
    proofBytes: bytes.length,
    proofHash: createHash('sha256').update(bytes).digest('hex'),
    peakRssBytes,
    earlyRssBytes,
    lastRssBytes,
    predicted: predicted && { proveMs: predicted.proveMs, peakBytes: predicted.peakBytes },
  };
}

const file = process.argv[2];
if (!file) throw new Error('usage: tsx bench/measure.ts task.json');
process.stdout.write(JSON.stringify(await measure(JSON.parse(fs.readFileSync(file, 'utf8')) as Task)));
