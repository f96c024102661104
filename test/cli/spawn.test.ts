// What only a real process shows: exit codes, standard streams, signals, a closed pipe, stack traces on demand.
// Caveat: it runs the sources through tsx, not the build; the two differ by the import extensions only.
// Slow: it starts processes.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense4m } from '../../bench/networks.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { expectInTime } from '../clock.ts';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const COMMAND = ['--import', 'tsx', path.join(ROOT, 'cli/main.ts')];
const folder = temporaryFolder();
const { at, write } = folder;
const model = smallModel();

beforeAll(async () => {
  write('m.zkb', model.zkb);
  write('x.json', model.input);
  await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'));
});
afterAll(folder.remove);

const run = (args: string[], options: { input?: string | Uint8Array; env?: Record<string, string> } = {}) =>
  spawnSync(process.execPath, [...COMMAND, ...args], { cwd: ROOT, encoding: 'utf8', ...options, env: { ...process.env, ...options.env } });

describe('a process', () => {
  test('data on stdout, talk on stderr, exit 0', () => {
    const { status, stdout, stderr } = run(['run', at('m.zkb'), '--input', at('x.json'), '--json']);
    expect(status).toBe(0);
    expect(Object.keys(JSON.parse(stdout).outputs)).toEqual(model.program.outputs.map(({ name }) => name));
    expect(stderr).toMatch(/^warning: nothing is known of values that leave the tables: [^\n]*\nran /);
  });

  test('reads an input from standard input', () => {
    const { status, stdout } = run(['run', at('m.zkb'), '--input', '-', '--json'], { input: model.input });
    expect(status).toBe(0);
    expect(JSON.parse(stdout).outputs).toBeDefined();
  });

  test('usage errors exit 2 and say it in one place', () => {
    const { status, stdout, stderr } = run(['prove', at('nothing'), '-o', at('out')]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error ZK0801: [^\n]+\n {2}at [^\n]+\n/);
    expect(stderr).not.toContain('node:');
  });

  test('a stack trace only with ZKVM_DEBUG', () => {
    const args = ['prove', at('nothing'), '-o', at('out')];
    expect(run(args, { env: { ZKVM_DEBUG: '' } }).stderr).not.toMatch(/files\.ts:\d+/);
    expect(run(args, { env: { ZKVM_DEBUG: '1' } }).stderr).toMatch(/files\.ts:\d+/);
  });

  test('--backend webgpu without a driver exits 6, says how to get one, and writes nothing', () => {
    const env = { VK_DRIVER_FILES: '/dev/null', VK_ICD_FILENAMES: '/dev/null' };
    const { status, stderr } = run(['prove', at('t'), '-o', at('none'), '--backend', 'webgpu', '--profile', 'test'], { env });
    if (process.platform !== 'linux' && status === 0) return; // another system's driver is not found by these
    expect(status).toBe(6);
    expect(stderr).toMatch(/^error ZK0601: no WebGPU adapter[\s\S]*install a GPU driver with Vulkan, Metal or Direct3D 12/m);
    expect(fs.existsSync(at('none'))).toBe(false);
  });

  /** Starts a command, sends a signal once stderr shows that it is at it. */
  async function interrupted(
    args: string[],
    signal: 'SIGINT' | 'SIGTERM',
    at: RegExp,
  ): Promise<{ code: unknown; ms: number; stderr: string }> {
    const child = spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT });
    let [stderr, sent] = ['', 0];
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      if (sent || !at.test(stderr)) return;
      sent = performance.now();
      child.kill(signal);
    });
    const code = await new Promise((resolve) => child.on('exit', (status, killed) => resolve(status ?? killed)));
    return { code, ms: performance.now() - sent, stderr };
  }

  const DIGITS = path.join(ROOT, 'test/models/digits_mlp');
  const COMPILE = ['compile', path.join(DIGITS, 'model.onnx'), '-o', at('new.zkb'), '-c', path.join(DIGITS, 'calib.json'), '--verbose'];
  test.each<[string, string[], RegExp]>([
    ['compile, in its calibration', COMPILE, /compile: calibration/],
    ['compile, in its choice of bits', COMPILE, /compile: choice of bits/],
    ['compile, in its instructions', COMPILE, /compile: instructions/],
    ['prove, committing the model', ['prove', at('t'), '-o', at('proof')], /backend \S/],
    ['prove, in a step', ['prove', at('t'), '-o', at('proof')], /prove: \S/],
  ])('a signal ends %s, within a second, and nothing is written', async (_what, args, when) => {
    for (const [signal, expected, words] of [
      ['SIGINT', 130, 'error ZK0830: interrupted'],
      ['SIGTERM', 143, 'error ZK0831: terminated'],
    ] as const) {
      await expectInTime(1000, async () => {
        const { code, ms, stderr } = await interrupted(args, signal, when);
        expect(code).toBe(expected);
        expect(stderr).toContain(words);
        expect(folder.list()).toEqual(['m.zkb', 't', 'x.json']);
        return ms;
      });
    }
  });

  describe('a command that takes a while', () => {
    // four million weights: seconds of every command but `run` and `estimate`, which take part of one
    const { program, inputs } = dense4m();
    const [region] = program.inputs;
    const INPUT = { [region!.name]: { shape: region!.shape, data: Array.from(inputs[region!.name]!, (value) => value * region!.scale) } };
    const large = temporaryFolder();
    /** what a process takes that does nothing; a command loads as much again, in its thread */
    let loadMs = 0;
    beforeAll(async () => {
      const began = performance.now();
      expect(run(['--version']).status).toBe(0);
      loadMs = performance.now() - began;
      large.write('m.zkb', encodeProgram(program));
      large.write('x.json', JSON.stringify(INPUT));
      await zkvm('run', large.at('m.zkb'), '--input', large.at('x.json'), '-o', large.at('t'));
      const proved = ['--profile', 'test', '--backend', 'wasm'];
      expect((await zkvm('prove', large.at('t'), '-o', large.at('p'), ...proved)).code).toBe(0);
    }, 120_000);
    afterAll(large.remove);

    /** Sends a signal so many milliseconds after the start of the process. */
    const signalled = async (args: readonly string[], signal: 'SIGINT' | 'SIGTERM', afterMs: number) => {
      const child = spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT });
      child.stdout.resume();
      child.stderr.resume();
      const ended = new Promise<unknown>((resolve) => child.on('exit', (status, killed) => resolve(status ?? killed)));
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const sent = performance.now();
      child.kill(signal);
      const code = await ended;
      return { code, ms: performance.now() - sent };
    };
    const at = (text: string): string => (large.list().includes(text) || text === 'new' ? large.at(text) : text);

    test.each([
      'run m.zkb --input x.json',
      'check t',
      'verify p --model m.zkb --profile test',
      'record m.zkb -o new',
      'audit m.zkb',
      'estimate m.zkb',
    ])('ends within a second of a signal, whenever it comes: %s', async (line) => {
      const args = line.split(' ').map(at);
      const files = large.list();
      const codes: unknown[] = [];
      for (const [signal, expected, share] of [
        ['SIGINT', 130, 1.6],
        ['SIGTERM', 143, 2.6],
      ] as const) {
        await expectInTime(1000, async () => {
          const { code, ms } = await signalled(args, signal, loadMs * share);
          codes.push(code);
          expect([expected, signal, 0]).toContain(code);
          expect(large.list()).toEqual(files);
          return ms;
        });
      }
      expect([130, 143]).toContain(codes.find((code) => typeof code === 'number' && code > 0));
    });
  });

  test('a signal ends a command that waits for its standard input', async () => {
    const child = spawn(process.execPath, [...COMMAND, 'inspect', '-'], { cwd: ROOT });
    const ended = new Promise((resolve) => child.on('exit', (status, killed) => resolve(status ?? killed)));
    await new Promise((resolve) => setTimeout(resolve, 3000)); // it says nothing when it begins to wait
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  });

  test('a command that is left alone goes on to its end', async () => {
    const { code, stderr } = await interrupted(['inspect', at('m.zkb')], 'SIGINT', /never said/);
    expect(code).toBe(0);
    expect(stderr).not.toContain('interrupted');
  });

  test('a reader that closes the pipe early is no error', async () => {
    const child = spawn(process.execPath, [...COMMAND, 'inspect', at('m.zkb'), '--code'], { cwd: ROOT });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await new Promise((resolve) => child.on('exit', resolve));
    expect(stderr).not.toMatch(/EPIPE|at .*:\d+:\d+/);
  });

  test.each(
    [
      '--help',
      'run m.zkb --input x.json',
      'run m.zkb --input x.json --json',
      'run m.zkb --input x.json -o -',
      'inspect m.zkb --json',
      'prove nothing -o out --json',
    ].map((line) => [line, line.split(' ')] as const),
  )('a full device on stdout is exit 2 and an error on stderr: %s', (_line, given) => {
    const args = given.map((text) => (fs.existsSync(at(text)) ? at(text) : text));
    const full = fs.openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [...COMMAND, ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    fs.closeSync(full);
    expect(status).toBe(2);
    if (given[0] === 'prove') expect(stderr).toMatch(/^error ZK0801/);
    else
      expect(stderr).toMatch(
        /^error ZK0805: cannot write the output\n {2}at standard output\n {2}no space is left on the device\n {2}fix: /m,
      );
  });

  test('a closed pipe does not hide a refusal', async () => {
    const child = spawn(process.execPath, [...COMMAND, 'verify', at('m.zkb'), '--model', at('m.zkb'), '--json'], { cwd: ROOT });
    child.stdout.destroy();
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(3);
  });

  test('the output folder is not writable', () => {
    const locked = at('locked');
    fs.mkdirSync(locked);
    fs.chmodSync(locked, 0o500);
    const { status } = run(['run', at('m.zkb'), '--input', at('x.json'), '-o', path.join(locked, 'out')]);
    // root may write anywhere
    expect(status).toBe(process.getuid?.() === 0 ? 0 : 2);
    fs.chmodSync(locked, 0o700);
    fs.rmSync(locked, { recursive: true });
  });
});
