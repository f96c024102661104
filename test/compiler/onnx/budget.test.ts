// A file of a few hundred bytes cannot make the compiler hold gigabytes or work for minutes: one budget refuses it, and names the node.
// Caveat: time is that of the processor, because tests share a machine; memory is the whole process's.
// Slow: large models are compiled as far as they may be.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { compileModel, stagesOf } from '../../../compiler/index.ts';
import { realsOf } from '../../../compiler/onnx/budget.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import { checkProgram } from '../../../vm/program/loader.ts';
import { temporaryFolder } from '../../cli/capture.ts';
import { onnxModel, type TestModel, type TestNode, type TestTensor } from '../onnx-writer.ts';

const ints = (...data: number[]): TestTensor => ({ shape: [data.length], data, integer: true });
const scalar = (value: number): TestTensor => ({ shape: [], data: [value], integer: true });
const mean = (of: string): TestNode => ({ op: 'ReduceMean', inputs: [of], outputs: ['y'], attributes: { keepdims: 0 } });
const chain = (length: number, node: (from: string, to: string) => TestNode): TestNode[] => [
  ...Array.from({ length }, (_, i) => node(i ? `c${i - 1}` : 'x', `c${i}`)),
  mean(`c${length - 1}`),
];
/** a node whose result is reduced, so that only it is large */
const one = (op: string, inputs: string[], attributes: TestNode['attributes'] = {}): TestNode[] => [
  { op, inputs, outputs: ['a'], attributes },
  mean('a'),
];
const model = (shape: number[], nodes: TestNode[], initializers: Record<string, TestTensor> = {}, more: Partial<TestModel> = {}) =>
  onnxModel({ nodes, inputs: { x: shape }, outputs: ['y'], initializers, ...more });
const fills = (name: string): TestNode => ({ op: 'ConstantOfShape', inputs: ['r'], outputs: [name] });

