// `npm run fuzz -- [--count N] [--seed N] [--threads N] [--out folder]`: N changed inputs for all readers, a table of what became of them, and
// exit 1 with the bytes saved where a reader crashed, hung for 5 s, or ran out of memory. Seeded, so every run can be repeated.
// Caveat: the limit is 5 s of wall time and of the processor, a thread's share; a reader that sleeps for ever would not be seen, and none can.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { emptyTally, inputOf, type Tally } from './inputs.ts';
import { makeReaders } from './readers.ts';
import type { Report, Work } from './worker.ts';

const HANG_MS = 5000;
/** a thread of Node 20 does not inherit the loader of TypeScript */
const START = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(new URL('./worker.ts', import.meta.url).href)})))`;
/** of all threads: on a busy machine an input may wait for seconds without being read */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: '1' },
    out: { type: 'string', default: 'fuzz-out' },
  },
});
const [count, seed, threads] = [Number(values.count), Number(values.seed), Number(values.threads)];
const readers = await makeReaders();
const tallies = new Map<string, Tally>(readers.map(({ name }) => [name, emptyTally()]));
const faults: string[] = [];

/** Saves the bytes of an input that broke its reader. */
function fault(kind: string, number: number, detail: string): void {
  const { reader, bytes } = inputOf(readers, seed, number);
  const { name } = readers[reader]!;
  const file = path.join(values.out, `${kind}-${name.replace(' ', '-')}-${seed}-${number}`);
  fs.mkdirSync(values.out, { recursive: true });
  fs.writeFileSync(file, bytes);
  fs.writeFileSync(`${file}.txt`, `${detail}\n`);
  faults.push(`${kind} of ${name} at input ${number}, ${bytes.length} bytes in ${file}: ${detail.split('\n')[0]}`);
  console.error(faults.at(-1));
}

function add(name: string, more: Tally): void {
  const tally = tallies.get(name)!;
  for (const [outcome, n] of Object.entries(more.outcomes)) tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + n;
  if (more.slowestMs > tally.slowestMs) Object.assign(tally, { slowestMs: more.slowestMs, slowest: more.slowest });
}

/** Reads every `threads`-th input from `first` on; goes on behind an input that ends the thread. */
async function shard(first: number): Promise<void> {
  let from = first;
  while (from < count) {
    const at = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
    const work: Work = { seed, from, step: threads, count, at };
    const worker = new Worker(START, { eval: true, workerData: work, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
    const end = await new Promise<string>((resolve) => {
      let [seen, since, used] = [-1, performance.now(), cpuMs()];
      const watch = setInterval(() => {
        const now = Atomics.load(at, 0);
        if (now !== seen || now < 0) [seen, since, used] = [now, performance.now(), cpuMs()];
        else if (performance.now() - since > HANG_MS && cpuMs() - used > HANG_MS * threads) resolve('hang');
      }, 250);
      worker.on('message', (report: Report) => {
        if ('crash' in report) fault('crash', report.number, report.crash);
        else for (const [name, tally] of Object.entries(report.done)) add(name, tally);
      });
      worker.on('error', (error) => resolve(`end: ${error.message}`));
      worker.on('exit', () => resolve('done'));
      worker.once('exit', () => clearInterval(watch));
    });
    await worker.terminate();
    if (end === 'done') return;
    const number = Atomics.load(at, 0);
    if (number < 0) throw new Error(`the readers could not be made: ${end}`);
    fault(end === 'hang' ? 'hang' : 'end', number, end);
    from = number + threads;
  }
}

const started = performance.now();
const row = (...cells: (string | number)[]): string =>
  cells.map((cell, i) => (i ? String(cell).padStart(10) : String(cell).padEnd(12))).join('');

/** What became of the inputs so far, also as a file: a run of an hour may be looked at, or cut short. */
function report(): string {
  const table = [row('reader', 'inputs', 'accepted', 'refused', 'codes', 'slowest', 'crashes')];
  let all = 0;
  for (const [name, { outcomes, slowestMs }] of tallies) {
    const total = Object.values(outcomes).reduce((a, b) => a + b, 0);
    const { accepted = 0, CRASH: crashes = 0 } = outcomes;
    const codes = Object.keys(outcomes).filter((code) => code.startsWith('ZK')).length;
    table.push(row(name, total, accepted, total - accepted - crashes, codes, `${slowestMs.toFixed(0)} ms`, crashes));
    all += total;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  table.push(`${all} of ${count} inputs, seed ${seed}, ${seconds} s, ${faults.length} faults`);
  fs.mkdirSync(values.out, { recursive: true });
  const log = [...table, '', ...faults, '', JSON.stringify(Object.fromEntries(tallies), null, 1)];
  fs.writeFileSync(path.join(values.out, 'fuzz.log'), `${log.join('\n')}\n`);
  return table.join('\n');
}

const often = setInterval(report, 10_000);
await Promise.all(Array.from({ length: threads }, (_, i) => shard(i)));
clearInterval(often);
console.log(report());
process.exitCode = faults.length ? 1 : 0;
