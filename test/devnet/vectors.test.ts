// The Cairo parts compute what the TypeScript parts compute: random arguments from a fixed seed, and the largest ones that fit.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { interactionColumns } from '../../air/component.ts';
import { type Instance, shapesOf } from '../../air/machine.ts';
import { buildClass, VECTOR_CLASS } from '../../contracts/class/compile.ts';
import { chainQueries } from '../../contracts/class/security.ts';
import { type Chain, connect, deploy, view } from '../../contracts/client/chain.ts';
import { evaluateAtPoint, parameterValues, reachable } from '../../fri/backend/graph.ts';
import { hash, PURPOSE } from '../../fri/core/blake2s.ts';
import { Channel } from '../../fri/core/channel.ts';
import { indexAt, lift, pointAt, pointFromParameter, vanishing } from '../../fri/core/circle.ts';
import { digestToFelt, leafDigest } from '../../fri/core/digest.ts';
import { evaluateLine } from '../../fri/core/fft.ts';
import * as M31 from '../../fri/core/m31.ts';
import { buildTree, rootOf, witnesses } from '../../fri/core/merkle.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { grind } from '../../fri/core/work.ts';
import { deepConstants, deepValues } from '../../fri/pcs/deep.ts';
import { foldCosets } from '../../fri/pcs/fold.ts';
import { batchesOf, batchSampleCount, distinct, layoutOf, sampleCount } from '../../fri/pcs/layout.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { ProofWriter, toCalldata } from '../../fri/pcs/stream.ts';
import { instanceOf, MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { times } from '../times.ts';
import { firstAccount } from './accounts.ts';
import { network } from './network.ts';

const { P } = M31;
/** the field of Cairo */
const FELT_PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n;
/** Random numbers of a linear congruential generator with a fixed seed. */
function generator(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 33n) % P;
  };
}
const random = generator(5);
const TYPES = MACHINE.components.length;
/** of the largest instance of a shard */
const LEAST = PROFILES.chain.minLogSize;
const randomQ = (): QM31 => [random(), random(), random(), random()];
const LARGEST: QM31 = [P - 1, P - 1, P - 1, P - 1];
const big = (numbers: Iterable<number>): bigint[] => Array.from(numbers, BigInt);

