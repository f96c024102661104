// The WebGPU backend against the reference: every operation on random and edge values, whole proofs byte for byte, memory, process
// end. It runs on any adapter, software ones too (Mesa's lavapipe in continuous integration); without one, the same file checks that
// opening fails with the documented error. Caveat: a software driver compiles the chips' kernels for a minute.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { circuitOf } from '../../air/machine.ts';
import { verify } from '../../air/verify.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Backend, Block, Circuit } from '../../fri/backend/seam.ts';
import { pointFromParameter } from '../../fri/core/circle.ts';
import type { Digest } from '../../fri/core/digest.ts';
import { P } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import type { DeepBatch } from '../../fri/pcs/deep.ts';
import { ProofReader } from '../../fri/pcs/stream.ts';
import { type WebgpuBackend, webgpuBackend } from '../../gpu/webgpu/backend.ts';
import { describeAdapter } from '../../gpu/webgpu/device.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { random, toyMachine } from '../air/toy.ts';
import { withAdapter } from './adapter.ts';
import { randomColumn } from './tiers.ts';
import { toyProof } from './toy-proof.ts';

const SLOW = 1_200_000;
const law = jsBackend();
const next = random(29);
const felt = (): QM31 => [next(), next(), next(), next()];
const felts = (count: number): QM31[] => Array.from({ length: count }, felt);
const columns = (count: number, logSize: number): Uint32Array[] => Array.from({ length: count }, () => randomColumn(next, logSize));

await withAdapter(onAdapter);

