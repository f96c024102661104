// The README's lines about the service, run by a shell as they stand there, against a service of their own.
// Slow: it starts the service, compiles a model and makes a proof.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../../cli/commands.ts';
import { ROUTES } from '../../../cli/serve/routes.ts';
import { VERSION } from '../../../cli/version.ts';
import { temporaryFolder } from '../capture.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const SECTION = /\n## As a service\n([\s\S]*?)\n## /.exec(fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8'))![1]!;
const BLOCKS = [...SECTION.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text!);
const ZKVM = `${process.execPath} --import ${path.join(ROOT, 'node_modules/tsx/dist/loader.mjs')} ${path.join(ROOT, 'cli/main.ts')}`;

/** a busy machine compiles a model in a minute */
const PATIENCE_MS = 600_000;

const folder = temporaryFolder();
let url = '';
let child: ReturnType<typeof spawn>;
let ended: Promise<number | null>;
beforeAll(async () => {
  for (const name of ['model.onnx', 'calib.json', 'input.json'])
    fs.copyFileSync(path.join(ROOT, 'test/models/digits_mlp', name), folder.at(name));
  const [program, ...args] = ZKVM.split(' ') as [string, ...string[]];
  const environment = { ...process.env };
  delete environment.ZKVM_API_KEY;
  child = spawn(program, [...args, 'serve', '--data', folder.at('zkvm-data'), '--port', '0', '--json'], { cwd: ROOT, env: environment });
  ended = new Promise((resolve) => child.on('exit', resolve));
  url = await new Promise((resolve) => child.stdout!.on('data', (text) => resolve(JSON.parse(String(text)).url)));
});
afterAll(async () => {
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  folder.remove();
});

const shell = (lines: string) =>
  spawnSync('bash', ['-e', '-u', '-o', 'pipefail', '-c', lines.replaceAll('http://127.0.0.1:8080', url).replaceAll('npx zkvm', ZKVM)], {
    cwd: folder.at('.'),
    encoding: 'utf8',
  });

test(
  'the lines compile a model, prove an input, watch it, and the proof is accepted',
  () => {
    const { status, stdout, stderr } = shell(BLOCKS[1]!);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/event: progress\n[\s\S]*event: done\n[\s\S]*"outputs":[\s\S]*accepted: model /);
  },
  PATIENCE_MS,
);

test(
  'they end at the first thing that is wrong',
  () => {
    expect(shell(BLOCKS[1]!.replace('fast', 'slow')).status).not.toBe(0);
  },
  PATIENCE_MS,
);

test('what the section names is there', () => {
  const options = Object.keys(COMMANDS.serve.options);
  const named = [...SECTION.matchAll(/`--([a-z-]+)/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((name) => !options.includes(name))).toEqual([]);
  const addresses = [...SECTION.matchAll(/`(?:GET |POST )?(\/(?:v1\/)?[a-z{}/]+)/g)].map(([, name]) => name!);
  const known = [...ROUTES.map((route) => route.path), '/openapi.json', '/openapi'];
  expect(addresses.filter((address) => !known.includes(address))).toEqual([]);
});

test("the version is the package's", () => {
  expect(VERSION).toBe(JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version);
});