/** [name, file, node that is named] */
const HOSTILE: [string, Uint8Array, string][] = [
  ['Tile to 2^22, an output', model([1, 4], [{ op: 'Tile', inputs: ['x', 'r'], outputs: ['y'] }], { r: ints(1024, 1024) }), 'Tile'],
  ['Tile to 2^32', model([1, 4], one('Tile', ['x', 'r']), { r: ints(1024, 2 ** 20) }), 'Tile'],
  ['Tile to 2^63', model([1, 4], one('Tile', ['x', 'r']), { r: ints(2 ** 31, 2 ** 30) }), 'Tile'],
  ['Tile to 2^22 and back', model([1, 4], one('Tile', ['x', 'r']), { r: ints(1024, 1024) }), 'Tile'],
  ['Pad to 2^30', model([1, 4], one('Pad', ['x', 'r']), { r: ints(0, 0, 0, 2 ** 30) }), 'Pad'],
  ['Pad to 2^15 × 2^15', model([1, 4], one('Pad', ['x', 'r']), { r: ints(0, 0, 2 ** 15, 2 ** 15) }), 'Pad'],
  ['Expand to 2^24', model([1, 1], one('Expand', ['x', 'r']), { r: ints(4096, 4096) }), 'Expand'],
  ['Add that broadcasts to 2^24', model([1, 4096], [{ op: 'Transpose', inputs: ['x'], outputs: ['t'] }, ...one('Add', ['x', 't'])]), 'Add'],
  ['ConstantOfShape 2^24', model([1, 1], [fills('c'), ...one('Add', ['x', 'c'])], { r: ints(4096, 4096) }), 'ConstantOfShape'],
  [
    'many of 2^20',
    model(
      [1, 1],
      [
        ...Array.from({ length: 9 }, (_, i) => fills(`c${i}`)),
        { op: 'Concat', inputs: Array.from({ length: 9 }, (_, i) => `c${i}`), outputs: ['c'], attributes: { axis: 0 } },
        mean('c'),
      ],
      { r: ints(1024, 1024) },
    ),
    'ConstantOfShape',
  ],
  ['a constant product', model([1, 1], [fills('c'), ...one('MatMul', ['c', 'c'])], { r: ints(1300, 1300) }), 'MatMul'],
  ['Resize to 2^30', model([1, 1, 2, 2], one('Resize', ['x', '', '', 's']), { s: ints(1, 1, 2 ** 14, 2 ** 14) }), 'Resize'],
  [
    'Upsample to 10^10',
    model([1, 1, 2, 2], one('Upsample', ['x', 's']), { s: { shape: [4], data: [1, 1, 1e5, 1e5] } }, { opset: 9 }),
    'Upsample',
  ],
  [
    'Range to 2^24',
    model([1, 1], [{ op: 'Range', inputs: ['p', 'q', 'o'], outputs: ['g'] }, ...one('Add', ['x', 'g'])], {
      p: scalar(0),
      q: scalar(2 ** 24),
      o: scalar(1),
    }),
    'Range',
  ],
  [
    'Concat of itself, 40 times',
    model(
      [1, 4],
      chain(40, (from, to) => ({ op: 'Concat', inputs: [from, from], outputs: [to], attributes: { axis: 1 } })),
    ),
    'Concat',
  ],
  ['Concat of 4096 times itself', model([1, 1024], one('Concat', Array<string>(4096).fill('x'), { axis: 1 })), 'Concat'],
  [
    'Sigmoid after Sigmoid',
    model(
      [1, 2 ** 21],
      chain(40, (from, to) => ({ op: 'Sigmoid', inputs: [from], outputs: [to] })),
    ),
    'Sigmoid',
  ],
  ['a pool of 513 × 513', model([1, 1, 1024, 1024], one('AveragePool', ['x'], { kernel_shape: [513, 513] })), 'AveragePool'],
  [
    'a dilated kernel',
    model([1, 1, 4, 4], one('Conv', ['x', 'w'], { dilations: [1024, 1024], pads: [1024, 1024, 1024, 1024] }), {
      w: { shape: [64, 1, 2, 2], data: Array<number>(256).fill(0.1) },
    }),
    'Conv',
  ],
  [
    'a convolution of 2^40 products',
    model([1, 1, 2048, 2048], [fills('w'), ...one('Conv', ['x', 'w'])], { r: ints(1, 1, 1024, 1024) }),
    'Conv',
  ],
  ['Einsum of three', model([1, 512], one('Einsum', ['x', 'x', 'x'], { equation: 'ai,bj,ck->ijk' })), 'Einsum'],
  [
    '2^20 steps of an LSTM',
    model([2 ** 20, 1, 1], [{ op: 'LSTM', inputs: ['x', 'w', 'r'], outputs: ['', 'a'], attributes: { hidden_size: 1 } }, mean('a')], {
      w: { shape: [1, 4, 1], data: [1, 1, 1, 1] },
      r: { shape: [1, 4, 1], data: [1, 1, 1, 1] },
    }),
    'LSTM',
  ],
  ['CumSum over 2^20', model([1, 2 ** 20], one('CumSum', ['x', 'o']), { o: scalar(1) }), 'CumSum'],
  [
    'a transposed convolution to 10^11',
    model([1, 1, 512, 512], one('ConvTranspose', ['x', 'w'], { strides: [1000, 1000] }), {
      w: { shape: [1, 1, 2, 2], data: [1, 1, 1, 1] },
    }),
    'ConvTranspose',
  ],
  [
    'HannWindow',
    model([1, 1], [{ op: 'HannWindow', inputs: ['n'], outputs: ['h'] }, ...one('Add', ['x', 'h'])], { n: scalar(2 ** 24) }),
    'HannWindow',
  ],
  ['an input of 2^30', model([1, 2 ** 30], [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }]), 'input "x"'],
];

/** the refusal, and the processor's milliseconds until then */
function refusal(bytes: Uint8Array): { error: ZkvmError | undefined; ms: number } {
  const before = process.cpuUsage();
  let error: unknown;
  try {
    stagesOf(buildGraph(readOnnx(bytes)));
  } catch (caught) {
    error = caught;
  }
  if (error !== undefined && !(error instanceof ZkvmError)) throw error;
  const { user, system } = process.cpuUsage(before);
  return { error, ms: (user + system) / 1000 };
}

