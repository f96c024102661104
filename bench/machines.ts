// Time of a proof in shards against the number of worker processes with one thread each: with 1 worker and with 2 on this machine, in turn, by the clock
// and by the processor time of the pieces; and what many would take (simulated.ts). Every proof has an input of its own. Run:
// npx tsx bench/machines.ts [--model dense4m] [--shards 6] [--rounds 3] [--workers 2] [--warm 3]; needs redis-server or valkey-server.
// Source: issue "many machines": two processes on two cores should give 1.7 ×. Caveat: the service, Redis and whatever else runs share the cores, so
// the clock says something on an idle machine only; the simulation's times are of one worker alone.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { folderStore } from '../cli/serve/cluster/folder-store.ts';
import { compileOnnx } from '../compiler/index.ts';
import { profileNamed } from '../fri/pcs/profile.ts';
import { selectBackend } from '../gpu/select.ts';
import { type Machine, startMachines } from '../test/queue/machines.ts';
import { startRedis } from '../test/queue/redis.ts';
import { cellCount } from '../vm/chips/cells.ts';
import { planShards } from '../vm/chips/shards.ts';
import { execute } from '../vm/executor/run.ts';
import { decodeProofFile } from '../vm/files/proof.ts';
import { integersOf } from '../vm/library/integers.ts';
import { loadModel } from '../vm/statement/model.ts';
import { verifyAccepted, verifyProofPart } from '../vm/verify.ts';
import { type Job, loadJob } from './models.ts';
import { gpt2Block } from './networks-onnx.ts';
import { ASSUMPTIONS, type Measured, simulated } from './simulated.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'dense4m' },
    shards: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    warm: { type: 'string', default: '3' },
  },
});

/** a model of a folder, an assembled one, or a block of a transformer, compiled */
function job(name: string): Pick<Job, 'program' | 'inputs'> {
  if (name !== 'gpt2-block') return loadJob(name, path.join(import.meta.dirname, '../test/models'));
  const { model, calibration } = gpt2Block();
  const { program } = compileOnnx(model, { calibration, name, activationBits: 10, acceptError: 1 });
  return {
    program,
    inputs: integersOf({ file: name, named: new Map(Object.entries(calibration[0]!)) } as never, program.inputs, 'input', program.metadata),
  };
}

const { program, inputs } = job(values.model);
const run = execute(program, inputs);
const profile = profileNamed('fast');
let maxCells = cellCount(planShards(run, profile, Number.POSITIVE_INFINITY).flat());
while (planShards(run, profile, Math.floor(maxCells)).length < Number(values.shards)) maxCells *= 0.97;
maxCells = Math.floor(maxCells);
const shards = planShards(run, profile, maxCells);
const inMillions = shards.map((shard) => `${(cellCount(shard) / 1e6).toFixed(1)}`).join(', ');
console.log(`${values.model}: ${shards.length} shards of ${inMillions} M cells`);

/** the model's input with its numbers moved on by so many places */
const inputNumber = (by: number) =>
  Object.fromEntries(
    program.inputs.map(({ name, shape, scale }) => {
      const own = inputs[name]!;
      return [name, { shape, data: Array.from(own, (_, i) => own[(i + by) % own.length]! * scale) }];
    }),
  );
const redis = await startRedis('everysec');
const machines = await startMachines(redis.url, { model: { program, input: inputNumber(0), maxCells, shards: shards.length } });

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
const sum = (list: readonly number[]): number => list.reduce((total, x) => total + x, 0);
const load = (): string => os.loadavg()[0]!.toFixed(1);

type Line = Machine['lines'][number];
const ofPiece = (lines: readonly Line[], piece: string): Line[] =>
  lines.filter((line) => line.event === 'piece done' && line.piece === piece);
const cpuOf = (lines: readonly Line[], piece: string): number[] => ofPiece(lines, piece).map(({ cpuMs }) => Number(cpuMs));
const PIECES = ['plan', 'root', 'begin', 'part', 'look'];

/** of each shard, the median over proofs */
const byShard = (lines: readonly Line[], piece: string): number[] =>
  shards.map((_, shard) => median(ofPiece(lines, piece).flatMap((line) => (line.shard === shard ? [Number(line.cpuMs)] : []))));

/** from the end of one piece to the beginning of the next, on a machine that has more to do */
function hop(lines: readonly Line[]): number {
  const at = lines.filter(({ event }) => event === 'piece begun' || event === 'piece done');
  return median(
    at.flatMap((line, i) =>
      line.event === 'piece begun' && at[i - 1]?.event === 'piece done' && at[i - 1]?.job === line.job
        ? [Date.parse(String(line.time)) - Date.parse(String(at[i - 1]!.time))]
        : [],
    ),
  );
}

