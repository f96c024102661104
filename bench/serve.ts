// Proofs a second of `zkvm serve` beside those of a warm prover alone, in turn on one machine, so that whatever else it does slows both alike.
// Run: npx tsx bench/serve.ts [--model lenet --profile fast --jobs 100 --clients 8 --rounds 3 --backend wasm2]. The clients submit all jobs, one by one,
// and wait for the last proof; the prover runs and proves the same inputs in a loop. Caveat: the clients take their time from the same cores.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { profileNamed } from '../fri/pcs/profile.ts';
import { selectBackend } from '../gpu/select.ts';
import { execute } from '../vm/executor/run.ts';
import { encodeProgram } from '../vm/files/zkb.ts';
import { proveExecution } from '../vm/prove.ts';
import { prepareModel } from '../vm/statement/model.ts';
import { loadJob } from './models.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'lenet' },
    profile: { type: 'string', default: 'fast' },
    jobs: { type: 'string', default: '100' },
    clients: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    backend: { type: 'string', default: 'wasm2' },
  },
});

const MODELS = path.join(import.meta.dirname, '../test/models');
const [jobs, clients, rounds] = [Number(options.jobs), Number(options.clients), Number(options.rounds)];
const profile = profileNamed(options.profile);
const { program, inputs } = loadJob(options.model, MODELS);
const input = JSON.parse(fs.readFileSync(path.join(MODELS, options.model, 'input.json'), 'utf8'));
const contextOf = (round: number, job: number): string => (round * jobs + job).toString(16).padStart(8, '0');

const [, name, threads] = /^([a-z]+)(\d*)$/.exec(options.backend)!;
const { backend, close } = await selectBackend(name!, threads ? { threads: Number(threads) } : {});
const model = await prepareModel(program, profile, backend);

interface Cost {
  /** by the clock */
  seconds: number;
  /** of all threads of the process */
  processor: number;
}

const TICKS_A_SECOND = 100;
/** processor time of a process, as Linux tells it */
function processorOf(pid: number): number {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** what work of a process takes */
async function costOf(pid: number, work: () => Promise<void>): Promise<Cost> {
  const [before, started] = [processorOf(pid), performance.now()];
  await work();
  return { seconds: (performance.now() - started) / 1000, processor: processorOf(pid) - before };
}

/** the prover alone */
async function alone(round: number): Promise<void> {
  for (let job = 0; job < jobs; job++)
    await proveExecution(model, execute(program, inputs), { context: Uint8Array.from(Buffer.from(contextOf(round, job), 'hex')) });
}

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-bench-'));
const main = path.join(import.meta.dirname, '../cli/main.ts');
const child = spawn(process.execPath, [...process.execArgv, main, 'serve', '--data', data, '--port', '0', '--rate', '0', '--json'], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const url = await new Promise<string>((resolve) => child.stdout.on('data', (text) => resolve(JSON.parse(String(text)).url)));
const ask = async (method: string, where: string, body?: string | Uint8Array<ArrayBuffer>) => {
  const send = () => fetch(url + where, { method, ...(body !== undefined && { body }) });
  const response = await send().catch(send); // a connection that rested while the prover worked may be closed
  if (!response.ok) throw new Error(await response.text());
  return response.json() as Promise<{ id: string; jobs: { state: string }[] }>;
};
const { id } = await ask('POST', '/v1/models', new Uint8Array(encodeProgram(program)));

/** the service, from the first request to the last proof */
async function served(round: number, count = jobs): Promise<void> {
  const client = async (number: number): Promise<void> => {
    for (let job = number; job < count; job += clients)
      await ask('POST', '/v1/jobs', JSON.stringify({ model: id, input, profile: profile.name, context: contextOf(round, job) }));
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  for (;;) {
    const [queued, running] = await Promise.all(['queued', 'running'].map((state) => ask('GET', `/v1/jobs?state=${state}&limit=1`)));
    if (queued!.jobs.length + running!.jobs.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
await served(1000, 4 * clients); // both warm
await proveExecution(model, execute(program, inputs), {});
const ratios: Cost[] = [];
for (let round = 0; round < rounds; round++) {
  const service = await costOf(child.pid!, () => served(round));
  const prover = await costOf(process.pid, () => alone(round));
  ratios.push({ seconds: prover.seconds / service.seconds, processor: prover.processor / service.processor });
  const text = ({ seconds, processor }: Cost): string =>
    `${(jobs / seconds).toFixed(2)} proofs/s, ${((1000 * processor) / jobs).toFixed(0)} ms of processor each`;
  console.log(`${options.model}, ${profile.name}: service ${text(service)}; prover alone on ${options.backend} ${text(prover)}`);
}
const [clock, processor] = [median(ratios.map(({ seconds }) => seconds)), median(ratios.map((ratio) => ratio.processor))];
console.log(`service / prover, medians: ${clock.toFixed(2)} by the clock, ${processor.toFixed(2)} by processor time`);
child.kill('SIGTERM');
await new Promise((resolve) => child.on('exit', resolve));
fs.rmSync(data, { recursive: true, force: true });
await close();
