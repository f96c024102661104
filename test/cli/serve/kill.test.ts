// The promise of the service, with real processes: eight clients submit jobs, the process is killed in the middle and started again on its folder; every
// accepted job has a proof in the end, every proof is accepted by the verifier, and none was made for a job that had one. Then it is asked to stop.
// Slow: some dozen proofs of a LeNet, two hundred in `npm run test:slow`.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadJob } from '../../../bench/models.ts';
import { profileNamed } from '../../../fri/pcs/profile.ts';
import { selectBackend } from '../../../gpu/select.ts';
import { encodeProgram } from '../../../vm/files/zkb.ts';
import { loadModel } from '../../../vm/statement/model.ts';
import { verifyProof } from '../../../vm/verify.ts';
import { sampled } from '../../times.ts';
import { temporaryFolder } from '../capture.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const LENET = path.join(ROOT, 'test/models/lenet');
const JOBS = sampled(200, 40);
const CLIENTS = 8;
const KEY = 'sixteen-characters-or-more';

const folder = temporaryFolder();
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  folder.remove();
});

interface Served {
  child: ChildProcess;
  url: string;
  /** of the log */
  lines: Record<string, unknown>[];
  ended: Promise<number | string | null>;
}

async function serve(): Promise<Served> {
  const args = ['serve', '--data', folder.at('data'), '--port', '0', '--rate', '0', '--json'];
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'cli/main.ts'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ZKVM_API_KEY: KEY },
  });
  started.push(child);
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  child.stderr.on('data', (data) => {
    const parts = `${rest}${data}`.split('\n');
    rest = parts.pop()!;
    lines.push(...parts.map((line) => JSON.parse(line)));
  });
  const ended = new Promise<number | string | null>((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data) => resolve(JSON.parse(String(data)).url));
    child.on('exit', () => reject(new Error(JSON.stringify(lines))));
  });
  return { child, url, lines, ended };
}

const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
// biome-ignore lint/suspicious/noExplicitAny: the test looks at its fields
async function ask(url: string, method: string, body?: string): Promise<any> {
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const contextOf = (job: number): string => job.toString(16).padStart(4, '0');

test(`jobs of ${CLIENTS} clients survive a kill: each has one proof, which is accepted; SIGTERM ends the process with 0`, async () => {
  const { program } = loadJob('lenet', path.join(ROOT, 'test/models'));
  const input = JSON.parse(fs.readFileSync(path.join(LENET, 'input.json'), 'utf8'));
  const first = await serve();
  const upload = await fetch(`${first.url}/v1/models`, {
    method: 'POST',
    headers: { authorization: headers.authorization },
    body: new Uint8Array(encodeProgram(program)),
  });
  const { id: model } = (await upload.json()) as { id: string };

  // every client submits its share, one after the other, with a key that makes a second try harmless; the process dies under them
  let url = first.url;
  const ids = new Map<string, number>();
  const client = async (number: number): Promise<void> => {
    for (let job = number; job < JOBS; job += CLIENTS)
      for (;;)
        try {
          const response = await fetch(`${url}/v1/jobs`, {
            method: 'POST',
            headers: { ...headers, 'idempotency-key': `job ${job}` },
            body: JSON.stringify({ model, input, profile: 'fast', context: contextOf(job) }),
          });
          if (!response.ok) throw new Error(String(response.status));
          const { jobs } = (await response.json()) as { jobs: { id: string }[] };
          ids.set(jobs[0]!.id, job);
          break;
        } catch {
          await pause(50); // the process is gone; the next one answers
        }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  const doneOf = (lines: readonly Record<string, unknown>[]): unknown[] =>
    lines.filter(({ event, state }) => event === 'job ended' && state === 'done').map(({ job }) => job);
  while (doneOf(first.lines).length < JOBS / 4) await pause(20);
  first.child.kill('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');

  const second = await serve();
  url = second.url;
  await clients;
  expect(ids.size).toBe(JOBS);
  expect(second.lines.find(({ event }) => String(event).startsWith('jobs of a process that ended'))).toBeDefined();
  for (;;) {
    const { jobs } = await ask(`${url}/v1/jobs?limit=1000`, 'GET');
    expect(jobs).toHaveLength(JOBS);
    if (jobs.every(({ state }: { state: string }) => state === 'done')) break;
    expect(jobs.filter(({ state }: { state: string }) => state === 'failed' || state === 'cancelled')).toEqual([]);
    await pause(200);
  }

  const { jobs } = await ask(`${url}/v1/jobs?limit=1000`, 'GET');
  const fast = profileNamed('fast');
  const { backend, close } = await selectBackend('wasm', { threads: 1 });
  const loaded = await loadModel(program, fast, backend);
  await close();
  const proofs = new Set<string>();
  for (const { id, result, context } of jobs) {
    expect(context).toBe(contextOf(ids.get(id)!));
    const bytes = new Uint8Array(await (await fetch(`${url}/v1/jobs/${id}/proof`, { headers })).arrayBuffer());
    verifyProof(loaded, bytes, [fast], { context: Uint8Array.from(Buffer.from(context, 'hex')) });
    proofs.add(result.proof);
  }
  expect(proofs.size).toBe(JOBS);
  // no job ended twice: what the first process finished, the second one did not touch
  const [before, after] = [doneOf(first.lines), doneOf(second.lines)];
  expect(before.filter((id) => after.includes(id))).toEqual([]);
  expect(before.length).toBeGreaterThanOrEqual(JOBS / 4);
  expect(after.length).toBeGreaterThan(0);
  expect(fs.readdirSync(folder.at('data/proofs')).length).toBe(JOBS);

  // one more job is running when the process is asked to stop: it is finished or put back
  const { jobs: last } = await ask(`${url}/v1/jobs`, 'POST', JSON.stringify({ model, input, profile: 'fast', context: 'ffff' }));
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
  expect(second.lines.at(-1)).toMatchObject({ event: 'stopped' });
  expect(fs.readdirSync(folder.at('data')).sort()).toEqual(['jobs.db', 'models', 'proofs', 'uploads']);
  const third = await serve();
  for (;;) {
    const { state } = await ask(`${third.url}/v1/jobs/${last[0].id}`, 'GET');
    if (state === 'done') break;
    expect(state).not.toBe('failed');
    await pause(50);
  }
  third.child.kill('SIGTERM');
  expect(await third.ended).toBe(0);
}, 600_000);

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'a second %s ends a service that waits for a client who does not finish: exit %i within a second',
  async (signal, code) => {
    const { child, url, ended } = await serve();
    const { hostname, port } = new URL(url);
    const client = net.connect(Number(port), hostname);
    client.on('error', () => {}); // the service hangs up
    client.write(`POST /v1/models HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${KEY}\r\n`);
    client.write('Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nthree');
    await pause(300);
    child.kill(signal);
    await pause(500);
    expect(child.exitCode).toBeNull(); // it gives the client its time
    const sent = performance.now();
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(performance.now() - sent).toBeLessThan(1000);
    client.destroy();
  },
  60_000,
);