/** milliseconds of processor time */
function cpu(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** what the service does with the parts of a proof, warm */
async function checks(bytes: Uint8Array): Promise<Pick<Measured, 'checkMs' | 'sumMs' | 'partBytes' | 'beginningBytes'>> {
  const { backend, close } = await selectBackend('wasm', { threads: 1 });
  const model = await loadModel(program, profile, backend);
  await close();
  const file = decodeProofFile(bytes);
  const one = (shard: number) => verifyProofPart(model, { ...file, parts: [file.parts[shard]!] }, [profile]);
  const accepted = shards.map((_, shard) => one(shard));
  const times = (work: () => void): number => median(Array.from({ length: 5 }, () => cpu(work)));
  return {
    checkMs: shards.map((_, shard) => times(() => one(shard))),
    sumMs: times(() => verifyAccepted(model, file, accepted, [profile])),
    partBytes: bytes.length / shards.length,
    beginningBytes: bytes.length - 4 * sum(file.parts.map(({ words }) => words.length)),
  };
}

/** bytes a millisecond that this machine's disk takes and gives as a store, each file on the disk before it counts */
async function bandwidth(): Promise<number> {
  const store = folderStore(path.join(machines.folder, 'bandwidth'));
  const bytes = new Uint8Array(2 ** 25).fill(7);
  const started = performance.now();
  await store.put('x', bytes);
  await store.get('x');
  return (2 * bytes.length) / (performance.now() - started);
}

const walls: number[][] = [[], []];
const linesOfOne: Line[] = [];
let proof = new Uint8Array();
try {
  await machines.serve();
  const first = await machines.worker('first');
  let number = 0;
  const timed = async (): Promise<number> => {
    const id = await machines.submit((++number).toString(16).padStart(4, '0'), inputNumber(number));
    proof = Uint8Array.from(await machines.expectProved(id));
    const { created, ended } = await machines.job(id);
    return (Date.parse(ended) - Date.parse(created)) / 1000;
  };
  for (let warm = 0; warm < Number(values.warm); warm++) await timed(); // the model is fetched and committed, and code is compiled
  for (let round = 0; round < Number(values.rounds); round++) {
    const before = first.lines.length;
    walls[0]!.push(await timed());
    const lines = first.lines.slice(before);
    linesOfOne.push(...lines);
    console.log(`  1 worker, processor ms: ${PIECES.map((piece) => `${piece} ${cpuOf(lines, piece).join('+')}`).join(' | ')}`);
  }
  const others = [];
  for (let at = 1; at < Number(values.workers); at++) others.push(await machines.worker(`other-${at}`));
  for (let warm = 0; warm < Number(values.warm) && others.length > 0; warm++) await timed();
  const all = [first, ...others];
  for (let round = 0; round < Number(values.rounds) && others.length > 0; round++) {
    const before = all.map(({ lines }) => lines.length);
    walls[1]!.push(await timed());
    const own = all.map(({ lines }, at) => lines.slice(before[at]));
    const each = own.map((lines) => PIECES.map((piece) => sum(cpuOf(lines, piece))));
    console.log(
      `  ${all.length} workers, processor ms of each: ${each.map((list) => `${sum(list)} (${PIECES.map((piece, i) => `${piece} ${list[i]}`).join(', ')})`).join(' | ')}`,
    );
  }
  const [one, many] = walls.map(median);
  if (others.length > 0)
    console.log(`by the clock: 1 worker ${one!.toFixed(2)} s, ${all.length} workers ${many!.toFixed(2)} s: ${(one! / many!).toFixed(2)} ×`);
  console.log(
    `  of ${walls.map((list) => list.map((s) => s.toFixed(2)).join(', ')).join(' and ')} s; load ${load()} on ${os.availableParallelism()} cores`,
  );
  const measured: Measured = {
    planMs: median(cpuOf(linesOfOne, 'plan')),
    rootMs: byShard(linesOfOne, 'root'),
    beginMs: median(cpuOf(linesOfOne, 'begin')),
    partMs: byShard(linesOfOne, 'part'),
    lookMs: median(cpuOf(linesOfOne, 'look')),
    ...(await checks(proof)),
    inputBytes: JSON.stringify(inputNumber(0)).length,
    hopMs: hop(linesOfOne),
  };
  const storeBandwidth = await bandwidth();
  const { rootMs, partMs, checkMs, ...rest } = measured;
  console.log(`measured, ms: ${JSON.stringify({ ...rest, roots: sum(rootMs), parts: sum(partMs), checks: sum(checkMs) })}`);
  const checkers = 2;
  const setting = { checkers, storeBandwidth: Math.min(storeBandwidth, 1e5), storeMs: 5 };
  console.log(
    `store ${(setting.storeBandwidth / 1000).toFixed(0)} MB/s, ${setting.storeMs} ms a request; ${checkers} threads look at parts`,
  );
  const alone = simulated(measured, { ...setting, workers: 1 });
  for (const workers of [1, 2, 4, 8, 16, 32, 64]) {
    const ms = simulated(measured, { ...setting, workers });
    console.log(`  simulated, ${workers} workers: ${(ms / 1000).toFixed(2)} s, ${(alone / ms).toFixed(2)} ×`);
  }
  for (const one of ASSUMPTIONS) console.log(`  assumed: ${one}`);
  for (const machine of all) await machine.stop();
} finally {
  await machines.end();
  await redis.remove();
}
