// Values that leave the tables of a model: run and prove warn, refuse with --strict, and a model compiled with --strict cannot run there at all.
// Whether a model is strict is covered by its id. Caveat: which values saturate is held against a twin in test/compiler/strict.test.ts.
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { onnxModel } from '../compiler/onnx-writer.ts';
import { temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
afterAll(folder.remove);

const SIZE = 16;
const row = (value: (i: number) => number): number[] => Array.from({ length: SIZE }, (_, i) => value(i));
/** inputs that calibration never saw large together */
const samples = row((k) => k).map((k) => ({ x: [row((i) => (i === k ? 1 : i === (k + 1) % SIZE ? -0.5 : 0))] }));
const compile = (name: string, ...more: string[]) => zkvm('compile', at('m.onnx'), '-o', at(name), '-c', at('c.json'), ...more);

beforeAll(async () => {
  const nodes = [
    { op: 'Gemm', inputs: ['x', 'w'], outputs: ['a'], name: '/sum' },
    { op: 'Relu', inputs: ['a'], outputs: ['y'], name: '/relu' },
  ];
  write(
    'm.onnx',
    onnxModel({ nodes, inputs: { x: [1, SIZE] }, outputs: ['y'], initializers: { w: { shape: [SIZE, 1], data: row(() => 1) } } }),
  );
  write('c.json', JSON.stringify(samples));
  write('in.json', JSON.stringify({ x: [row((i) => (i < 2 ? 0.25 : 0))] }));
  write('out.json', JSON.stringify({ x: [row(() => 1)] }));
  expect((await compile('m.zkb')).code).toBe(0);
  expect((await compile('s.zkb', '--strict')).code).toBe(0);
});

describe('a model that saturates', () => {
  test('run warns with node, count and how far, and says it in --json', async () => {
    const { code, err, out } = await zkvm('run', at('m.zkb'), '-i', at('out.json'), '-o', at('out.trace'));
    expect(code).toBe(0);
    expect(err).toMatch(/warning: 1 values \(100 %\) of .*"\/sum".* saturates or is coarse, up to [\d.]+ times as far as it is exact\n/);
    expect(err).toMatch(/warning: the output may be wrong/);
    expect(out).not.toMatch(/warning/);
    const { json } = await zkvm('run', at('m.zkb'), '-i', at('out.json'), '--json');
    expect(json.saturated).toEqual([{ node: expect.stringMatching(/"\/sum"/), count: 1, share: 1, reach: expect.any(Number) }]);
    // 16 ones, limited to what 8 times the calibrated range is at most
    expect(json.outputs.y.data[0]).toBeLessThan(8 * 1.2);
  });

  test('an input like the samples is not warned about', async () => {
    expect((await zkvm('run', at('m.zkb'), '-i', at('in.json'), '-o', at('in.trace'), '--strict')).err).not.toMatch(/warning/);
    expect((await zkvm('run', at('m.zkb'), '-i', at('in.json'), '--json')).json.saturated).toEqual([]);
  });

  test('with --strict, run and prove refuse it with exit 4 and write nothing', async () => {
    const run = await zkvm('run', at('m.zkb'), '-i', at('out.json'), '-o', at('never.trace'), '--strict');
    expect(run).toMatchObject({ code: 4, err: expect.stringMatching(/^error ZK0423: [\s\S]*at .*"\/sum"/) });
    expect(fs.existsSync(at('never.trace'))).toBe(false);
    const prove = (trace: string, ...more: string[]) => zkvm('prove', at(trace), '-o', at(`${trace}.proof`), '--profile', 'test', ...more);
    expect(await prove('out.trace', '--strict', '--json')).toMatchObject({ code: 4, json: { error: { code: 'ZK0423' } } });
    expect(fs.existsSync(at('out.trace.proof'))).toBe(false);
    const { code, json, err } = await prove('out.trace', '--json');
    expect(code).toBe(0);
    expect(json.saturated).toMatchObject([{ count: 1 }]);
    expect(err).toMatch(/warning: the output may be wrong/);
    expect((await prove('in.trace', '--strict', '--json')).json.saturated).toEqual([]);
  });
});

describe('a model whose answer rounding decides', () => {
  beforeAll(async () => {
    const nodes = [
      { op: 'Gemm', inputs: ['x', 'w'], outputs: ['s'], name: '/scores' },
      { op: 'ArgMax', inputs: ['s'], outputs: ['y'], attributes: { axis: 1 }, name: '/label' },
    ];
    const w = { shape: [2, 3], data: [0.7, 0.7, -0.3, 0.2, 0.21, 0.6] };
    write('tie.onnx', onnxModel({ nodes, inputs: { x: [1, 2] }, outputs: ['y'], outputTypes: { y: 7 }, initializers: { w } }));
    write('ties.json', JSON.stringify(row((k) => k).map((k) => ({ x: [[Math.cos(k), Math.sin(k)]] }))));
    write('near.json', JSON.stringify({ x: [[0.9, 0.001]] }));
    write('clear.json', JSON.stringify({ x: [[-0.9, 0.4]] }));
    expect((await zkvm('compile', at('tie.onnx'), '-o', at('tie.zkb'), '-c', at('ties.json'))).code).toBe(0);
  });
  const run = (input: string, ...more: string[]) => zkvm('run', at('tie.zkb'), '-i', at(`${input}.json`), ...more);

  test('run warns, and says it in --json; of a clear answer it says nothing', async () => {
    const near = await run('near');
    expect(near).toMatchObject({
      code: 0,
      err: expect.stringMatching(/warning: 100 % of the integers of output "y" are others in \d+ of 8 tries/),
    });
    expect(near.err).toMatch(/warning: the output may be another one than that of the ONNX model/);
    expect((await run('near', '--json')).json).toMatchObject({ saturated: [], unsteady: [{ output: 'y', what: 'integers', change: 1 }] });
    expect((await run('clear')).err).not.toMatch(/warning/);
    expect((await run('clear', '--json')).json.unsteady).toEqual([]);
  });

  test('with --strict, run and prove refuse it with exit 4 and write nothing', async () => {
    const strict = await run('near', '-o', at('never.tie'), '--strict');
    expect(strict).toMatchObject({ code: 4, err: expect.stringMatching(/^error ZK0424: [\s\S]*at output "y"/) });
    expect(fs.existsSync(at('never.tie'))).toBe(false);
    expect((await run('clear', '--strict')).code).toBe(0);
    const prove = (input: string, ...more: string[]) =>
      zkvm('prove', at('tie.zkb'), '-i', at(`${input}.json`), '-o', at(`${input}.proof`), '--profile', 'test', '--json', ...more);
    expect(await prove('near', '--strict')).toMatchObject({ code: 4, json: { error: { code: 'ZK0424' } } });
    expect(fs.existsSync(at('near.proof'))).toBe(false);
    expect(await prove('near')).toMatchObject({
      code: 0,
      json: { unsteady: [{ output: 'y' }] },
      err: expect.stringMatching(/warning: .*round/),
    });
    expect(await prove('clear', '--strict')).toMatchObject({ code: 0, json: { unsteady: [] } });
  });

  test('a trace is told of as well', async () => {
    await run('near', '-o', at('near.trace'));
    const prove = await zkvm('prove', at('near.trace'), '-o', at('near.proof'), '--profile', 'test', '--json', '--strict');
    expect(prove).toMatchObject({ code: 4, json: { error: { code: 'ZK0424' } } });
  });
});

describe('a strict model', () => {
  test('gives the same outputs and has no run, so no proof, beyond its samples', async () => {
    const outputs = async (model: string) => (await zkvm('run', at(model), '-i', at('in.json'), '--json')).json.outputs;
    expect(await outputs('s.zkb')).toEqual(await outputs('m.zkb'));
    const { code, err } = await zkvm('run', at('s.zkb'), '-i', at('out.json'));
    expect(code).toBe(2);
    expect(err).toMatch(/^error ZK0415: [\s\S]*"\/sum"[\s\S]*compiled with --strict/);
    // what it costs is told without an input
    expect((await zkvm('estimate', at('s.zkb'), '--json')).code).toBe(0);
  });

  test('inspect, audit and verify say which kind a model is', async () => {
    const kind = async (command: string, name: string) => (await zkvm(command, at(name), '--json')).json.tables;
    for (const command of ['inspect', 'audit'])
      expect([await kind(command, 's.zkb'), await kind(command, 'm.zkb')]).toEqual(['strict', 'saturating']);
    expect((await zkvm('inspect', at('s.zkb'))).out).toMatch(
      /^tables {12}strict: what leaves the calibrated ranges cannot be proved, if the ranges in the file are true;/m,
    );
    for (const [name, said] of [
      ['m', 'saturating'],
      ['s', 'strict'],
    ] as const) {
      await zkvm('run', at(`${name}.zkb`), '-i', at('in.json'), '-o', at('kind.trace'));
      await zkvm('prove', at('kind.trace'), '-o', at(`${name}.proof`), '--profile', 'test');
      const verified = await zkvm('verify', at(`${name}.proof`), '--model', at(`${name}.zkb`), '--profile', 'test', '--json');
      expect(verified).toMatchObject({ code: 0, json: { tables: said } });
    }
  });

  test('a model that only says that it is strict has another id, and so has a strict one that hides it', async () => {
    const { program } = decodeZkb(new Uint8Array(fs.readFileSync(at('m.zkb'))));
    const claimed = program.slots.map((slot) => {
      const { intervals } = slot;
      return { ...slot, exact: Int32Array.of(intervals[0]! * intervals[1]!, intervals.at(-3)! * (intervals.at(-2)! + 1)) };
    });
    write('claims.zkb', encodeProgram({ ...program, slots: claimed }));
    const hidden = decodeZkb(new Uint8Array(fs.readFileSync(at('s.zkb')))).program;
    write('hides.zkb', encodeProgram({ ...hidden, slots: hidden.slots.map(({ id, name, intervals }) => ({ id, name, intervals })) }));
    const shown = async (name: string) => {
      const { json } = await zkvm('inspect', at(name), '--json');
      return [json.tables, json.modelIds.proven];
    };
    const [claims, hides, saturating, strict] = await Promise.all(['claims.zkb', 'hides.zkb', 'm.zkb', 's.zkb'].map(shown));
    expect([claims![0], hides![0]]).toEqual(['strict', 'unknown']);
    expect(claims![1]).not.toBe(saturating![1]);
    expect(hides![1]).not.toBe(strict![1]);
    expect(await zkvm('verify', at('m.proof'), '--model', at('claims.zkb'), '--profile', 'test', '--json')).toMatchObject({
      code: 3,
      json: { error: { code: 'ZK0356' } },
    });
    expect((await zkvm('verify', at('s.proof'), '--model', at('hides.zkb'), '--profile', 'test')).code).toBe(3);
  });
});
