// Optional packages: package.json and the list of fri/core/packages.ts agree, and without one of them the command line says which command
// installs it. Node's own answer for a package that is not there: a hook sends the import to a folder without packages.
// Caveat: text of Node and Bun. Slow: it starts processes.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { installCommand, isNotInstalled, OPTIONAL_PACKAGES, type OptionalPackage } from '../../fri/core/packages.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Record<string, Record<string, unknown>>;

test('the list has the optional packages of package.json, at versions that it allows and that the repository itself installs', () => {
  const { peerDependencies, peerDependenciesMeta, devDependencies, dependencies } = manifest;
  const names = Object.keys(OPTIONAL_PACKAGES).sort();
  expect(Object.keys(peerDependencies!).sort()).toEqual(names);
  expect(peerDependenciesMeta).toEqual(Object.fromEntries(names.map((name) => [name, { optional: true }])));
  for (const [name, version] of Object.entries(OPTIONAL_PACKAGES)) {
    const range = peerDependencies![name] as string;
    expect(range, name).toMatch(new RegExp(`^\\^${version.replaceAll('.', '\\.')}\\.`));
    expect(range, name).toBe(`^${devDependencies![name]}`);
    expect(dependencies, name).not.toHaveProperty(name);
  }
});

test('what is not installed is told from what is broken', () => {
  const missing = (name: string) =>
    Object.assign(new Error(`Cannot find package '${name}' imported from /a/b.js`), { code: 'ERR_MODULE_NOT_FOUND' });
  expect(isNotInstalled('webgpu', missing('webgpu'))).toBe(true);
  const inBun = Object.assign(new Error('Cannot find package "webgpu" from "/a/b.js"'), { code: 'ERR_MODULE_NOT_FOUND' });
  expect(isNotInstalled('webgpu', inBun)).toBe(true);
  expect(isNotInstalled('webgpu', missing('webgpu-inside'))).toBe(false);
  expect(isNotInstalled('webgpu', new Error("Cannot find package 'webgpu'"))).toBe(false);
  expect(isNotInstalled('webgpu', Object.assign(new Error('dlopen failed'), { code: 'ERR_DLOPEN_FAILED' }))).toBe(false);
  expect(isNotInstalled('webgpu', 'webgpu')).toBe(false);
  expect(installCommand('hono', 'node-sqlite3-wasm')).toBe('npm install hono@4 node-sqlite3-wasm@0.8');
});

/** a command in a process that has not got these packages */
function without(names: readonly OptionalPackage[], args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const hook = `export const resolve = (name, context, next) => next(name, ${JSON.stringify(names)}.includes(name) ? { ...context, parentURL: 'file:///no-packages/file.mjs' } : context);`;
  const url = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
  const register = url(`import { register } from 'node:module'; register(${JSON.stringify(url(hook))});`);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', '--import', register, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { stdout, stderr, status };
}

const ACCOUNT = { ZKVM_RPC: 'http://127.0.0.1:1', ZKVM_ACCOUNT: '0x1', ZKVM_PRIVATE_KEY: '0x2' };
/** in the process's own thread, which has the hook */
const DEPLOY = [
  '--input-type=module',
  '-e',
  "import { main } from './cli/main.ts'; process.exitCode = await main(['deploy', '--class', '0x5']);",
];

test('a command of the chain without starknet says which command installs it', () => {
  const { stderr, status } = without(['starknet'], DEPLOY, ACCOUNT);
  expect(stderr).toContain('ZK0717');
  expect(stderr).toContain(installCommand('starknet'));
  expect(status).toBe(7);
});

test('with it the same command gets as far as the node, which is not there', () => {
  const { stderr, status } = without(['webgpu'], DEPLOY, ACCOUNT);
  expect(stderr).toContain('ZK0701');
  expect(status).toBe(7);
});

test.each(['hono', '@hono/node-server', 'node-sqlite3-wasm'] as const)(
  'the service without %s says which command installs what it needs',
  (name) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-optional-'));
    const { stderr, status } = without([name], ['cli/main.ts', 'serve', '--port', '0', '--data', path.join(folder, 'data')]);
    fs.rmSync(folder, { recursive: true, force: true });
    expect(stderr).toContain(`the package ${name} is not installed`);
    expect(stderr).toContain(installCommand('hono', '@hono/node-server', 'node-sqlite3-wasm'));
    expect(status).toBe(2);
  },
);

test.each([
  ['bullmq', 'folder', ['bullmq', 'ioredis']],
  ['ioredis', 'folder', ['bullmq', 'ioredis']],
] as const)('a worker without %s says which command installs what it needs', (name, store, needed) => {
  const { stderr, status } = without([name], ['cli/main.ts', 'worker', '--queue', 'redis://127.0.0.1:1', '--store', store]);
  expect(stderr).toContain(`the package ${name} is not installed`);
  expect(stderr).toContain(installCommand(...needed));
  expect(status).toBe(2);
});

test('a store behind the S3 interface without its package says which command installs it', () => {
  const text =
    "import { openStore } from './cli/serve/cluster/open-store.ts'; await openStore('s3://bucket').catch((e) => console.log(e.code, e.fix));";
  const { stdout } = without(['@aws-sdk/client-s3'], ['--input-type=module', '-e', text]);
  expect(stdout).toContain(`ZK0901 ${installCommand('@aws-sdk/client-s3')}`);
});

test('the search for a GPU without webgpu says which command installs it', () => {
  const { stdout, status } = without(['webgpu'], ['cli/gpu-probe.ts', 'webgpu']);
  const { missing } = JSON.parse(stdout) as { missing: string };
  expect(missing).toContain(`the package \`webgpu\` is not installed: ${installCommand('webgpu')}`);
  expect(status).toBe(0);
});

test('a backend that is asked for by name without its package is exit 6', () => {
  const text =
    "import { withSelected } from './gpu/select.ts'; await withSelected('webgpu', {}, async () => 0).catch((e) => console.log(e.code, e.fix, e.exitCode));";
  const { stdout } = without(['webgpu'], ['--input-type=module', '-e', text]);
  expect(stdout).toContain(`ZK0607 ${installCommand('webgpu')}`);
  expect(stdout.trim()).toMatch(/ 6$/);
});
