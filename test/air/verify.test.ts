// What the verifier of a proof absorbs, draws and demands, said once more from PCS.md §9 and not from the code: prover and verifier share
// most of it, so that what both leave out would show nowhere else. Caveat: the toy machine, at sizes that take milliseconds.
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { airHash, constraintCount } from '../../air/machine.ts';
import { type VerifyRequest, verify } from '../../air/verify.ts';
import type { Layer } from '../../fri/backend/seam.ts';
import { Channel } from '../../fri/core/channel.ts';
import { type CirclePoint, vanishing } from '../../fri/core/circle.ts';
import { add } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { ProofReader } from '../../fri/pcs/stream.ts';
import {
  type Forged,
  type Forgery,
  forge,
  forgeryVerdict,
  type Lies,
  type LogSizes,
  layerPlusOne,
  layerWith,
  toyProfile,
  valuesOf,
  verdict,
} from './forger.ts';
import { recorded, type TranscriptEvent } from './recorded-channel.ts';
import { type ToyRun, toyMachine, toyRun } from './toy.ts';

const SIZES: LogSizes = [3, 5, 9];
const profile: Profile = { ...toyProfile(1, 3), work: { query: 4, interaction: 3, deep: 2, fold: 1 } };
let honest: Forged;

beforeAll(async () => {
  honest = await forge({ profile, logSizes: SIZES });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** the table of PCS.md §9, filled in by hand from the statement and the groups of the proof */
function table({ request, proof }: Forged): TranscriptEvent[] {
  const group = (label: string): number[] => {
    const { at, length } = proof.writer.items.find((item) => item.label === label)!;
    return [...proof.words.subarray(at, at + length)];
  };
  return [
    [1, [3]],
    [2, [...airHash(request.machine)]],
    [3, [9, 1, 3, 4, 3, 2, 1, 3, 5]],
    [4, [0, 0, 0, 0, 0, 0, 0, 0]],
    [5, [1, ...request.statement.preprocessedRoots[0]!]],
    [6, [1, 2, 3, 9]],
    [7, [1, 1, request.statement.outputs[0]![0]!]],
    [8, [5, 0x63656863, 0x6b]], // "check"
    [9, [1, 3, ...[0, 3, 0, 0], ...[1, 5, 0, 0], ...[2, 9, 0, 0]]],
    [10, [1, ...group('base root')]],
    [11, group('interaction')],
    ...Array<TranscriptEvent>(5).fill('felt'),
    'copy',
    [12, [0]],
    [13, group('interaction root')],
    'felt',
    [15, group('composition root')],
    'felt',
    [16, group('samples')],
    [17, group('deep')],
    'felt',
    [18, group('fri 0 root')],
    [19, group('fold 0')],
    'felt',
    [18, group('fri 1 root')],
    [19, group('fold 1')],
    'felt',
    [20, group('last layer')],
    [21, group('query')],
    'positions',
  ];
}

describe('the transcript', () => {
  test('of the verifier is the table of PCS.md §9, message by message and draw by draw', async () => {
    const events = await recorded(() => verify(honest.request, new ProofReader(honest.proof.words)));
    expect(events).toEqual(table(honest));
  });

  test('of the prover is the same', async () => {
    let made: Forged | undefined;
    const events = await recorded(async () => {
      made = await forge({ profile, logSizes: SIZES });
    });
    expect(events).toEqual(table(made!));
  });

  test('draws positions from all of the domain, as many as the profile says', () => {
    const draw = vi.spyOn(Channel.prototype, 'drawPositions');
    verify(honest.request, new ProofReader(honest.proof.words));
    expect(draw.mock.calls).toEqual([[3, 10]]);
  });

  test('demands the work of the profile at every one of its places', () => {
    const work = vi.spyOn(Channel.prototype, 'verifyWork');
    verify(honest.request, new ProofReader(honest.proof.words));
    expect(work.mock.calls.map(([tag, bits]) => [tag, bits])).toEqual([
      [11, 3],
      [17, 2],
      [19, 1],
      [19, 1],
      [21, 4],
    ]);
  });
});

describe('a proof', () => {
  /** the answer to the proof with one word of a group changed */
  const flipped = (label: string): string => {
    const { at } = honest.proof.writer.items.find((item) => item.label === label)!;
    return verdict(honest.request, honest.proof.words.with(at, honest.proof.words[at]! ^ 1));
  };

  test.each([
    ['preprocessed rows', 'preprocessed tree: root, 3 openings'],
    ['base rows', 'base tree: root, 3 openings'],
    ['interaction rows', 'interaction tree: root, 3 openings'],
    ['composition rows', 'composition tree: root, 3 openings'],
    ['fri 0 values', 'fri 0: root'],
    ['fri 1 values', 'fri 1: root'],
  ])('with another word in its %s: %s', (label, answer) => {
    expect(flipped(label)).toBe(answer);
  });

  test('with a word more or less is refused', () => {
    const { words } = honest.proof;
    expect(verdict(honest.request, Uint32Array.of(...words, 0))).toBe('the proof has trailing words, end of proof');
    expect(verdict(honest.request, words.slice(0, -1))).toMatch(/^the proof is too short/);
  });

  const sampled = (lie: (values: QM31[], point: CirclePoint) => unknown, batch = 0): Lies => {
    return (backend) => {
      let asked = 0;
      return {
        async sample(coefficients, logSize, point) {
          const blocks = (await backend.sample(coefficients, logSize, point)).map(Q.fromWords);
          const values = blocks.flat();
          if (asked++ === batch) lie(values, point);
          return blocks.map((block) => Q.toWords(values.splice(0, block.length)));
        },
      };
    };
  };
  const plus = (values: QM31[], at: number, by: QM31): void => {
    values[at] = Q.add(values[at]!, by);
  };
  const lies: [string, string, Partial<Forgery>][] = [
    ['a wrong output', 'composition at z, samples', { run: (run) => run.publicTerms.pop() }],
    ['a vote that is 2', 'composition at z, samples', { run: (run) => voted(run) }],
    ['a sample plus one', 'composition at z, samples', { lies: sampled((values) => plus(values, 3, Q.ONE)) }],
    [
      'samples of the row before plus one',
      'composition at z, samples',
      { lies: sampled((values) => values.splice(0, values.length, ...values.map((v) => Q.add(v, Q.ONE))), 1) },
    ],
    [
      'two composition samples that fit each other',
      'last layer',
      {
        lies: sampled((values, point) => {
          plus(values, values.length - 8, vanishing(point, 9));
          plus(values, values.length - 4, Q.neg(Q.ONE));
        }),
      },
    ],
    [
      'samples of running sum and composition that fit each other',
      'last layer',
      {
        lies: (backend) => {
          // c is drawn before the point: of all felts so far it is the last but one
          const drawn = vi.spyOn(Channel.prototype, 'drawFelt');
          return sampled((values, point) => {
            const c = drawn.mock.results.at(-2)!.value as QM31;
            const power = Q.powers(c, constraintCount(toyMachine, toyRun(SIZES).instances)).at(-1)!;
            plus(values, values.length - 12, vanishing(point, 9));
            plus(values, values.length - 8, power);
          })(backend);
        },
      },
    ],
    ['another last layer', 'last layer', { lies: (backend) => ({ read: async (layer) => backend.read(layerPlusOne(layer)) }) }],
    ['layer 0 plus one', 'fri 0: root', { lies: (backend) => ({ deep: async (...given) => layerPlusOne(await backend.deep(...given)) }) }],
    [
      'the first fold plus one',
      'fri 1: root',
      { lies: (backend) => ({ fold: async (...given) => layerPlusOne(await backend.fold(...given)) }) },
    ],
  ];
  /** a vote of 2 instead of two votes: the count stays */
  const voted = (run: ToyRun): void => {
    const [votes] = run.instances[2]!.columns as [Uint32Array];
    votes[votes.indexOf(1)] = 0;
    votes[votes.indexOf(1)] = 2;
  };

  test.each(lies)('of a prover who tells %s, and is honest otherwise: %s', async (_, answer, forgery) => {
    expect(await forgeryVerdict({ ...forgery, profile, logSizes: SIZES })).toBe(answer);
  });
});

test('a layer that is wrong in one half is noticed by every query that meets this half, whichever of them it is', async () => {
  const answers: string[] = [];
  for (let seed = 1; seed <= 8; seed++) {
    let folded: Layer | undefined;
    const { request, proof } = await forge({
      profile,
      logSizes: SIZES,
      seed,
      // layer 1 is committed with other values at odd positions from 64 on; the last layer is that of the true one
      lies: (backend) => ({
        async fold(layer, foldLog, circle, alpha) {
          if (!circle) return backend.fold(folded!, foldLog, circle, alpha);
          folded = await backend.fold(layer, foldLog, circle, alpha);
          const [first, ...rest] = valuesOf(folded);
          return layerWith(folded, [first!.map((value, i) => (i >= 64 && i % 2 === 1 ? add(value, 1) : value)), ...rest]);
        },
      }),
    });
    const draw = vi.spyOn(Channel.prototype, 'drawPositions');
    const answer = verdict(request, proof.words);
    const positions = draw.mock.results[0]!.value as number[];
    vi.restoreAllMocks();
    expect([positions, answer === 'accepted']).toEqual([positions, positions.every((position) => position < 8 * 64)]);
    if (positions.some((position) => position < 8 * 64)) answers.push(answer);
  }
  expect(answers).toContain('last layer');
});

describe('a statement', () => {
  const withRoots = (...roots: Uint32Array[]): VerifyRequest => ({
    ...honest.request,
    statement: { ...honest.request.statement, preprocessedRoots: roots },
  });
  /** a proof whose transcript has other roots than the model's one: what a prover can make of any statement */
  async function answerTo(...roots: Uint32Array[]): Promise<string> {
    const { absorb } = Channel.prototype;
    vi.spyOn(Channel.prototype, 'absorb').mockImplementation(function (this: Channel, tag, words) {
      absorb.call(this, tag, tag === 5 ? [roots.length, ...roots.flatMap((root) => [...root])] : words);
    });
    const { proof } = await forge({ profile, logSizes: SIZES });
    vi.restoreAllMocks();
    return verdict(withRoots(...roots), proof.words);
  }

  test('with one root for the one preprocessed tree is accepted, with more or none it is not, by name', async () => {
    const root = honest.request.statement.preprocessedRoots[0]!;
    expect(await answerTo(root)).toBe('accepted');
    expect(await answerTo()).toBe('the statement has 0 preprocessed roots, the instances need 1');
    expect(await answerTo(root, root)).toBe('the statement has 2 preprocessed roots, the instances need 1');
  });

  test('whose instances have sizes out of range is refused before anything is computed with them', () => {
    const resized = (logSize: number): string =>
      verdict({ ...honest.request, instances: honest.request.instances.map((i) => ({ ...i, logSize })) }, honest.proof.words);
    expect(resized(0)).toBe('log size 0 is out of range, instance 0 (table)');
    expect(resized(30)).toBe('log size 30 is out of range, instance 0 (table)');
    expect(resized(29)).toMatch(/proof of work|composition|sum/);
  });
});