describe('a small file is refused before anything large is made', () => {
  test.each(HOSTILE)('%s', (_name, bytes, node) => {
    const { error, ms } = refusal(bytes);
    expect(error).toBeDefined();
    expect(error).toMatchObject({
      kind: expect.stringMatching(/unsupported|usage/),
      where: expect.stringContaining(node === 'Tile' && error!.where!.includes('output') ? 'output "y"' : node),
    });
    expect(['ZK0515', 'ZK0510', 'ZK0512']).toContain(error!.code);
    expect(ms).toBeLessThan(1000);
  });

  // tried again: how much a process holds depends on when it collects garbage
  test('all of them in one process of the command line take less than 300 MB', { retry: 2 }, () => {
    const folder = temporaryFolder();
    for (const [i, [, bytes]] of HOSTILE.entries()) fs.writeFileSync(folder.at(`${i}.onnx`), bytes);
    const main = path.join(import.meta.dirname, '../../../cli/main.ts');
    const script = `import { main } from ${JSON.stringify(main)};
      const quiet = { out() {}, err() {}, interactive: false, debug: false };
      const codes = [];
      for (let i = 0; i < ${HOSTILE.length}; i++)
        codes.push(await main(['compile', ${JSON.stringify(folder.at(''))} + '/' + i + '.onnx', '-o', ${JSON.stringify(folder.at('out'))}], quiet));
      console.log(JSON.stringify({ codes, bytes: process.resourceUsage().maxRSS * 1024 }));`;
    fs.writeFileSync(folder.at('all.mts'), script);
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', folder.at('all.mts')], {
      cwd: path.join(import.meta.dirname, '../../..'),
      encoding: 'utf8',
    });
    folder.remove();
    expect(stdout, stderr).not.toBe('');
    const { codes, bytes } = JSON.parse(stdout);
    for (const code of codes) expect([2, 5]).toContain(code);
    expect(bytes).toBeLessThan(300e6);
  });

  test('operators allocate through the budget only', () => {
    const folder = path.join(import.meta.dirname, '../../../compiler/operators');
    for (const name of fs.readdirSync(folder))
      expect(fs.readFileSync(path.join(folder, name), 'utf8'), name).not.toMatch(/new (Float64|Int32)Array\(|Array\.from\(\{/);
    expect(() => realsOf(-1)).toThrow(expect.objectContaining({ code: 'ZK0515' }));
    expect(() => realsOf(Number.NaN)).toThrow(expect.objectContaining({ code: 'ZK0515' }));
  });
});

describe('what a model spells out, or a machine can hold, is let through', () => {
  test('layers with more weights than the budget for small files', () => {
    const side = 2100;
    const w = { shape: [side, side], data: new Float64Array(side * side).fill(0.001) };
    const graph = buildGraph({
      ...readOnnx(
        model(
          [1, side],
          [
            { op: 'Transpose', inputs: ['w'], outputs: ['t'] },
            { op: 'MatMul', inputs: ['x', 't'], outputs: ['y'] },
          ],
          { w: { shape: [1], data: [0] } },
        ),
      ),
      initializers: new Map([['w', { ...w, kind: 'real' as const }]]),
    });
    expect(graph.constants.get('t')!.shape).toEqual([side, side]);
  });

  test('the front of a ResNet on 224 × 224 pixels', () => {
    const w = (...shape: number[]): TestTensor => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(0.01) });
    const bytes = model(
      [1, 3, 224, 224],
      [
        { op: 'Conv', inputs: ['x', 'w0'], outputs: ['a'], attributes: { strides: [2, 2], pads: [3, 3, 3, 3] } },
        { op: 'Relu', inputs: ['a'], outputs: ['b'] },
        { op: 'MaxPool', inputs: ['b'], outputs: ['c'], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
        { op: 'Conv', inputs: ['c', 'w1'], outputs: ['d'], attributes: { pads: [1, 1, 1, 1] } },
        { op: 'Add', inputs: ['c', 'd'], outputs: ['e'] },
        { op: 'Conv', inputs: ['e', 'w2'], outputs: ['f'], attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } },
        mean('f'),
      ],
      { w0: w(64, 3, 7, 7), w1: w(64, 64, 3, 3), w2: w(128, 64, 3, 3) },
    );
    expect(refusal(bytes).error).toBeUndefined();
  });

  test('a model whose RAM is much larger than its file', () => {
    const side = 1024;
    const x = { shape: [1, 1, side, side], data: Float64Array.from({ length: side * side }, (_, i) => Math.sin(i)) };
    const { program } = compileModel(model(x.shape, [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }]), { calibration: [{ x }] });
    expect(2 ** program.ramLogSize).toBeGreaterThan(4 * program.rom.length);
    expect(checkProgram(program)).toBeDefined();
  });
});
