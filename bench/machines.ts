// Time of a proof in shards against the number of worker processes with one thread each, all on this machine: a proof with 1 worker, then one with 2,
// in turn. Run: npx tsx bench/machines.ts [--model dense4m] [--shards 6] [--rounds 3]; needs redis-server or valkey-server.
// Source: issue "many machines": two processes on two cores should give 1.7 ×. Caveat: the service, Redis and whatever else runs share the cores.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { profileNamed } from '../fri/pcs/profile.ts';
import { type Machine, startMachines } from '../test/queue/machines.ts';
import { startRedis } from '../test/queue/redis.ts';
import { cellCount } from '../vm/chips/cells.ts';
import { planShards } from '../vm/chips/shards.ts';
import { execute } from '../vm/executor/run.ts';
import { loadJob } from './models.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'dense4m' },
    shards: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
  },
});

const { program, inputs } = loadJob(values.model, path.join(import.meta.dirname, '../test/models'));
const run = execute(program, inputs);
const profile = profileNamed('fast');
const total = planShards(run, profile, Number.POSITIVE_INFINITY).flat();
let maxCells = cellCount(total);
while (planShards(run, profile, Math.floor(maxCells)).length < Number(values.shards)) maxCells *= 0.9;
maxCells = Math.floor(maxCells);
const shards = planShards(run, profile, maxCells);
console.log(
  `${values.model}: ${shards.length} shards of ${shards.map((shard) => `${(cellCount(shard) / 1e6).toFixed(1)}`).join(', ')} M cells`,
);

const input = Object.fromEntries(
  program.inputs.map(({ name, shape, scale }) => [name, { shape, data: Array.from(inputs[name]!, (value) => value * scale) }]),
);
const redis = await startRedis();
const machines = await startMachines(redis.url, { model: { program, input, maxCells, shards: shards.length } });
/** all of these on so many workers, each to the one that is free first */
function makespan(pieces: readonly number[], workers: number): number {
  const busy = Array.from({ length: workers }, () => 0);
  for (const ms of [...pieces].sort((a, b) => b - a)) busy[busy.indexOf(Math.min(...busy))]! += ms;
  return Math.max(...busy);
}

/** what n workers would take from the times of one: phases wait for each other, and what is neither piece nor phase stays as it is */
function simulated(wallMs: number, done: readonly Record<string, unknown>[]): string {
  const of = (piece: string): number[] => done.filter((line) => line.piece === piece).map(({ ms }) => Number(ms));
  const phases = ['plan', 'root', 'begin', 'part', 'join'].map(of);
  const all = phases.flat().reduce((sum, ms) => sum + ms, 0);
  const on = (workers: number): number => wallMs - all + phases.reduce((sum, pieces) => sum + makespan(pieces, workers), 0);
  const times = [2, 4, 8, 64].map((workers) => `${workers}: ${(wallMs / on(workers)).toFixed(2)} ×`);
  return `  pieces of one worker, ms: ${phases.map((list) => list.join('+')).join(' | ')}; rest ${Math.round(wallMs - all)}; simulated ${times.join(', ')}`;
}

const times: number[][] = [[], []];
const load = (): string => os.loadavg()[0]!.toFixed(1);
try {
  await machines.serve();
  const first = await machines.worker('first');
  let second: Machine | undefined;
  let context = 0;
  const timed = async (): Promise<number> => {
    const id = await machines.submit((++context).toString(16).padStart(4, '0'));
    await machines.expectProved(id);
    const { created, ended } = await machines.job(id);
    return (Date.parse(ended) - Date.parse(created)) / 1000;
  };
  await timed(); // the model is fetched and committed
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = first.lines.length;
    times[0]!.push(await timed());
    const pieces = first.lines.slice(before).filter(({ event }) => event === 'piece done');
    console.log(simulated(times[0]!.at(-1)! * 1000, pieces));
    second = await machines.worker(`second-${round}`);
    await timed();
    times[1]!.push(await timed());
    await second.stop();
    const [one, two] = times.map((list) => list.at(-1)!.toFixed(2));
    console.log(`round ${round + 1}: 1 worker ${one} s, 2 workers ${two} s, load ${load()} on ${os.availableParallelism()} cores`);
  }
  await first.stop();
} finally {
  await machines.end();
  await redis.remove();
}
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
console.log(
  `median ${times.map((list) => median(list).toFixed(2)).join(' s and ')} s: ${(median(times[0]!) / median(times[1]!)).toFixed(2)} ×`,
);
