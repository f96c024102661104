// What every command line has: help, version, hints for what is mistyped, standard input as a file, --quiet, --verbose, what comes next.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/commands.ts';
import { quoted } from '../../cli/io/next.ts';
import { provideStandardInput } from '../../cli/io/standard-input.ts';
import { nearest } from '../../cli/suggest.ts';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const { zkb, input } = smallModel();

beforeAll(() => {
  write('m.zkb', zkb);
  write('x.json', input);
});
afterAll(() => {
  provideStandardInput(undefined);
  folder.remove();
});

describe('help and version', () => {
  test('help, -h and --help are the same, for all commands and for one', async () => {
    const [help] = [(await zkvm('--help')).out];
    for (const name of Object.keys(COMMANDS)) expect(help).toContain(`zkvm ${name}`);
    for (const args of [['help'], ['-h']]) expect(await zkvm(...args)).toMatchObject({ code: 0, out: help, err: '' });
    const { out } = await zkvm('run', '--help');
    expect(out).toContain('--input');
    for (const args of [
      ['help', 'run'],
      ['run', '-h'],
    ])
      expect(await zkvm(...args)).toMatchObject({ code: 0, out });
    expect((await zkvm('help', 'check')).out).not.toBe(out);
    expect(await zkvm('help', 'no-command')).toMatchObject({ code: 2, out: '' });
  });

  test('-v is the version; -q is no version', async () => {
    const { code, out } = await zkvm('--version');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect((await zkvm('-v')).out).toBe(out);
    expect((await zkvm('-q')).code).toBe(2);
  });

  test('without a command: the help and what to do first, on stderr, exit 2', async () => {
    const { code, out, err } = await zkvm();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain((await zkvm('--help')).out.trimEnd());
    expect(err).toMatch(/\nnext: zkvm compile model\.onnx -o model\.zkb --calibrate samples\.json/);
  });
});

describe('what is mistyped', () => {
  test.each([
    [['compile', 'm', '-o', 'x', '--calibrat', 'y'], 'did you mean --calibrate?'],
    [['compile', 'm', '-o', 'x', '--claibrate=y'], 'did you mean --calibrate?'],
    [['compile', 'm', '-o', 'x', '-calibrate', 'y'], 'did you mean --calibrate?'],
    [['compile', 'm', '-o', 'x', '--cal', 'y'], 'did you mean --calibrate?'],
    [['run', 'm', '--inputs', 'x'], 'did you mean --input?'],
    [['prove', 't', '-o', 'p', '--profil-out', 'x'], 'did you mean --profile-out?'],
    [['audit', 'm', '--quite'], 'did you mean --quiet?'],
    [['audit', 'm', '--banana'], 'see zkvm audit --help'],
  ])('%j: %s', async (args, fix) => {
    expect(await zkvm(...args, '--json')).toMatchObject({ code: 2, json: { error: { code: 'ZK0820', fix } } });
  });

  test('a command', async () => {
    expect((await zkvm('complie')).err).toMatch(/unknown command "complie"; Did you mean compile\?/);
    expect((await zkvm('-q', 'complie', 'x')).err).toMatch(/unknown command "complie"; Did you mean compile\?/);
    // three letters that are all wrong are no `run`, and an option is no command
    expect((await zkvm('xyz')).err).toMatch(/unknown command "xyz"\n/);
    expect(await zkvm('-v', 'x')).toMatchObject({ code: 0, out: (await zkvm('--version')).out, err: '' });
  });

  test('names that are far from all are no hint', () => {
    expect(nearest('prfoile', ['profile', 'threads'])).toBe('profile');
    expect(nearest('x', ['profile', 'threads'])).toBeUndefined();
    expect(nearest('windows', ['profile', 'threads'])).toBeUndefined();
  });
});

test('- as a file is standard input, as a positional argument, as an option and as one of several', async () => {
  provideStandardInput(zkb);
  const named = await zkvm('inspect', at('m.zkb'), '--json');
  expect(await zkvm('inspect', '-', '--json')).toMatchObject({ code: 0, json: named.json });
  provideStandardInput(new TextEncoder().encode(input));
  const ran = await zkvm('run', at('m.zkb'), '--input', at('x.json'), '--json');
  expect((await zkvm('run', at('m.zkb'), '--input', '-', '--json')).json.outputs).toEqual(ran.json.outputs);
  provideStandardInput(new TextEncoder().encode('no model'));
  expect(await zkvm('inspect', '-', '--json')).toMatchObject({ code: 2 });
});

describe('how much is said', () => {
  test('the next command, unless nobody is to be told', async () => {
    const { err } = await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'));
    expect(err).toContain(`next: zkvm prove ${at('t')} -o proof.bin\n`);
    expect((await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'), '--json')).err).not.toContain('next:');
    expect((await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', '-')).err).not.toContain('next:');
    expect((await zkvm('check', at('t'))).err).toContain(`next: zkvm prove ${at('t')} -o proof.bin\n`);
    expect(quoted("a b'c")).toBe("'a b'\\''c'");
  });

  test('--quiet leaves warnings and errors', async () => {
    for (const quiet of ['--quiet', '-q'])
      expect(await zkvm('run', at('m.zkb'), '--input', at('x.json'), '-o', at('t'), quiet)).toMatchObject({
        code: 0,
        err: expect.stringMatching(/^warning: [^\n]*\n$/),
      });
    expect((await zkvm('run', at('none'), '--input', at('x.json'), '--quiet')).err).toMatch(/^error ZK0801/);
  });

  test('--verbose says where an error came from', async () => {
    expect((await zkvm('run', at('none'), '--input', at('x.json'), '--verbose')).err).toMatch(/files\.ts:\d+/);
    expect((await zkvm('run', at('none'), '--input', at('x.json'))).err).not.toMatch(/files\.ts:\d+/);
  });
});

describe('completion', () => {
  /** what bash offers for words that stand before the cursor */
  const offered = (script: string, ...words: string[]): string[] => {
    const line = `${script}\nCOMP_WORDS=(${['zkvm', ...words].map(quoted).join(' ')}); COMP_CWORD=${words.length}; _zkvm; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
    expect(status).toBe(0);
    return stdout.split('\n').filter((word) => word !== '');
  };

  test('bash offers commands, options and choices', async () => {
    const { out } = await zkvm('completion');
    expect(offered(out, 'comp')).toEqual(['compile', 'completion']);
    expect(offered(out, 'compile', '--ca')).toEqual(['--calibrate']);
    expect(offered(out, 'prove', '--profile', '')).toEqual(['proven', 'fast', 'chain', 'test']);
    expect(offered(out, 'help', 'ver')).toEqual(['verify']);
    expect(offered(out, 'run', 'x')).toEqual([]);
  });

  test('the other shells have theirs, and a shell that there is not is refused', async () => {
    expect((await zkvm('completion', '--shell', 'zsh')).out).toContain('bashcompinit');
    const fish = (await zkvm('completion', '--shell', 'fish')).out.split('\n');
    for (const name of Object.keys(COMMANDS)) expect(fish.some((line) => line.includes(`-a ${name} `))).toBe(true);
    expect((await zkvm('completion', '--shell', 'tcsh')).code).toBe(2);
  });
});
