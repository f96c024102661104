// `npm run devnet:install` with a cargo that is played by a shell script: progress, failure, interruption, and what is left afterwards.
// Caveat: what the real cargo prints and how long it takes was tried by hand (contracts/README.md).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-install-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const at = (...parts: string[]): string => path.join(folder, ...parts);
const root = path.join(import.meta.dirname, '../../..');

/** A cargo that says and does this; its arguments are `install TOOL --version V --locked --force --root ROOT`. */
function playCargo(...lines: string[]): void {
  fs.mkdirSync(at('bin'), { recursive: true });
  fs.writeFileSync(at('bin', 'cargo'), ['#!/bin/sh', `echo "$2 $4" >> ${at('calls')}`, ...lines, ''].join('\n'), { mode: 0o755 });
}
const INSTALLS = 'mkdir -p "$8/bin" && echo tool > "$8/bin/$2"';

function start(environment: Record<string, string> = {}): { child: ChildProcess; output: () => string } {
  let text = '';
  const child = spawn(
    process.execPath,
    [path.join(root, 'node_modules/tsx/dist/cli.mjs'), path.join(root, 'contracts/devnet/install.ts')],
    {
      env: { ...process.env, PATH: `${at('bin')}:${process.env.PATH}`, ZKVM_CACHE: at('cache'), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Uint8Array) => {
      text += data.toString();
    });
  return { child, output: () => text };
}

async function run(environment?: Record<string, string>): Promise<{ code: number; output: string }> {
  const { child, output } = start(environment);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output() };
}

const calls = (): string[] => (fs.existsSync(at('calls')) ? fs.readFileSync(at('calls'), 'utf8').trim().split('\n') : []);
const left = (name: string): boolean => fs.existsSync(at('cache', 'tools', name));

test('a build that fails leaves nothing that counts as installed; an interrupted one neither; then both tools, once', {
  timeout: 60_000,
}, async () => {
  playCargo('echo "error: no matching package" >&2', 'exit 101');
  const failed = await run();
  expect(failed).toMatchObject({ code: 7, output: expect.stringContaining('ZK0741') });
  expect(failed.output).toContain('error: no matching package');
  expect(left('universal-sierra-compiler.version')).toBe(false);

  playCargo(INSTALLS, 'test "$2" = starknet-devnet || exit 0', `echo $$ > ${at('pid')}`, 'exec sleep 60');
  const { child, output } = start();
  while (!fs.existsSync(at('pid'))) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGTERM');
  expect((await once(child, 'close'))[0]).toBe(130);
  expect(output()).toContain('goes on from here');
  expect(() => process.kill(Number(fs.readFileSync(at('pid'), 'utf8')), 0)).toThrow('ESRCH');
  expect([left('universal-sierra-compiler.version'), left('starknet-devnet.version')]).toEqual([true, false]);

  playCargo(INSTALLS);
  const before = calls().length;
  const finished = await run();
  expect(finished.code).toBe(0);
  expect(finished.output).toContain('universal-sierra-compiler 2.8.0: there already');
  expect(calls().slice(before)).toEqual(['starknet-devnet 0.8.2']);
  expect(left('starknet-devnet.version')).toBe(true);
  expect(fs.existsSync(at('cache', 'build'))).toBe(false);
  await run();
  expect(calls()).toHaveLength(before + 1);
});

test("another version's stamp, or a stamp without its program, is built again", { timeout: 60_000 }, async () => {
  playCargo(INSTALLS);
  await run();
  fs.writeFileSync(at('cache', 'tools', 'starknet-devnet.version'), '0.0.1');
  fs.rmSync(at('cache', 'tools', 'bin', 'universal-sierra-compiler'));
  const before = calls().length;
  expect((await run()).code).toBe(0);
  expect(calls().slice(before)).toEqual(['universal-sierra-compiler 2.8.0', 'starknet-devnet 0.8.2']);
});

test('without cargo: exit 7 and what to install', { timeout: 60_000 }, async () => {
  const empty = at('empty');
  fs.mkdirSync(empty);
  const { code, output } = await run({ PATH: empty, ZKVM_CACHE: at('other') });
  expect(code).toBe(7);
  expect(output).toContain('install Rust with cargo');
});
