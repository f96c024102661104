// A model as plain data to draw: of a model that was compiled, of a file, of a file without a report, and of files whose texts and numbers are hostile.
// Slow: LeNet is compiled twice, and a block of a transformer.
import { describe, expect, test } from 'vitest';
import { gpt2Block } from '../../bench/networks-onnx.ts';
import { compile, type ModelPicture, type ModelValues, pictureOf } from '../../compile.ts';
import { compileOnnx } from '../../compiler/index.ts';
import { ACTS } from '../../compiler/onnx/names.ts';
import { decodeReport, encodeReport, type StoredReport } from '../../compiler/report/stored.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { costOf } from '../../vm/estimate/cost.ts';
import { decodeZkb, encodeProgram } from '../../vm/files/zkb.ts';
import { Model } from '../../vm/library/model.ts';
import { calibrationOf, modelOf, onnxOf } from './kit.ts';

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

/** the model with another report */
async function withReport(name: string, change: (stored: StoredReport) => unknown): Promise<Model> {
  const model = await modelOf(name);
  const stored = structuredClone(decodeReport(model.report!));
  change(stored);
  return Model.load(encodeProgram(model.program, encodeReport(stored)));
}

/** what must hold of every picture, whatever is in its file */
function expectWhole(picture: ModelPicture): void {
  const { nodes, owned, cells } = picture;
  expect(sum(owned.map((one) => one.cells))).toBe(cells);
  for (const [i, node] of nodes.entries()) {
    expect(node.cells).toBe(sum(owned.filter(({ owner }) => owner === i).map((one) => one.cells)));
    for (const from of node.reads) {
      expect(Number.isInteger(from) && from >= 0 && from < i).toBe(true);
      expect(nodes[from]!.kind).not.toBe('output');
    }
  }
  for (const { owner } of owned) if (typeof owner === 'number') expect(nodes[owner]).toBeDefined();
  // plain data: what a worker sends and a page stores
  expect(structuredClone(picture)).toEqual(picture);
}

describe('a model that was compiled here', () => {
  test('is drawn with shapes, ranges, errors and values of every node, and all cells', async () => {
    let values: ModelValues | undefined;
    const model = await compile(onnxOf('lenet'), {
      calibration: calibrationOf('lenet'),
      onValues: (counted) => {
        values = counted;
      },
    });
    const picture = pictureOf(model, { values });
    expectWhole(picture);
    const cost = costOf(model.program, PROFILES.proven!);
    expect(picture).toMatchObject({ name: model.name, profile: 'proven', cells: cost.cells, proofBytes: cost.proof.bytes, samples: 20 });
    expect(picture.nodes.map(({ kind, parts, shape, reads }) => [kind, parts[0]?.operator, shape?.join('x'), reads])).toEqual([
      ['input', undefined, '1x1x28x28', []],
      ['node', 'Conv', '1x6x28x28', [0]],
      ['node', 'AveragePool', '1x6x14x14', [1]],
      ['node', 'Conv', '1x16x10x10', [2]],
      ['node', 'AveragePool', '1x16x5x5', [3]],
      ['node', 'Gemm', '1x120', [4]],
      ['node', 'Gemm', '1x84', [5]],
      ['node', 'Gemm', '1x10', [6]],
      ['output', undefined, '1x10', [7]],
    ]);
    for (const { kind, cells, error, saturated, bits, values: own } of picture.nodes) {
      expect(bits).toBeGreaterThan(0);
      if (kind === 'output') continue;
      expect(cells).toBeGreaterThan(0);
      expect(sum(own!.float)).toBe(sum(own!.integer));
      if (kind === 'node') expect([error! > 0, saturated]).toEqual([true, 0]);
    }
    expect(picture.countedSamples).toBe(values!.samples);
  });

  test('the cells that no node owns are those of tables for several nodes, of padding and of what a proof has once', async () => {
    const { owned, chips } = pictureOf(await modelOf('digits_mlp'));
    const shared = owned.filter(({ owner }) => owner === 'proof');
    const [rows, owner] = [2 ** 12, 'proof'];
    expect(shared).toEqual([
      { chip: 'running sum', owner, rows, cells: 4 * rows, lookupCells: 4 * rows },
      { chip: 'composition', owner, rows, cells: 8 * rows, lookupCells: 0 },
    ]);
    // what nodes do not own is most of a small model
    const own = sum(owned.filter(({ owner }) => typeof owner === 'number').map(({ cells }) => cells));
    expect(own).toBeLessThan(0.45 * sum(chips.map(({ cells }) => cells)));
    expect(owned.filter(({ owner }) => owner === 'padding').map(({ chip }) => chip)).toEqual(['cpu', 'mac', 'store', 'ram', 'rom', 'lut']);
  });

  test('another profile has other cells, all of them again', async () => {
    const model = await modelOf('lenet');
    const picture = pictureOf(model, { profile: 'test' });
    expectWhole(picture);
    expect(picture.cells).toBe(costOf(model.program, PROFILES.test!).cells);
  });

  test('a step of an ONNX node of several is a node of its own', () => {
    const { model, calibration } = gpt2Block(16, 32, 4);
    const { program, report } = compileOnnx(model, { calibration, activationBits: 10, acceptError: 1 });
    const picture = pictureOf(Model.load(encodeProgram(program, encodeReport({ samples: 1, report }))));
    expectWhole(picture);
    expect(picture.nodes.filter(({ kind }) => kind === 'node')).toHaveLength(report.stages.length);
    for (const [i, { rows }] of report.stages.entries()) {
      const mac = picture.owned.find(({ chip, owner }) => chip === 'mac' && owner === i + 1)?.rows ?? 0;
      expect(mac, `stage ${i}`).toBe(rows.mac);
    }
    expect(picture.notes.join()).toContain('only 1 calibration sample');
  });
});

