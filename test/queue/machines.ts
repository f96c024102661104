// A service and workers as processes, with their logs, and the LeNet in three shards that they prove. Source: README "On many machines".
// Caveat: sources run through tsx, so a process takes a second or two to start.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadJob } from '../../bench/models.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { selectBackend } from '../../gpu/select.ts';
import { decodeProofFile } from '../../vm/files/proof.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import type { Program } from '../../vm/program/types.ts';
import { loadModel, type Model } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const PROFILE = PROFILES.fast;
/** the LeNet has 1.5 M cells */
const MAX_CELLS = 500_000;
const SHARDS = 3;
/** a worker that was killed loses its piece after so long */
const LEASE_SECONDS = 2;

export type Line = Record<string, unknown>;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Machine {
  name: string;
  child: ChildProcess;
  lines: Line[];
  /** resolves with the first line of the log that is like this */
  said(like: (line: Line) => boolean): Promise<Line>;
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
}

export interface Machines {
  store: string;
  folder: string;
  /** a service; a second call starts it again on its folder */
  serve(): Promise<Machine>;
  worker(name: string, script?: string): Promise<Machine>;
  /** uploads the LeNet once. @param other input. @returns the id of a new job */
  submit(context: string, other?: unknown): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at its fields
  job(id: string): Promise<any>;
  cancel(id: string): Promise<void>;
  /** the job has one proof of three shards, which is accepted, and nothing of it is left in the store or the queue */
  expectProved(id: string): Promise<Uint8Array>;
  end(): Promise<void>;
}

export interface MachinesOptions {
  store?: string;
  env?: NodeJS.ProcessEnv;
  /** the LeNet in three shards if it is left out */
  model?: { program: Program; input: unknown; maxCells: number; shards: number };
}

export function lenet(): NonNullable<MachinesOptions['model']> {
  const { program } = loadJob('lenet', path.join(ROOT, 'test/models'));
  const input = JSON.parse(fs.readFileSync(path.join(ROOT, 'test/models/lenet/input.json'), 'utf8'));
  return { program, input, maxCells: MAX_CELLS, shards: SHARDS };
}

export const startMachines = async (queue: string, more: MachinesOptions = {}): Promise<Machines> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-machines-'));
  const store = more.store ?? path.join(folder, 'store');
  const { program, input, maxCells, shards: wanted } = more.model ?? lenet();
  const all: Machine[] = [];
  let url = '';
  let model: string | undefined;
  let loaded: Promise<Model> | undefined;

  const start = async (name: string, file: string, args: string[]): Promise<Machine> => {
    const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, file), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...more.env },
    });
    const lines: Line[] = [];
    let rest = '';
    child.stderr.on('data', (data) => {
      const parts = `${rest}${data}`.split('\n');
      rest = parts.pop()!;
      for (const text of parts)
        try {
          lines.push(JSON.parse(text));
        } catch {
          lines.push({ event: text });
        }
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
    const machine: Machine = {
      name,
      child,
      lines,
      async said(like) {
        for (;;) {
          const line = lines.find(like);
          if (line) return line;
          if (child.exitCode !== null) throw new Error(`${name} ended: ${JSON.stringify(lines)}`);
          await pause(5);
        }
      },
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
      async stop() {
        child.kill('SIGTERM');
        return ended;
      },
    };
    all.push(machine);
    return machine;
  };

  const shared = ['--queue', queue, '--store', store, '--json'];
  const ask = async (method: string, where: string, body?: string | Uint8Array): Promise<Response> => {
    const response = await fetch(`${url}${where}`, { method, ...(body !== undefined && { body: body as BodyInit }) });
    if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${await response.text()}`);
    return response;
  };
  const job: Machines['job'] = async (id) => (await ask('GET', `/v1/jobs/${id}`)).json();

  return {
    store,
    folder,
    async serve() {
      const args = [
        'serve',
        '--data',
        path.join(folder, 'data'),
        '--port',
        '0',
        '--rate',
        '0',
        '--grace-seconds',
        '0',
        '--max-cells',
        `${maxCells}`,
      ];
      const machine = await start('service', 'cli/main.ts', [...args, ...shared]);
      url = String((await machine.said(({ event }) => event === 'listening')).url);
      return machine;
    },
    async worker(name, script = 'cli/main.ts') {
      const args = ['worker', '--name', name, '--data', path.join(folder, name), '--workers', '1', '--lease-seconds', `${LEASE_SECONDS}`];
      const machine = await start(name, script, [...args, ...shared]);
      await machine.said(({ event }) => event === 'worker ready');
      return machine;
    },
    async submit(context, other = input) {
      model ??= ((await (await ask('POST', '/v1/models', encodeProgram(program))).json()) as { id: string }).id;
      const body = JSON.stringify({ model, input: other, profile: PROFILE.name, context });
      return ((await (await ask('POST', '/v1/jobs', body)).json()) as { jobs: { id: string }[] }).jobs[0]!.id;
    },
    job,
    async cancel(id) {
      await ask('POST', `/v1/jobs/${id}/cancel`);
    },
    async expectProved(id) {
      for (;;) {
        const { state, error } = await job(id);
        if (state === 'done') break;
        if (state !== 'queued' && state !== 'running') throw new Error(`${state}: ${JSON.stringify(error)}`);
        await pause(50);
      }
      const { context, result } = await job(id);
      const bytes = new Uint8Array(await (await ask('GET', `/v1/jobs/${id}/proof`)).arrayBuffer());
      loaded ??= (async () => {
        const { backend, close } = await selectBackend('wasm', { threads: 1 });
        try {
          return await loadModel(program, PROFILE, backend);
        } finally {
          await close();
        }
      })();
      verifyProof(await loaded, bytes, [PROFILE], { context: Uint8Array.from(Buffer.from(context, 'hex')) });
      const { shards } = decodeProofFile(bytes);
      if (shards.length !== wanted) throw new Error(`${shards.length} shards`);
      if (result.proofBytes !== bytes.length) throw new Error('another length than its result says');
      return bytes;
    },
    async end() {
      for (const { child } of all) child.kill('SIGKILL');
      await pause(50);
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
