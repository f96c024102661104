// `zkvm prove --memory`: a run that does not fit is proved in shards, `--resume` goes on with what is finished, `verify --part` takes the shards from
// several files. Source: vm/estimate/plan.ts, vm/resume.ts. Caveat: a small network, so the limit is a few megabytes below what one shard takes.
// Slow: proofs.
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lenet } from '../../bench/networks.ts';
import { parseBytes } from '../../cli/io/memory.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { WASM } from '../../gpu/wasm/kind.ts';
import { planProof } from '../../vm/estimate/plan.ts';
import { execute } from '../../vm/executor/run.ts';
import { decodeProofFile, encodeProofFile } from '../../vm/files/proof.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { code } from '../failure.ts';
import { temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
const { program, inputs } = lenet();
const { prediction } = planProof(execute(program, inputs), {
  profile: PROFILES.test,
  kind: WASM,
  threads: 1,
  availableBytes: Number.POSITIVE_INFINITY,
});
const LESS = String(Math.floor(prediction.peakBytes - 0.2 * prediction.columnBytes));
const prove = (target: string, ...args: string[]) =>
  zkvm(
    'prove',
    at('m.zkb'),
    '--input',
    at('x.json'),
    '-o',
    at(target),
    '--profile',
    'test',
    '--backend',
    'wasm',
    '--allow-undetermined',
    '--json',
    ...args,
  );
const verify = (proof: string, ...args: string[]) =>
  zkvm('verify', at(proof), '--model', at('m.zkb'), '--profile', 'test', '--allow-undetermined', ...args);

beforeAll(() => {
  write('m.zkb', encodeProgram(program));
  const tensors = program.inputs.map(({ name, shape, scale }) => [name, { shape, data: Array.from(inputs[name]!, (x) => x * scale) }]);
  write('x.json', JSON.stringify(Object.fromEntries(tensors)));
});
afterAll(folder.remove);

describe('a run that does not fit', () => {
  test('is proved in shards, and one that fits in one', async () => {
    const fits = await prove('one');
    expect([fits.code, fits.json.shards, fits.json.calldataFelts > 0]).toEqual([0, 1, true]);
    const cut = await prove('cut', '--memory', LESS);
    expect([cut.code, cut.json.shards > 1, cut.json.calldataFelts]).toEqual([0, true, null]);
    expect(cut.err).toMatch(/\d shards, about \d+ MB of memory/);
    for (const name of ['one', 'cut']) expect((await verify(name)).code).toBe(0);
    const inspected = await zkvm('inspect', at('cut'));
    expect(inspected.out).toMatch(/shards +(\d+), \1 of them in this file/);
  });

  test('in files apart is accepted with all of them, and with fewer says which are missing', async () => {
    const file = decodeProofFile(new Uint8Array(fs.readFileSync(at('cut'))));
    for (const part of file.parts) write(`part${part.shard}`, encodeProofFile({ ...file, parts: [part] }));
    const others = file.parts.slice(1).flatMap(({ shard }) => ['--part', at(`part${shard}`)]);
    expect((await verify('part0', ...others)).code).toBe(0);
    const alone = await verify('part0');
    expect([alone.code, alone.err]).toEqual([3, expect.stringContaining('shards are missing: 1')]);
    const twice = await verify('part0', ...others, '--part', at('part0'));
    expect([twice.code, twice.err]).toEqual([3, expect.stringContaining('shard 0 is there twice')]);
    const foreign = await verify('part0', '--part', at('one'));
    expect([foreign.code, foreign.err]).toEqual([3, expect.stringContaining('different proofs')]);
  });

  test('goes on from the shards that are finished', async () => {
    expect((await prove('first', '--memory', LESS, '--resume', at('pieces'))).code).toBe(0);
    expect(fs.readdirSync(at('pieces'))).toEqual([]);
    expect(fs.readFileSync(at('first')).equals(fs.readFileSync(at('cut')))).toBe(true);
    write('no-folder', '');
    const unbounded = await prove('third', '--resume', at('pieces'));
    expect([unbounded.code, unbounded.err]).toEqual([2, expect.stringContaining('--resume without --memory')]);
    expect((await prove('third', '--memory', 'much')).code).toBe(2);
    expect((await prove('second', '--memory', LESS, '--resume', at('no-folder'))).code).toBe(2);
  });

  test('is estimated in the shards that prove makes, and said not to fit where it does not', async () => {
    const wasmOf = (json: {
      predictions: { backend: string; threads: number; shards: number | null; fits: boolean; peakBytes: number }[];
    }) => json.predictions.find(({ backend, threads }) => backend === 'wasm' && threads === 1)!;
    const estimate = (...args: string[]) => zkvm('estimate', at('m.zkb'), '--profile', 'test', ...args);
    const whole = wasmOf((await estimate('--json')).json);
    const cut = wasmOf((await estimate('--memory', LESS, '--json')).json);
    expect([whole.shards, whole.fits, cut.shards! > 1, cut.fits]).toEqual([1, true, true, true]);
    expect(cut.peakBytes).toBeLessThan(whole.peakBytes);
    expect(wasmOf((await estimate('--memory', '100MB', '--json')).json)).toMatchObject({ shards: null, fits: false });
    expect((await estimate('--memory', LESS)).out).toMatch(/wasm, 1 thread .* MB of memory in \d shards/);
  });

  test('however small the shards is refused, with what it would need', async () => {
    const { code: exit, err } = await prove('none', '--memory', '100MB');
    expect([exit, err]).toEqual([6, expect.stringContaining('ZK0620')]);
    expect(fs.existsSync(at('none'))).toBe(false);
  });
});

test('bytes are numbers with a unit, or are refused', () => {
  expect(['1', '2GB', '1.5 MiB', '800mb', '3kb'].map(parseBytes)).toEqual([1, 2e9, 1.5 * 2 ** 20, 8e8, 3000]);
  for (const text of ['', 'GB', '-1', '1 TB', '1e9', '0x10']) expect(code(() => parseBytes(text))).toBe('ZK0821');
});