function onAdapter(gpu: WebgpuBackend): void {
  let small: WebgpuBackend; // blocks in several buffers, kernels in many parts
  beforeAll(async () => {
    small = await webgpuBackend({ allowSoftware: true, largestBuffer: 2 ** 18, kernelWeight: 1500 });
  });
  afterAll(async () => {
    await small.destroy();
    await gpu.destroy();
  });

  /** values of a block of either backend */
  const values = async (backend: Backend, block: Block): Promise<Uint32Array[]> =>
    'download' in backend ? (backend as WebgpuBackend).download(block) : (block as unknown as { values: Uint32Array[] }).values;

  /** the same operations on the reference and on the device */
  const both = async <T>(backend: Backend, work: (b: Backend) => Promise<T>): Promise<{ expected: T; got: T }> => ({
    expected: await work(law),
    got: await work(backend),
  });

  const committed = async (b: Backend, list: readonly { rows: Uint32Array[]; logSize: number }[], logBlowup: number): Promise<Block[]> => {
    const blocks: Block[] = [];
    for (const { rows, logSize } of list) {
      const uploaded = await b.upload(rows, logSize);
      const coefficients = await b.interpolate(uploaded);
      blocks.push(await b.extend(coefficients, logBlowup));
      b.free(uploaded, coefficients);
    }
    return blocks;
  };

  test('a software adapter is refused unless it was asked for', async () => {
    const outcome = await webgpuBackend().then(
      (backend) => backend.destroy().then(() => 'opened'),
      (error: unknown) => error,
    );
    if (gpu.adapter.software) expect(outcome).toMatchObject({ kind: 'backend', code: 'ZK0602', exitCode: 6 });
    else expect(outcome).toBe('opened');
  });

  test('the adapter can be described without opening a device', async () => {
    expect(await describeAdapter()).toEqual(gpu.adapter);
  });

  describe('transforms', () => {
    test.each([
      [1, 1, [0, 1, 4]],
      [2, 3, [0, 1, 4]],
      [3, 5, [0, 1, 4]],
      [4, 7, [0, 1, 4]],
      [5, 2, [1, 4]],
      [7, 17, [1]],
      [11, 3, [1, 2]],
      [12, 1, [1, 4]],
      [13, 3, [0, 1]],
      [14, 2, [1]],
      [16, 3, [1]],
    ])('rows of log size %i, %i columns: coefficients, and values at log blowups %j', async (logSize, count, blowups) => {
      const rows = columns(count, logSize);
      const { expected, got } = await both(gpu, async (b) => {
        const uploaded = await b.upload(rows, logSize);
        const coefficients = await b.interpolate(uploaded);
        const seen = [await values(b, coefficients)];
        for (const logBlowup of blowups) {
          const extended = await b.extend(coefficients, logBlowup);
          seen.push(await values(b, extended));
          b.free(extended);
        }
        b.free(uploaded, coefficients);
        return seen;
      });
      expect(got).toEqual(expected);
    });

    test('columns of 0, 1 and P - 1 alone', async () => {
      const rows = [0, 1, P - 1].map((value) => new Uint32Array(2 ** 6).fill(value));
      const { expected, got } = await both(gpu, async (b) => values(b, (await committed(b, [{ rows, logSize: 6 }], 1))[0]!));
      expect(got).toEqual(expected);
    });

    test('a block in several buffers', async () => {
      const rows = columns(23, 11);
      const { expected, got } = await both(small, async (b) => {
        const [block] = await committed(b, [{ rows, logSize: 11 }], 1);
        const seen = await values(b, block!);
        b.free(block);
        return seen;
      });
      expect(got).toEqual(expected);
    });

    test('a column that no buffer holds is refused with the documented error', async () => {
      await expect(small.upload(columns(1, 15), 15)).rejects.toMatchObject({ kind: 'backend', code: 'ZK0606', exitCode: 6 });
    });
  });

  describe('trees', () => {
    test.each([
      ['one column', [[1, 4]], 0],
      ['16 columns', [[16, 5]], 1],
      ['17 columns', [[17, 5]], 1],
      [
        'rising heights',
        [
          [1, 3],
          [5, 4],
          [11, 4],
          [18, 6],
          [2, 11],
        ],
        1,
      ],
      [
        'a full block before the height grows',
        [
          [16, 3],
          [16, 5],
          [1, 7],
        ],
        1,
      ],
      [
        'heights far apart',
        [
          [3, 1],
          [40, 2],
          [7, 12],
        ],
        4,
      ],
    ] as [string, [number, number][], number][])('%s: root and openings', async (_name, shape, logBlowup) => {
      const list = shape.map(([count, logSize]) => ({ rows: columns(count, logSize), logSize }));
      for (const backend of [gpu, small].slice(0, logBlowup === 4 ? 1 : 2)) {
        const { expected, got } = await both(backend, async (b) => {
          const blocks = await committed(b, list, logBlowup);
          const tree = await b.commit(blocks);
          const at = [...new Set([0, 1, next() % 2 ** tree.height, 2 ** tree.height - 1])].sort((x, y) => x - y);
          const fixed = at.filter((p) => p < 2 || p === 2 ** tree.height - 1);
          const opening = await b.open(tree, fixed);
          b.free(tree, ...blocks);
          return { root: tree.root, height: tree.height, opening };
        });
        expect(got).toEqual(expected);
      }
    });

    test('one changed cell changes the root', async () => {
      const rows = columns(3, 6);
      const root = async (): Promise<Digest> => {
        const [block] = await committed(gpu, [{ rows, logSize: 6 }], 1);
        const tree = await gpu.commit([block!]);
        gpu.free(tree, block);
        return tree.root;
      };
      const before = await root();
      rows[1]![5] = (rows[1]![5]! + 1) % P;
      expect(await root()).not.toEqual(before);
    });
  });

  test.each([
    [
      6,
      [
        [3, 6],
        [1, 4],
        [9, 1],
      ],
    ],
    [
      13,
      [
        [5, 13],
        [2, 6],
      ],
    ],
    [
      14,
      [
        [1, 2],
        [3, 14],
      ],
    ],
  ] as [number, [number, number][]][])('samples at largest log size %i, blocks %j', async (logSize, shape) => {
    const list = shape.map(([count, size]) => ({ rows: columns(count, size), size }));
    const point = pointFromParameter(felt());
    const { expected, got } = await both(gpu, async (b) => {
      const blocks: Block[] = [];
      for (const { rows, size } of list) {
        const uploaded = await b.upload(rows, size);
        blocks.push(await b.interpolate(uploaded));
        b.free(uploaded);
      }
      const samples = await b.sample(blocks, logSize, point);
      const lists = list.map(({ rows }) => rows.map((_, c) => c).filter((c) => c % 2 === 0));
      const some = await b.sample(blocks, logSize, point, lists);
      b.free(...blocks);
      return { samples, some: lists.map((l, i) => l.map((c) => Q.at(some[i]!, c))) };
    });
    expect(got).toEqual(expected);
  });

  test('DEEP quotient, FRI trees, folds by 8, 4 and 2, openings, last values', async () => {
    const list = [
      { rows: columns(2, 5), logSize: 5 },
      { rows: columns(7, 8), logSize: 8 },
      { rows: columns(3, 11), logSize: 11 },
    ];
    const batch = (terms: [number, number[]][]): DeepBatch => {
      const [A, B, m, px, py] = felts(5) as [QM31, QM31, QM31, QM31, QM31];
      const complex = ([a, b]: QM31): QM31 => [a, b, 0, 0];
      return {
        terms: terms.map(([block, c]) => ({ block, columns: c, powers: Q.toWords(felts(c.length)) })),
        A,
        B,
        m: complex(m),
        px: complex(px),
        py: complex(py),
      };
    };
    const batches = [
      batch([
        [0, [0, 1]],
        [1, [0, 1, 2, 3, 4, 5, 6]],
        [2, [0, 1, 2]],
      ]),
      batch([
        [1, [2, 6]],
        [2, [1]],
      ]),
      batch([[0, [1]]]),
    ];
    const alphas = felts(3);
    const { expected, got } = await both(gpu, async (b) => {
      const blocks = await committed(b, list, 1);
      let layer = await b.deep(blocks, batches, 12);
      const seen: unknown[] = [await b.read(layer)];
      for (const [i, foldLog] of [3, 2, 1].entries()) {
        const tree = await b.commitLayer(layer, foldLog);
        const cosets = [0, 3, 2 ** tree.height - 1];
        const opening = await b.openLayer(tree, layer, cosets, new Set([1, 3 * 2 ** foldLog]));
        const folded = await b.fold(layer, foldLog, i === 0, alphas[i]!);
        seen.push(tree.root, opening, await b.read(folded));
        b.free(tree, layer);
        layer = folded;
      }
      b.free(layer, ...blocks);
      return seen;
    });
    expect(got).toEqual(expected);
  });

  test.each([0, 1, 7, 12, 13, 15])('the smallest nonce of %i bits', async (bits) => {
    for (let i = 0; i < 3; i++) {
      const digest = Uint32Array.from({ length: 8 }, () => next() * 2 + 1) as Digest;
      expect(await gpu.grind(digest, bits)).toEqual(await law.grind(digest, bits));
    }
  });

  describe('circuits', () => {
    /** interaction columns, running sum and composition of random columns: what is checked is arithmetic, not honesty */
    const run = async (
      b: Backend,
      circuit: Circuit,
      logSize: number,
      cells: { preprocessed: Uint32Array[]; base: Uint32Array[] },
      parameters: QM31[],
      powers: QM31[],
    ) => {
      const largest = Math.max(6, logSize);
      const preprocessed = cells.preprocessed.length ? await b.upload(cells.preprocessed, logSize) : undefined;
      const base = await b.upload(cells.base, logSize);
      const rows = await b.interaction({ circuit, logSize, preprocessed, base, parameters });
      const steps = await b.addSteps(rows, largest, await b.addSteps(rows, largest));
      const sum = await (await b.runningSum(steps))();
      const coefficients = {
        preprocessed: preprocessed && (await b.interpolate(preprocessed)),
        base: await b.interpolate(base),
        interaction: await b.interpolate(rows),
      };
      const composition = await b.composition([{ circuit, logSize, ...coefficients, parameters, powers }], largest);
      const seen = { sum, running: await values(b, steps), rows: await values(b, rows), composition: await values(b, composition) };
      b.free(preprocessed, base, rows, steps, coefficients.preprocessed, coefficients.base, coefficients.interaction, composition);
      return seen;
    };
    const chips = [...MACHINE.components, ...toyMachine.components].map((component) => ({
      name: component.name,
      circuit: circuitOf(component),
    }));
    /** padding on both ends: no register is carried from the last row to the first, which is a bug of the fill */
    const padded = (list: Uint32Array[]): Uint32Array[] => {
      for (const column of list) column[0] = column[column.length - 1] = 0;
      return list;
    };
    const inputs = (circuit: Circuit, logSize: number) => ({
      cells: { preprocessed: columns(circuit.preprocessedColumns, logSize), base: padded(columns(circuit.baseColumns, logSize)) },
      parameters: circuit.graph.parameters.map(({ name }): QM31 => (name === 'base' || name === 'rows' ? [next(), 0, 0, 0] : felt())),
      powers: felts(circuit.constraints.length),
    });

    test.each(chips)('$name: interaction columns, running sum, composition', { timeout: SLOW }, async ({ circuit }) => {
      for (const logSize of [1, 5, 8]) {
        const { cells, parameters, powers } = inputs(circuit, logSize);
        const { expected, got } = await both(gpu, (b) => run(b, circuit, logSize, cells, parameters, powers));
        expect(got).toEqual(expected);
      }
    });

    test('scans over several workgroups: user and votes with 2^13 rows', { timeout: SLOW }, async () => {
      for (const { circuit } of chips.filter(({ name }) => name === 'user' || name === 'votes')) {
        const { cells, parameters, powers } = inputs(circuit, 13);
        const { expected, got } = await both(gpu, (b) => run(b, circuit, 13, cells, parameters, powers));
        expect(got).toEqual(expected);
      }
    });

    test('kernels in many parts, columns in several buffers', { timeout: SLOW }, async () => {
      const { circuit } = chips.find(({ name }) => name === 'ram')!;
      const { cells, parameters, powers } = inputs(circuit, 12);
      const { expected, got } = await both(small, (b) => run(b, circuit, 12, cells, parameters, powers));
      expect(got).toEqual(expected);
    });

    test('two instances of one height and one of another share a composition', { timeout: SLOW }, async () => {
      const instances = [
        ['votes', 4],
        ['user', 6],
        ['votes', 6],
      ].map(([name, logSize]) => {
        const { circuit } = chips.find((chip) => chip.name === name)!;
        return {
          circuit,
          logSize: logSize as number,
          ...inputs(circuit, logSize as number),
          interaction: columns(4 * (circuit.registers.length + circuit.sums.length), logSize as number),
        };
      });
      const { expected, got } = await both(gpu, async (b) => {
        const list = [];
        for (const { circuit, logSize, cells, interaction, parameters, powers } of instances) {
          const up = (c: Uint32Array[]) => b.upload(c, logSize).then((block) => b.interpolate(block));
          const preprocessed = cells.preprocessed.length ? await up(cells.preprocessed) : undefined;
          list.push({ circuit, logSize, preprocessed, base: await up(cells.base), interaction: await up(interaction), parameters, powers });
        }
        return values(b, await b.composition(list, 7));
      });
      expect(got).toEqual(expected);
    });

    test('a register whose first row goes on from its last one is a bug, as by the reference', async () => {
      for (const { circuit } of chips.filter((chip) => chip.circuit.registers.length)) {
        const { parameters } = inputs(circuit, 5);
        const cells = columns(circuit.baseColumns, 5);
        for (const b of [law, gpu]) {
          const base = await b.upload(cells, 5);
          await expect(b.interaction({ circuit, logSize: 5, preprocessed: undefined, base, parameters })).rejects.toThrow(
            /ZK0001: .*depends on its last one/,
          );
          b.free(base);
        }
      }
    });

    test('a zero denominator is rejected as by the reference', async () => {
      const { circuit } = chips.find(({ name }) => name === 'votes')!; // denominator z - 2
      const parameters = circuit.graph.parameters.map(({ name }): QM31 => (name === 'z' ? [2, 0, 0, 0] : felt()));
      for (const b of [law, gpu]) {
        const base = await b.upload(columns(1, 4), 4);
        await expect(b.interaction({ circuit, logSize: 4, preprocessed: undefined, base, parameters })).rejects.toMatchObject({
          code: 'ZK0150',
        });
        b.free(base);
      }
    });
  });

  describe('proofs', () => {
    test.each([
      [[4, 6, 8], 1],
      [[8, 6, 4], 1],
      [[6, 6, 6], 1],
      [[2, 1, 6], 1],
      [[11, 6, 4], 1],
      [[4, 13, 13], 1],
      [[5, 7, 9], 4],
    ] as const)('of heights %j at log blowup %i have the bytes of the reference and are accepted', async (logSizes, logBlowup) => {
      const { expected, got } = await both(gpu, (b) => toyProof(b, logSizes, logBlowup));
      expect(got.words).toEqual(expected.words);
      verify(expected.request, new ProofReader(got.words));
    });

    test('of another input differ', async () => {
      expect((await toyProof(gpu, [4, 6, 8], 1, 4)).words).not.toEqual((await toyProof(gpu, [4, 6, 8], 1, 3)).words);
    });

    test('fifty in a row give back all memory; few round trips each', async () => {
      await toyProof(gpu, [4, 6, 8], 1);
      const { deviceBytes, idleBytes, roundTrips } = gpu;
      for (let i = 0; i < 50; i++) await toyProof(gpu, [4, 6, 8], 1);
      expect(gpu.deviceBytes).toBe(deviceBytes);
      expect(gpu.idleBytes).toBe(idleBytes);
      expect((gpu.roundTrips - roundTrips) / 50).toBeLessThanOrEqual(15);
    });

    test('memory that is given back twice, or used afterwards, is an error', async () => {
      const block = await gpu.upload(columns(1, 4), 4);
      gpu.free(block);
      expect(() => gpu.free(block)).toThrow('freed twice');
      await expect(gpu.interpolate(block)).rejects.toThrow('freed block');
    });
  });

  test('a process that proves and leaves without closing ends with exit code 0', () => {
    const script = `import { webgpuBackend } from './gpu/webgpu/backend.ts';
      const backend = await webgpuBackend({ allowSoftware: true });
      await backend.commit([await backend.upload([new Uint32Array(64).fill(7)], 6)]);
      console.log('committed');`;
    const root = path.join(import.meta.dirname, '../..');
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { status, stdout, signal } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 120_000 });
    expect({ status, signal, stdout: stdout.trim() }).toEqual({ status: 0, signal: null, stdout: 'committed' });
  });

  test('a lost device is a backend error', async () => {
    const other = await webgpuBackend({ allowSoftware: true });
    await other.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(other.grind(new Uint32Array(8) as Digest, 14)).rejects.toMatchObject({ kind: 'backend', code: 'ZK0604' });
  });
}