describe('a file', () => {
  test('has what it stores, and no values', async () => {
    const picture = pictureOf(Model.load((await modelOf('lenet')).bytes()));
    expectWhole(picture);
    expect(picture.countedSamples).toBeUndefined();
    expect(picture.nodes.every(({ values }) => values === undefined)).toBe(true);
    expect(picture.nodes[1]!.shape).toEqual([1, 6, 28, 28]);
  });

  test('of an older compiler has no shapes', async () => {
    const model = await withReport('lenet', ({ report }) => {
      for (const stage of report.stages) delete stage.shape;
    });
    const picture = pictureOf(model);
    expectWhole(picture);
    expect(picture.nodes.filter(({ shape }) => shape).map(({ kind }) => kind)).toEqual(['input', 'output']);
  });

  test('without a report is drawn from what its program reads and writes, with the same cells', async () => {
    const model = await modelOf('lenet');
    const bare = pictureOf(Model.load(encodeProgram(model.program)));
    expectWhole(bare);
    const said = pictureOf(model);
    expect(bare.samples).toBeUndefined();
    expect(bare.nodes.map(({ reads }) => reads)).toEqual(said.nodes.map(({ reads }) => reads));
    expect(bare.nodes.map(({ cells }) => cells)).toEqual(said.nodes.map(({ cells }) => cells));
    expect(bare.nodes.every(({ error, shape, kind }) => error === undefined && (kind !== 'node' || shape === undefined))).toBe(true);
  });

  test('whose program has jumps is drawn too', async () => {
    const { loop } = await import('../vm/programs.ts');
    expectWhole(pictureOf(Model.load(encodeProgram(loop().program))));
  });
});

describe('a hostile report', () => {
  test.each<[string, (stored: StoredReport) => unknown]>([
    ['reads what is not there', ({ report }) => Object.assign(report.stages[2]!, { reads: [99, -99, 0.5, 1] })],
    ['reads itself and what comes later', ({ report }) => Object.assign(report.stages[2]!, { reads: [2, 3, 6] })],
    ['has an output from nowhere', ({ report }) => Object.assign(report.outputs[0]!, { from: -7 })],
    ['has fewer stages than the program', ({ report }) => void report.stages.splice(2)],
    ['has more stages than the program', ({ report }) => void report.stages.push(...structuredClone(report.stages))],
    [
      'has stages of another model',
      ({ report }) => Object.assign(report, { stages: report.stages.map((stage, i) => ({ ...stage, where: `elsewhere ${i}` })) }),
    ],
    [
      'has copies of nowhere',
      ({ report }) => Object.assign(report, { copies: [{ kind: 'move', where: 'x', elements: -1, rows: { cpu: 0, mac: 0, store: 0 } }] }),
    ],
    ['has bits of nothing', ({ report }) => Object.assign(report.stages[0]!, { lo: 5, hi: -5, magnitude: -1 })],
    ['has ten thousand axes', ({ report }) => Object.assign(report.stages[0]!, { shape: Array(10_000).fill(1) })],
  ])('%s: every cell keeps an owner, and no edge leads up or nowhere', async (_what, change) => {
    const picture = pictureOf(await withReport('lenet', change));
    expectWhole(picture);
    expect(picture.cells).toBe(pictureOf(await modelOf('lenet')).cells);
    for (const { shape } of picture.nodes) expect(shape?.length ?? 0).toBeLessThanOrEqual(16);
  });

  test('texts are cut, and characters that turn or break a line are escapes', async () => {
    const attack = `node #3 Conv "\u202eevil\u0007\n${'x'.repeat(100_000)}"`;
    const model = await withReport('lenet', ({ report }) => Object.assign(report.stages[0]!, { where: attack }));
    const { program } = decodeZkb(model.bytes());
    program.metadata.name = `\u202ename${'y'.repeat(5000)}`;
    program.slots[0]!.name = `slot\u2028${'z'.repeat(5000)}`;
    const picture = pictureOf(Model.load(encodeProgram(program, model.report!)));
    const texts = JSON.stringify(picture)
      .match(/"(?:[^"\\]|\\.)*"/g)!
      .map((text) => JSON.parse(text) as string);
    for (const text of texts) {
      expect(text.length).toBeLessThan(1000);
      expect(text.match(ACTS)).toBeNull();
    }
    expect(picture.nodes[1]!.name).toContain('\\u202eevil\\x07\\n');
    expect(picture.name).toMatch(/^\\u202ename/);
  });
});
