// Proving times and memory of whole models, phase by phase, each model and backend in a process of its own. Run: npm run bench:prove
// [-- --models digits_mlp,lenet --backends js,wasm1,wasm2 --runs 5 --profile proven --onnx folder --json out.json --write baseline.json
// --check baseline.json --budgets]. Caveat: wall time of this machine. --check compares times divided by a loop measured in the same run,
// so a slower machine is no regression; a busy one may still look like one. --budgets fails on what bench/budgets.ts forbids.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mul } from '../fri/core/m31.ts';
import { encodeProgram } from '../vm/files/zkb.ts';
import * as budgets from './budgets.ts';
import type { Measurement, Task } from './measure.ts';
import { loadJob } from './models.ts';

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: 'digits_mlp,mlp784,lenet,cnn264k,dense4m' },
    backends: { type: 'string', default: 'wasm2,wasm1' },
    runs: { type: 'string', default: '5' },
    profile: { type: 'string', default: 'proven' },
    onnx: { type: 'string', default: path.join(import.meta.dirname, '../test/models') },
    json: { type: 'string' },
    write: { type: 'string' },
    check: { type: 'string' },
    budgets: { type: 'boolean', default: false },
  },
});

interface Result extends Measurement {
  model: string;
  backend: string;
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

/** a measurement in a process of its own: its peak memory is not that of the compiler or of another backend */
function measure(task: Task, folder: string): Measurement {
  const file = path.join(folder, 'task.json');
  fs.writeFileSync(file, JSON.stringify(task));
  const script = path.join(import.meta.dirname, 'measure.ts');
  const child = spawnSync(process.execPath, [...process.execArgv, script, file], {
    maxBuffer: 2 ** 24,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`${task.backend}: the measuring process ended with ${child.status ?? child.signal}`);
  return JSON.parse(child.stdout.toString()) as Measurement;
}

const ms = (x: number): string => x.toFixed(x < 10 ? 1 : 0);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const nsPerCell = ({ proveMs, cells }: Measurement): number => (proveMs * 1e6) / cells;
const percent = (predicted: number, measured: number): string => {
  const difference = 100 * (predicted / measured - 1);
  return `${difference < 0 ? '' : '+'}${difference.toFixed(0)} %`;
};

function print(result: Result): void {
  const { model, backend, cells, proveMs, steadyMs, verifyMs, executeMs, prepareMs, firstMs, proofBytes, predicted } = result;
  console.log(
    `${model} on ${backend}: ${(cells / 1e6).toFixed(2)} M cells, prove ${ms(proveMs)} ms (first ${ms(firstMs)}), ${nsPerCell(result).toFixed(1)} ns a cell, ` +
      `${((steadyMs * 1e6) / cells).toFixed(1)} without proofs of work; execute ${ms(executeMs)}, prepare ${ms(prepareMs)}, verify ${ms(verifyMs)} ms; ` +
      `proof ${(proofBytes / 1024).toFixed(0)} KiB`,
  );
  console.log(
    `  memory ${megabytes(result.peakRssBytes)} at most (${megabytes(budgets.bytesFor(cells))} allowed), ` +
      `${megabytes(result.earlyRssBytes)} → ${megabytes(result.lastRssBytes)} over the runs` +
      (predicted
        ? `; predicted ${ms(predicted.proveMs)} ms (${percent(predicted.proveMs, proveMs)}), ${megabytes(predicted.peakBytes)} (${percent(predicted.peakBytes, result.peakRssBytes)})`
        : ''),
  );
  console.log(
    `  ${Object.entries(result.phases)
      .map(([step, x]) => `${step} ${ms(x)}`)
      .join(' · ')}`,
  );
}

/** everything that a result exceeds */
function overBudget(result: Result): string[] {
  const { model, backend, cells, proveMs, verifyMs, peakRssBytes, earlyRssBytes, lastRssBytes, predicted } = result;
  const over: string[] = [];
  const atMost = (what: string, value: number, limit: number): void => {
    if (value > limit) over.push(`${model} on ${backend}: ${what} ${value.toFixed(2)}, at most ${limit.toFixed(2)}`);
  };
  const most = budgets.PROVE_MS[model.split(' ')[0]!];
  if (backend === 'wasm2' && most !== undefined) atMost('ms to prove', proveMs, most);
  if (backend === 'wasm2' && cells >= budgets.LARGE_CELLS) atMost('ns a cell', nsPerCell(result), budgets.NS_PER_CELL);
  atMost('ms to verify', verifyMs, budgets.VERIFY_MS);
  if (backend !== 'js') atMost('MB', peakRssBytes / 1e6, budgets.bytesFor(cells) / 1e6);
  if (Number(options.runs) >= 100) atMost('growth of memory', lastRssBytes / earlyRssBytes - 1, budgets.GROWTH);
  if (predicted) {
    atMost('error of the predicted time', Math.abs(predicted.proveMs / proveMs - 1), budgets.PREDICTED_TIME);
    atMost('error of the predicted memory', Math.abs(predicted.peakBytes / peakRssBytes - 1), budgets.PREDICTED_MEMORY);
  }
  return over;
}

/** wasm on two threads against the other backends, of one model */
function compare(results: readonly Result[]): string[] {
  const fast = results.find(({ backend }) => backend === 'wasm2');
  if (!fast) return [];
  const over: string[] = [];
  for (const slow of results) {
    if (slow === fast) continue;
    const times = slow.proveMs / fast.proveMs;
    console.log(`  ${fast.model}: wasm2 is ${times.toFixed(2)} times as fast as ${slow.backend}`);
    const least = slow.backend === 'js' ? budgets.OVER_JS : slow.backend === 'wasm1' ? budgets.OVER_ONE_THREAD : 0;
    if (fast.cells >= budgets.LARGE_CELLS && times < least)
      over.push(`${fast.model}: ${times.toFixed(2)} times as fast as ${slow.backend}, ${least} at least`);
  }
  return over;
}

const results: Result[] = [];
const over: string[] = [];
const before = yardstick();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-bench-'));
try {
  for (const name of options.models.split(',')) {
    const job = loadJob(name, options.onnx);
    const zkb = path.join(folder, 'model.zkb');
    fs.writeFileSync(zkb, encodeProgram(job.program));
    const inputs = Object.fromEntries(Object.entries(job.inputs).map(([input, values]) => [input, [...values]]));
    const own: Result[] = [];
    for (const backend of options.backends.split(',')) {
      const runs = backend === 'js' ? 1 : Number(options.runs);
      const result = { model: job.name, backend, ...measure({ zkb, inputs, backend, profile: options.profile, runs }, folder) };
      print(result);
      own.push(result);
      over.push(...overBudget(result));
      if (result.proofHash !== own[0]!.proofHash) throw new Error(`${job.name}: ${backend} gives another proof than ${own[0]!.backend}`);
    }
    over.push(...compare(own));
    results.push(...own);
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
// the slower of two readings: a machine that got busy meanwhile is no regression
const loopMs = Math.max(before, yardstick());

/** steady time of a proof in units of the loop */
const relative = Object.fromEntries(results.map(({ model, backend, steadyMs }) => [`${model} ${backend}`, steadyMs / loopMs]));
if (options.json) fs.writeFileSync(options.json, `${JSON.stringify({ loopMs, results }, null, 2)}\n`);
if (options.write) {
  const known = fs.existsSync(options.write) ? (JSON.parse(fs.readFileSync(options.write, 'utf8')) as Record<string, number>) : {};
  fs.writeFileSync(options.write, `${JSON.stringify({ ...known, ...relative }, null, 2)}\n`);
}
if (options.check) {
  const baseline = JSON.parse(fs.readFileSync(options.check, 'utf8')) as Record<string, number>;
  const missing = Object.keys(relative).filter((key) => baseline[key] === undefined);
  for (const key of missing) console.error(`not in the baseline: ${key} (--write adds it)`);
  const slower = Object.entries(relative).filter(([key, value]) => value > TOLERANCE * baseline[key]!);
  for (const [key, value] of slower)
    console.error(`slower than the baseline: ${key} ${value.toFixed(2)}, was ${baseline[key]!.toFixed(2)}`);
  if (slower.length + missing.length) process.exitCode = 1;
}
if (options.budgets) {
  for (const line of over) console.error(`over budget: ${line}`);
  if (over.length) process.exitCode = 1;
}
