// What one security profile costs beside another: the same models proved under each of them in turn, in one process, so that whatever
// else the machine does slows all of them alike. Run: npm run bench:paired [-- --models lenet,dense4m --profiles fast,proven --runs 9
// --backend wasm2 --onnx folder]. A profile may be given as name:logBlowup:queries, another one with these numbers.
// Caveat: medians and ratios mean something, single times do not; proofs of work are left out where it says so, since they are a lottery.
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Backend } from '../fri/backend/seam.ts';
import { type Profile, profileNamed } from '../fri/pcs/profile.ts';
import { selectBackend } from '../gpu/select.ts';
import { execute } from '../vm/executor/run.ts';
import { proveExecution } from '../vm/prove.ts';
import { freeModel, type PreparedModel, prepareModel } from '../vm/statement/model.ts';
import { verifyProof } from '../vm/verify.ts';
import { loadJob } from './models.ts';

const { values: options } = parseArgs({
  options: {
    models: { type: 'string', default: 'digits_mlp,lenet,cnn264k,dense4m' },
    profiles: { type: 'string', default: 'fast,proven' },
    runs: { type: 'string', default: '9' },
    backend: { type: 'string', default: 'wasm2' },
    onnx: { type: 'string', default: path.join(import.meta.dirname, '../test/models') },
  },
});

/** `name`, or `name:logBlowup:queries` */
function profileOf(text: string): Profile {
  const [name, logBlowup, queries] = text.split(':');
  const profile = profileNamed(name!);
  return logBlowup === undefined ? profile : { ...profile, name: text, logBlowup: Number(logBlowup), queries: Number(queries) };
}

interface Series {
  profile: Profile;
  model: PreparedModel;
  /** milliseconds: by the clock, without proofs of work, processor time of all threads without them, verification */
  wall: number[];
  steady: number[];
  cpu: number[];
  verify: number[];
  bytes: number;
  cells: number;
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
const isWork = (step: string): boolean => step.endsWith('work');
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function proveOnce(series: Series, run: number, execution: Parameters<typeof proveExecution>[1]): Promise<void> {
  const { model, profile } = series;
  let [before, cpu, work] = [cpuMs(), 0, 0];
  const started = performance.now();
  const proof = await proveExecution(model, execution, {
    context: Uint8Array.of(run % 256, run >> 8),
    onStep: (step, ms) => {
      const now = cpuMs();
      if (isWork(step)) work += ms;
      else cpu += now - before;
      before = now;
    },
  });
  const wall = performance.now() - started;
  series.wall.push(wall);
  series.steady.push(wall - work);
  series.cpu.push(cpu);
  const checking = performance.now();
  verifyProof(model, proof.bytes, [profile]); // throws if it is rejected
  series.verify.push(performance.now() - checking);
  series.bytes = proof.bytes.length;
  series.cells = proof.cells;
}

const name = /^([a-z]+)(\d*)$/.exec(options.backend);
const { backend }: { backend: Backend } = await selectBackend(name?.[1] ?? options.backend, name?.[2] ? { threads: Number(name[2]) } : {});
const profiles = options.profiles.split(',').map(profileOf);
console.log(
  '| model | cells | profile | prove ms | without work ms | ratio | processor ms | ratio | verify ms | ratio | proof KiB |\n| --- | --: | --- | --: | --: | --: | --: | --: | --: | --: | --: |',
);
for (const model of options.models.split(',')) {
  const job = loadJob(model, options.onnx);
  const execution = execute(job.program, job.inputs);
  const all: Series[] = [];
  for (const profile of profiles)
    all.push({
      profile,
      model: await prepareModel(job.program, profile, backend),
      wall: [],
      steady: [],
      cpu: [],
      verify: [],
      bytes: 0,
      cells: 0,
    });
  for (const series of all) await proveOnce(series, 0xffff, execution); // compiles
  for (const series of all) for (const list of [series.wall, series.steady, series.cpu, series.verify]) list.length = 0;
  for (let run = 0; run < Number(options.runs); run++)
    for (const series of run % 2 ? [...all].reverse() : all) await proveOnce(series, run, execution);
  const ratio = (of: 'steady' | 'cpu' | 'verify', { [of]: list }: Series): string =>
    median(list.map((ms, run) => ms / all[0]![of][run]!)).toFixed(3);
  for (const series of all)
    console.log(
      `| ${job.name} | ${(series.cells / 1e6).toFixed(2)} M | ${series.profile.name} | ${median(series.wall).toFixed(0)} | ${median(series.steady).toFixed(0)} | ${ratio('steady', series)} | ${median(series.cpu).toFixed(0)} | ${ratio('cpu', series)} | ${median(series.verify).toFixed(1)} | ${ratio('verify', series)} | ${(series.bytes / 1024).toFixed(0)} |`,
    );
  for (const series of all) freeModel(series.model);
}
(backend as { close?: () => void }).close?.();