describe('shared vectors', () => {
  describe('queries of several shards', () => {
    const each = (logSize: number): Instance[] => MACHINE.components.map((_, type) => instanceOf(type, logSize));
    const macs = (logSize: number, count = 1): Instance[] => Array.from({ length: count }, () => instanceOf(TYPE.mac, logSize));
    const asked = (shards: readonly Instance[][], terms: number): Promise<bigint[]> =>
      cairo(40, big([terms, ...shards.flatMap((own) => [own.length, ...own.flatMap((i) => [i.type, i.logSize, i.base, i.page ?? 0])])]));
    const several = (count: number, own: Instance[]): Instance[][] => Array<Instance[]>(count).fill(own);
    test.each<[string, Instance[][], number]>([
      ['two', [each(12), macs(8)], 3],
      ['four', several(4, each(10)), 1000],
      ['eight', several(8, each(13)), 1],
      ['sixteen, of 2^16 rows', several(16, each(16)), 60_000],
      ['sixty-four', several(64, macs(9, 2)), 12],
      ['six, one of them high', [...several(5, macs(10)), each(20)], 40_000],
    ])('%s', async (_what, shards, terms) => {
      const [queries, ...element] = await asked(shards, terms);
      expect(queries).toBe(BigInt(chainQueries(shards, terms)!));
      expect(element).toEqual(big([terms, 1, P - 1, 5]));
    });

    test('any shards: as many as TypeScript counts', async () => {
      const shard = fc.array(fc.tuple(fc.nat(TYPES - 1), fc.integer({ min: LEAST, max: 20 })), { minLength: 1, maxLength: 8 });
      const property = fc.asyncProperty(
        fc.array(shard, { minLength: 2, maxLength: 24 }),
        fc.integer({ min: 1, max: 100_000 }),
        async (lists, terms) => {
          const shards = lists.map((list) => list.map(([type, logSize]) => instanceOf(type, logSize)));
          const queries = chainQueries(shards, terms);
          fc.pre(queries !== undefined);
          expect((await asked(shards, terms))[0]).toBe(BigInt(queries!));
        },
      );
      await fc.assert(property, { numRuns: times(40) });
    });

    test('too little security, and too many fractions', async () => {
      await expect(asked(several(64, [instanceOf(TYPE.lut, 20)]), 1)).rejects.toMatchObject({ code: 'ZK0131' });
      await expect(asked(several(2, Array<Instance>(32).fill(instanceOf(TYPE.store, 20))), 1)).rejects.toMatchObject({ code: 'ZK0351' });
    });
  });

  let chain: Chain;
  let contract: bigint;

  beforeAll(async () => {
    const url = network().url;
    chain = await connect(`${url}/rpc`, await firstAccount(url));
    contract = (await deploy(chain, await buildClass('vectors', VECTOR_CLASS))).address;
  });

  /** what the contract computes; the first felt is the length */
  async function cairo(kind: number, data: readonly bigint[]): Promise<bigint[]> {
    const calldata = [BigInt(kind), BigInt(data.length), ...data];
    return (await view(chain, { contract, entrypoint: 'run', calldata })).slice(1);
  }

  test('M31: products and inverses', async () => {
    for (const [x, y] of [
      [random(), random()],
      [P - 1, P - 1],
      [1, P - 1],
      [2, 3],
    ] as const)
      expect(await cairo(1, big([x, y]))).toEqual(big([M31.mul(x, y), M31.inverse(x), M31.inverse(x), M31.inverse(y)]));
  });

  test('the inverse of zero is refused', async () => {
    await expect(cairo(1, [0n, 1n])).rejects.toThrow('ZK0140');
  });

  test('QM31: products, inverses, sums; columns from coordinates', async () => {
    for (const [x, y] of [
      [randomQ(), randomQ()],
      [LARGEST, LARGEST],
      [Q.ONE, randomQ()],
    ] as const) {
      const sum = Q.add(Q.add(x, y), Q.scale(x, 5));
      expect(await cairo(2, big([...x, ...y]))).toEqual(big([...Q.mul(x, y), ...Q.inverse(x), ...sum]));
    }
    for (const make of [randomQ, () => LARGEST]) {
      const parts = [make(), make(), make(), make()];
      const units: QM31[] = [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ];
      const whole = parts.reduce((total, part, i) => Q.add(total, Q.mul(part, units[i]!)), Q.ZERO);
      expect(await cairo(3, big(parts.flat()))).toEqual(big(whole));
    }
  });

  test.each([0, 1, 2, 4, 7, 8, 11, 15, 16, 17, 22, 28, 225, 226])(
    'Blake2s of %i words, every purpose that the verifier uses',
    async (count) => {
      const words = Array.from({ length: count }, () => (random() * 2 + 1) >>> 0);
      for (const purpose of [
        PURPOSE.LEAF,
        PURPOSE.NODE,
        PURPOSE.CHAIN,
        PURPOSE.DRAW,
        PURPOSE.WORK,
        PURPOSE.MODEL,
        PURPOSE.STATEMENT,
        PURPOSE.INPUTS,
      ])
        expect(await cairo(10, big([purpose, ...words]))).toEqual(big(hash(purpose, words)));
    },
  );

  test('transcript: absorb, draws, proof of work, positions', async () => {
    for (const bits of [10, 24]) {
      const words = Array.from({ length: 37 }, random);
      const channel = new Channel();
      channel.absorb(7, words);
      const drawn = [channel.drawFelt(), channel.drawFelt()];
      const nonce = grind(channel.digest, 4);
      channel.verifyWork(21, 4, nonce, 'test');
      const positions = channel.drawPositions(PROFILES.chain.queries, bits);
      const felt = BigInt(nonce[0]) + (BigInt(nonce[1]) << 32n);
      expect(await cairo(11, [7n, BigInt(bits), felt, ...big(words)])).toEqual(big([...drawn.flat(), ...positions]));
      await expect(cairo(11, [7n, BigInt(bits), felt + 1n, ...big(words)])).rejects.toThrow('ZK0107');
      await expect(cairo(11, [7n, BigInt(bits), 2n ** 64n, ...big(words)])).rejects.toThrow('ZK0103');
    }
  });

  test('multiproofs at random positions; a witness too few is missed', async () => {
    const height = 9;
    const leaves = new Uint32Array(8 * 2 ** height);
    for (let i = 0; i < 2 ** height; i++) leaves.set(leafDigest([i, random()]), 8 * i);
    const layers = buildTree(leaves);
    for (const count of [1, 2, 19, 60]) {
      const positions = distinct(Array.from({ length: count }, () => random() % 2 ** height));
      const known = positions.map((p) => digestToFelt(leaves.slice(8 * p, 8 * p + 8)));
      const siblings = witnesses(layers, positions);
      const path = Array.from({ length: siblings.length / 8 }, (_, i) => digestToFelt(siblings.subarray(8 * i, 8 * i + 8)));
      const data = [...big([height, positions.length, ...positions]), ...known, ...path];
      expect(await cairo(12, data)).toEqual([digestToFelt(rootOf(layers)), 0n]);
      await expect(cairo(12, data.slice(0, -1))).rejects.toThrow('ZK0104');
      const forged = [...data];
      forged[data.length - 1] = 2n ** 248n;
      await expect(cairo(12, forged)).rejects.toThrow('ZK0102');
    }
  });

  test('groups of packed elements; p, a set bit above 2^248 and unused places are refused', async () => {
    for (const count of [1, 7, 8, 9, 16, 21, 32, 71]) {
      const words = Array.from({ length: count }, (_, i) => (i % 3 === 0 ? P - 1 : random()));
      const writer = new ProofWriter();
      writer.felts('group', words);
      const felts = toCalldata(writer);
      expect(await cairo(13, [BigInt(count), ...felts])).toEqual(big(words));
      const last = felts.length - 1;
      const forge = (change: (felt: bigint) => bigint): bigint[] => [BigInt(count), ...felts.slice(0, last), change(felts[last]!)];
      await expect(
        cairo(
          13,
          forge((felt) => felt | (1n << 248n)),
        ),
      ).rejects.toThrow('ZK0101');
      await expect(
        cairo(
          13,
          forge((felt) => felt | BigInt(P)),
        ),
      ).rejects.toThrow('ZK0101');
      if (count % 8)
        await expect(
          cairo(
            13,
            forge((felt) => felt | (1n << (31n * BigInt(count % 8)))),
          ),
        ).rejects.toThrow('ZK0106');
      await expect(cairo(13, [BigInt(count + 8), ...felts])).rejects.toThrow('ZK0104');
    }
  });

  test('lifted positions and their indices', async () => {
    for (const [from, to] of [
      [10, 10],
      [10, 9],
      [12, 5],
      [12, 1],
    ] as const) {
      const positions = distinct(Array.from({ length: 19 }, () => random() % 2 ** from));
      const each = positions.map((p) => lift(p, from, to));
      const lifted = distinct(each);
      expect(await cairo(14, big([from, to, ...positions]))).toEqual(big([...lifted, ...each.map((p) => lifted.indexOf(p))]));
    }
  });

  test('domain points, out-of-domain points, vanishing polynomial', async () => {
    for (const logSize of [8, 17, 24])
      for (const position of [0, 1, 2, 3, 4, random() % 2 ** logSize, 2 ** logSize - 1])
        expect(await cairo(20, big([logSize, position]))).toEqual(big(pointAt(indexAt(logSize, position))));
    const t = randomQ();
    const point = pointFromParameter(t);
    expect(await cairo(21, big([...t, 13]))).toEqual(big([...point[0], ...point[1], ...vanishing(point, 13)]));
  });

  test('i as a parameter names no point', async () => {
    await expect(cairo(21, big([0, 1, 0, 0, 8]))).rejects.toThrow('ZK0110');
  });

  test.each([
    [true, 3],
    [false, 1],
    [false, 2],
    [false, 3],
  ])('folds of whole cosets, on the circle %s, by 2^%i, found from any of their positions', async (circle, fold) => {
    const size = 2 ** fold;
    for (const logSize of [9, 20])
      for (let offset = 0; offset < size; offset++) {
        const coset = random() % 2 ** (logSize - fold);
        const alpha = randomQ();
        const values = Array.from({ length: size }, () => (offset === 0 ? LARGEST : randomQ()));
        const data = big([logSize, fold, circle ? 1 : 0, coset * size + offset, ...alpha, ...values.flat()]);
        expect(await cairo(22, data)).toEqual(big([...foldCosets(Q.toWords(values), [coset], logSize, circle, alpha, fold)]));
      }
  });

  test('the last layer', async () => {
    const coefficients = Array.from({ length: 32 }, (_, i) => (i % 2 ? randomQ() : LARGEST));
    for (const x of [random(), P - 1])
      expect(await cairo(23, big([x, ...coefficients.flat()]))).toEqual(big(evaluateLine(coefficients, x)));
  });

  test('packed coordinates come out modulo p up to the bound on either side', async () => {
    const most = 2n ** 112n - 1n;
    const modP = (v: bigint): bigint => ((v % BigInt(P)) + BigInt(P)) % BigInt(P);
    const pack = (a: bigint, b: bigint): bigint => (a + (b << 128n) + FELT_PRIME) % FELT_PRIME;
    for (const [a, b, c, d] of [
      [most, most, most, most],
      [-most, -most, -most, -most],
      [-most, most, most, -most],
      [0n, -1n, BigInt(P), -BigInt(P)],
      [-1n, 0n, 2n ** 64n, -(2n ** 98n)],
    ] as const)
      expect(await cairo(25, [pack(a, b), pack(c, d)])).toEqual([a, b, c, d].map(modP));
  });

  test('products through a packed factor', async () => {
    for (const [x, y] of [
      [randomQ(), randomQ()],
      [LARGEST, LARGEST],
      [LARGEST, randomQ()],
      [[0, 0, P - 1, 0] as QM31, [0, 0, 0, P - 1] as QM31],
      [[0, 0, 0, P - 1] as QM31, LARGEST],
    ] as const)
      expect(await cairo(26, big([...x, ...y]))).toEqual(big(Q.mul(x, y)));
  });

  test.each([1, 2, 3, 8, 13, 16, 31, 379, 8000])('DEEP quotients of %i columns', async (count) => {
    for (const make of count < 1000 ? [randomQ, () => LARGEST] : [() => LARGEST]) {
      const t = randomQ();
      const delta = randomQ();
      const [logSize, position] = [22, random() % 2 ** 22];
      const samples = Array.from({ length: count }, make);
      const cells = Array.from({ length: count }, () => make()[0]);
      const columns = cells.map((_, i) => i);
      const batches = deepConstants(
        [{ point: pointFromParameter(t), terms: [{ block: 0, columns }], samples: columns }],
        Q.toWords(samples),
        delta,
      );
      const [x, y] = pointAt(indexAt(logSize, position));
      const value = deepValues(batches, [Uint32Array.of(x), Uint32Array.of(y)], Uint32Array.from(cells), [0]);
      expect(await cairo(24, big([...t, ...delta, logSize, position, count, ...samples.flat(), ...cells]))).toEqual(big([...value]));
    }
  });

  describe('layer 0 of a shard: every batch has its columns, samples and powers', () => {
    /** what both compute at one position from random samples and cells */
    async function compare(instances: readonly Instance[], make: () => QM31): Promise<[bigint[], bigint[]]> {
      const layout = layoutOf(shapesOf(MACHINE, instances));
      const [t, delta] = [make(), make()];
      const domain = layout.logSize + PROFILES.chain.logBlowup;
      const position = random() % 2 ** domain;
      const samples = Array.from({ length: sampleCount(layout) }, make);
      const cells = Array.from({ length: layout.columns }, () => make()[0]);
      const batches = deepConstants(batchesOf(layout, pointFromParameter(t)), Q.toWords(samples), delta);
      const [x, y] = pointAt(indexAt(domain, position));
      const firsts = layout.blocks.map(({ first }) => first);
      const value = deepValues(batches, [Uint32Array.of(x), Uint32Array.of(y)], Uint32Array.from(cells), firsts);
      const listed = instances.flatMap(({ type, logSize, base, page = 0 }) => [type, logSize, base, page]);
      const data = [instances.length, listed, t, delta, position, samples.flat(), cells].flat();
      return [await cairo(50, big(data)), big([batchSampleCount(layout), ...value])];
    }
    /** as a shard has them: ascending by type, one page of the model or more */
    const listOf = (kinds: readonly (readonly [number, number])[]): Instance[] =>
      [...kinds].sort(([a], [b]) => a - b).map(([type, logSize]) => ({ ...instanceOf(type, logSize), page: type >= TYPE.rom ? type : 0 }));

    test.each<[string, [number, number][]]>([
      ['every chip once', [8, 9, 10, 11, 12, 13, 7].map((logSize, type): [number, number] => [type, logSize])],
      ['one chip', [[TYPE.mac, 9]]],
      [
        'a tall chip that the model fixes above all others',
        [
          [TYPE.cpu, 6],
          [TYPE.mac, 1],
          [TYPE.store, 6],
          [TYPE.rom, 14],
        ],
      ],
      [
        'chips that are all as high',
        [
          [TYPE.cpu, 8],
          [TYPE.mac, 8],
          [TYPE.mac, 8],
          [TYPE.store, 8],
        ],
      ],
      [
        'several of a chip at a height and at others',
        [10, 8, 9, 9, 10, 8].map((k, i): [number, number] => [i < 3 ? TYPE.mac : TYPE.store, k]),
      ],
      [
        'two rows',
        [
          [TYPE.cpu, LEAST],
          [TYPE.mac, 1],
          [TYPE.mac, 1],
          [TYPE.store, 1],
          [TYPE.store, 1],
        ],
      ],
    ])('%s', async (_, kinds) => {
      const [computed, expected] = await compare(listOf(kinds), randomQ);
      expect(computed).toEqual(expected);
    });

    test('any list of instances', async () => {
      const kinds = fc.array(fc.tuple(fc.nat(TYPES - 1), fc.oneof(fc.constantFrom(1, 2, 3), fc.integer({ min: 1, max: 16 }))), {
        minLength: 1,
        maxLength: 10,
      });
      const property = fc.asyncProperty(kinds, async (list) => {
        const [computed, expected] = await compare(listOf([...list, [TYPE.mac, LEAST]]), randomQ);
        expect(computed).toEqual(expected);
      });
      await fc.assert(property, { numRuns: times(25) });
    });

    test('the largest coordinates everywhere', async () => {
      const [computed, expected] = await compare(
        listOf([8, 9, 10, 9, 8, 12, 9].map((k, type): [number, number] => [type, k])),
        () => LARGEST,
      );
      expect(computed).toEqual(expected);
    });
  });

  describe('all constraints at random samples', () => {
    const { components } = MACHINE;
    const widths = components.map((c) => [c.preprocessed.length, c.base.length, 4 * interactionColumns(c)] as const);

    /** Σ c^i C_i from a lookup of samples, as air/verify.ts does it */
    const compare = (logs: readonly number[], make: () => QM31, forge?: (samples: QM31[]) => void): Promise<[bigint[], bigint[]]> =>
      compareShard(
        // a committed input is under a root of its own, behind the model's
        logs.map((logSize, type) => ({ ...instanceOf(type, logSize), page: type === TYPE.words ? 1 : 0 })),
        make,
        forge,
      );

    async function compareShard(
      instances: readonly Instance[],
      make: () => QM31,
      forge?: (samples: QM31[]) => void,
    ): Promise<[bigint[], bigint[]]> {
      const logs = instances.map(({ logSize }) => logSize);
      const layout = layoutOf(shapesOf(MACHINE, instances));
      const [alpha, beta, gamma, z, zeta, coefficient] = [make(), make(), make(), make(), make(), make()];
      const sum = make();
      const samples = Array.from({ length: layout.columns + layout.twoPoint.length }, make);
      const sent = samples.map((s): QM31 => [...s]);
      forge?.(sent);
      const sample = (tree: string, instance: number, column: number, back: boolean): QM31 => {
        const block = layout.blocks.find((b) => (b.tree === 'data' ? 'preprocessed' : b.tree) === tree && b.instance === instance)!;
        const index = block.first + column;
        return samples[back ? layout.columns + layout.twoPoint.indexOf(index) : index]!;
      };
      const units: QM31[] = [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ];
      const felt = (instance: number, index: number, back = false): QM31 =>
        units.reduce((total, unit, i) => Q.add(total, Q.mul(unit, sample('interaction', instance, 4 * index + i, back))), Q.ZERO);
      let expected = Q.ZERO;
      let power = Q.ONE;
      let running = Q.sub(felt(instances.length, 0), felt(instances.length, 0, true));
      running = Q.add(running, Q.scale(sum, M31.inverse(2 ** layout.logSize)));
      instances.forEach((instance, number) => {
        const { graph, constraints, preprocessed } = components[instance.type]!;
        const values = evaluateAtPoint(
          graph,
          reachable(
            graph,
            constraints.map((c) => c.node),
          ),
          {
            cell: (index, back) =>
              index < preprocessed.length
                ? sample('preprocessed', number, index, back)
                : sample('base', number, index - preprocessed.length, back),
            felt: (index, back) => felt(number, index, back),
            parameters: parameterValues(graph, { z, gamma, zeta, alpha, beta }, instance),
          },
        );
        for (const { node } of constraints) {
          expected = Q.add(expected, Q.mul(power, values[node]!));
          power = Q.mul(power, coefficient);
        }
        const steps = felt(number, interactionColumns(components[instance.type]!) - 1);
        running = Q.sub(running, Q.scale(steps, M31.inverse(2 ** (layout.logSize - instance.logSize))));
      });
      expected = Q.add(expected, Q.mul(power, running));
      const listed = instances.flatMap(({ type, logSize, base, page = 0 }) => [type, logSize, base, page]);
      const data = [instances.length, listed, alpha, beta, gamma, z, zeta, coefficient, sum, sent.flat()].flat();
      const pages = layout.trees
        .filter(({ name }) => name === 'preprocessed' || name === 'data')
        .map((tree) => [tree.page, tree.logSize, tree.columns]);
      const heights = distinct(logs).filter((k) => k < layout.logSize);
      const computed = await cairo(30, big(data));
      const blocks = computed.slice(4);
      const counts = heights.flatMap((k) => {
        const own = layout.blocks.filter((b) => b.logSize === k);
        const lower = layout.blocks.filter((b) => b.logSize < k);
        const count = (list: typeof own, ...trees: string[]): number =>
          list.filter((b) => trees.includes(b.tree)).reduce((n, b) => n + b.lifts.length, 0);
        return [k, count(lower, 'base', 'interaction'), count(own, 'base'), count(own, 'interaction')];
      });
      const fixed = pages.reduce((sum, [, , columns]) => sum + columns!, 0);
      expect(blocks).toEqual(big([fixed, ...pages.flat(), ...counts]));
      return [computed.slice(0, 4), big(expected)];
    }

    test.each([
      [[8, 9, 10, 11, 12, 13, 7]],
      [[13, 12, 11, 10, 9, 8, 14]],
      [[8, 8, 8, 8, 8, 8, 8]],
      [[3, 20, 14, 3, 20, 14, 3]],
      [[8, 9, 10, 11, 12, 13]],
    ])('log sizes %j: value and layout', async (logs) => {
      const [computed, expected] = await compare(logs, randomQ);
      expect(computed).toEqual(expected);
    });

    /** instances of a shard, RAM's page with the rows that stand before it */
    const page = (type: number, logSize: number, number: number, first = 0): Instance => {
      const instance = instanceOf(type, logSize);
      return { ...instance, base: instance.base && instance.base + first, page: number };
    };
    const { cpu, mac, store, ram, rom, lut } = TYPE;
    test.each<[string, Instance[]]>([
      ['mac alone', [instanceOf(mac, 9)]],
      [
        'chips several times, at several heights',
        [mac, mac, store, mac, store].sort().map((type, i) => instanceOf(type, [10, 8, 9, 9, 10][i]!)),
      ],
      ['a tree of one chip beside the cpu', [instanceOf(cpu, 8), page(rom, 12, 0)]],
      [
        'pages',
        [instanceOf(store, 9), page(ram, 10, 1, 2 ** 10), page(ram, 9, 2, 2 ** 11), page(rom, 10, 5), page(lut, 8, 9), page(lut, 10, 10)],
      ],
      ['pages that are not in the order of their heights', [page(rom, 12, 3), page(rom, 10, 4), page(rom, 12, 5), page(lut, 11, 7)]],
    ])('a shard of %s: value, pages and layout', async (_what, instances) => {
      const [computed, expected] = await compareShard(instances, randomQ);
      expect(computed).toEqual(expected);
    });

    test('the largest coordinates everywhere: no bound of the emitter is passed', async () => {
      const [computed, expected] = await compare([8, 9, 10, 9, 8, 12, 9], () => LARGEST);
      expect(computed).toEqual(expected);
    });

    test('every sample that a constraint reads moves the value', async () => {
      const total = widths.flat().reduce((sum, n) => sum + n, 0);
      for (let i = 0; i < 12; i++) {
        const column = Math.floor(((i + 0.5) * total) / 12);
        const [computed, expected] = await compare([8, 9, 10, 11, 12, 13, 8], randomQ, (samples) => {
          samples[column] = Q.add(samples[column]!, Q.ONE);
        });
        expect(computed).not.toEqual(expected);
      }
    });
  });
});
