// Proving times of whole models in one warm process, phase by phase. Run: npm run bench:prove [-- --models digits_mlp,lenet --backends
// js,wasm1,wasm2 --runs 5 --profile local --onnx folder --json out.json --write baseline.json --check baseline.json].
// Caveat: wall time of this machine. --check compares times divided by a loop measured in the same run, so a slower machine is no
// regression; a busy one may still look like one.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Backend } from '../fri/backend.ts';
import { mul } from '../fri/m31.ts';
import { profileNamed } from '../fri/profile.ts';
import { selectBackend } from '../gpu/select.ts';
import { execute } from '../vm/executor.ts';
import { loadModel, prepareModel } from '../vm/model.ts';
import { proveExecution } from '../vm/prove.ts';
import { verifyProof } from '../vm/verify.ts';
import { type Job, loadJob } from './models.ts';

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: 'digits_mlp,mlp784,lenet,cnn264k,dense4m' },
    backends: { type: 'string', default: 'wasm2,wasm1' },
    runs: { type: 'string', default: '5' },
    profile: { type: 'string', default: 'local' },
    onnx: { type: 'string', default: path.join(import.meta.dirname, '../test/models') },
    json: { type: 'string' },
    write: { type: 'string' },
    check: { type: 'string' },
  },
});

/** times of one model on one backend: medians in milliseconds */
interface Result {
  model: string;
  backend: string;
  cells: number;
  prepareMs: number;
  executeMs: number;
  firstMs: number;
  proveMs: number;
  /** without the proofs of work, whose length is chance */
  steadyMs: number;
  nsPerCell: number;
  phases: Record<string, number>;
  verifyMs: number;
  proofBytes: number;
  rssBytes: number;
}

/** times slower than the baseline, relative to the loop of `yardstick`, that fail --check */
const TOLERANCE = 1.3;
const YARDSTICK_STEPS = 2 ** 24;

/** milliseconds of a loop of field multiplications: what this machine is worth right now */
function yardstick(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4; run++) {
    const started = performance.now();
    let x = 3;
    for (let i = 0; i < YARDSTICK_STEPS; i++) x = mul(x, 1268011823);
    best = Math.min(best, performance.now() - started + (x === 0 ? 1 : 0));
  }
  return best;
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;

/** js, wasm (all threads), wasm1, wasm2, …, webgpu */
async function start(name: string): Promise<Backend> {
  const match = /^([a-z]+)(\d*)$/.exec(name);
  const { backend } = await selectBackend(match?.[1] ?? name, match?.[2] ? { threads: Number(match[2]) } : {});
  return backend;
}

const isWork = (step: string): boolean => step.endsWith('work');

async function measure(job: Job, backendName: string, runs: number): Promise<{ result: Result; bytes: Uint8Array }> {
  const profile = profileNamed(options.profile);
  const backend = await start(backendName);
  const started = performance.now();
  const model = await prepareModel(job.program, profile, backend);
  const prepareMs = performance.now() - started;
  const executeMs: number[] = [];
  const proveMs: number[] = [];
  const steps: Record<string, number[]> = {};
  let bytes = new Uint8Array(0) as Uint8Array;
  let cells = 0;
  for (let run = 0; run < runs; run++) {
    const t0 = performance.now();
    const execution = execute(job.program, job.inputs);
    const t1 = performance.now();
    // another context a run: other challenges, another proof of work
    const proof = await proveExecution(model, execution, { context: Uint8Array.of(run) });
    proveMs.push(performance.now() - t1);
    executeMs.push(t1 - t0);
    for (const [step, ms] of Object.entries(proof.timings)) {
      const list = steps[step] ?? [];
      steps[step] = list;
      list.push(ms);
    }
    if (run === 0) bytes = proof.bytes;
    cells = proof.cells;
  }
  const verifier = await loadModel(job.program, profile, backend);
  const verifyMs = median(
    Array.from({ length: 5 }, () => {
      const t = performance.now();
      verifyProof(verifier, bytes, [profile]); // throws if it is rejected
      return performance.now() - t;
    }),
  );
  (backend as { close?: () => void }).close?.();
  const phases = Object.fromEntries(Object.entries(steps).map(([step, list]) => [step, median(list)]));
  const steadyMs = Object.entries(phases).reduce((sum, [step, ms]) => (isWork(step) ? sum : sum + ms), 0);
  const result: Result = {
    model: job.name,
    backend: backendName,
    cells,
    prepareMs,
    executeMs: median(executeMs),
    firstMs: proveMs[0]!,
    proveMs: median(proveMs),
    steadyMs,
    nsPerCell: (median(proveMs) * 1e6) / cells,
    phases,
    verifyMs,
    proofBytes: bytes.length,
    rssBytes: process.memoryUsage.rss(),
  };
  return { result, bytes };
}

function print(result: Result): void {
  const { model, backend, cells, proveMs, steadyMs, nsPerCell, verifyMs, executeMs, prepareMs, firstMs, rssBytes, proofBytes } = result;
  const ms = (x: number): string => x.toFixed(x < 10 ? 1 : 0);
  console.log(
    `${model} on ${backend}: ${(cells / 1e6).toFixed(2)} M cells, prove ${ms(proveMs)} ms (first ${ms(firstMs)}), ${nsPerCell.toFixed(1)} ns a cell, ` +
      `${((steadyMs * 1e6) / cells).toFixed(1)} without proofs of work; execute ${ms(executeMs)}, prepare ${ms(prepareMs)}, verify ${ms(verifyMs)} ms; ` +
      `proof ${(proofBytes / 1024).toFixed(0)} KiB, rss ${(rssBytes / 1e6).toFixed(0)} MB`,
  );
  console.log(
    `  ${Object.entries(result.phases)
      .map(([step, x]) => `${step} ${ms(x)}`)
      .join(' · ')}`,
  );
}

const results: Result[] = [];
const before = yardstick();
for (const name of options.models.split(',')) {
  const job = loadJob(name, options.onnx);
  let law: Uint8Array | undefined;
  for (const backend of options.backends.split(',')) {
    const { result, bytes } = await measure(job, backend, backend === 'js' ? 1 : Number(options.runs));
    print(result);
    results.push(result);
    law ??= bytes;
    if (Buffer.compare(law, bytes) !== 0)
      throw new Error(`${job.name}: ${backend} gives another proof than ${options.backends.split(',')[0]}`);
  }
}
// the slower of two readings: a machine that got busy meanwhile is no regression
const loopMs = Math.max(before, yardstick());

/** steady time of a proof in units of the loop */
const relative = Object.fromEntries(results.map(({ model, backend, steadyMs }) => [`${model} ${backend}`, steadyMs / loopMs]));
if (options.json) fs.writeFileSync(options.json, `${JSON.stringify({ loopMs, results }, null, 2)}\n`);
if (options.write) fs.writeFileSync(options.write, `${JSON.stringify(relative, null, 2)}\n`);
if (options.check) {
  const baseline = JSON.parse(fs.readFileSync(options.check, 'utf8')) as Record<string, number>;
  const slower = Object.entries(relative).filter(([key, value]) => baseline[key] !== undefined && value > TOLERANCE * baseline[key]);
  for (const [key, value] of slower)
    console.error(`slower than the baseline: ${key} ${value.toFixed(2)}, was ${baseline[key]!.toFixed(2)}`);
  if (slower.length) process.exitCode = 1;
}
