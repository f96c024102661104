// The protocol of a proof in two shards on the toy machine: what is absorbed and drawn, and what stands in the stream, said once more from PCS.md §9
// and §10; the claimed sums. Caveat: forgers of shards of the real machine are test/attacks/shards.test.ts.
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { checkInstance } from '../../air/check.ts';
import { type InstanceWitness, setupColumns } from '../../air/columns.ts';
import { airHash, componentOf, type Instance, publicSum, shapesOf } from '../../air/machine.ts';
import { type Proof, proveShards } from '../../air/prove.ts';
import { commitBase, finishShard, shardRun } from '../../air/prove-shard.ts';
import { work } from '../../air/shard-steps.ts';
import { absorbBaseRoots, drawChallenges, openTranscript } from '../../air/transcript.ts';
import { type VerifyShardsRequest, verifyPart, verifyShards, verifySums } from '../../air/verify.ts';
import { verifyShard } from '../../air/verify-shard.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { TAG } from '../../fri/core/channel.ts';
import { bug, rejected } from '../../fri/core/errors.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import { layoutOf } from '../../fri/pcs/layout.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { ProofReader, ProofWriter } from '../../fri/pcs/stream.ts';
import { code } from '../failure.ts';
import { toyProfile } from './forger.ts';
import { recorded, type TranscriptEvent } from './recorded-channel.ts';
import { toyMachine, toyRun } from './toy.ts';

const profile: Profile = { ...toyProfile(1, 3), work: { query: 4, interaction: 3, deep: 2, fold: 1 } };
const backend = jsBackend();
const run = toyRun([3, 7, 6]);
const [table, user, votes] = run.instances as [InstanceWitness, InstanceWitness, InstanceWitness];
/** table and user have one tree of the model, so they stand together */
const SHARDS = [[table, user], [votes]];

let request: VerifyShardsRequest;
let honest: Proof;

const prove = (): Promise<Proof> =>
  proveShards({ machine: toyMachine, profile, backend, statement: request.statement, shards: SHARDS.map((instances) => ({ instances })) });

beforeAll(async () => {
  const { tree } = await setupColumns(backend, run.instances, profile.logBlowup);
  request = {
    machine: toyMachine,
    profile,
    statement: {
      modelId: new Uint32Array(8),
      preprocessedRoots: [tree.root],
      inputs: run.inputs,
      outputs: run.outputs,
      context: new TextEncoder().encode('check'),
    },
    shards: SHARDS.map((instances) => instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }))),
    publicTerms: run.publicTerms,
  };
  honest = await prove();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** the words of the n-th group with a label */
const group = ({ words, writer }: Proof, label: string, n = 0): number[] => {
  const { at, length } = writer.items.filter((item) => item.label === label)[n]!;
  return [...words.subarray(at, at + length)];
};

/** the table of PCS.md §9 from the list of shards on; each shard is on a fork of the channel */
const events = (proof: Proof, order: readonly number[]): TranscriptEvent[] => {
  const of = (label: string, n: number): number[] => group(proof, label, n);
  const fold = (n: number): TranscriptEvent[] => [[18, of('fri 0 root', n)], [19, of('fold 0', n)], 'felt'];
  const ofShard = (shard: number): TranscriptEvent[] => [
    'copy',
    [12, [shard]],
    [13, of('interaction root', shard)],
    [14, of('sum', shard)],
    'felt',
    [15, of('composition root', shard)],
    'felt',
    [16, of('samples', shard)],
    [17, of('deep', shard)],
    'felt',
    ...fold(shard),
    [20, of('last layer', shard)],
    [21, of('query', shard)],
    'positions',
  ];
  return [
    [9, [2, 2, ...[0, 3, 0, 0], ...[1, 7, 0, 0], 1, ...[2, 6, 0, 0]]],
    [10, [2, ...of('base root', 0), ...of('base root', 1)]],
    [11, of('interaction', 0)],
    ...Array<TranscriptEvent>(5).fill('felt'),
    ...order.flatMap(ofShard),
  ];
};

describe('two shards', () => {
  test('the verifier absorbs and draws what PCS.md §9 says, the sum of each before its composition coefficient', async () => {
    const seen = await recorded(() => verifyShards(request, new ProofReader(honest.words)));
    expect(seen.slice(0, 2)).toEqual([
      [1, [3]],
      [2, [...airHash(toyMachine)]],
    ]);
    expect(seen.slice(8)).toEqual(events(honest, [0, 1]));
  });

  test('and so does the prover, who finishes the last one first', async () => {
    let made: Proof | undefined;
    const seen = await recorded(async () => {
      made = await prove();
    });
    expect(seen.slice(8)).toEqual(events(made!, [1, 0]));
  });

  const challenges = () => {
    const common = openTranscript(toyMachine, profile, request.statement, request.shards);
    const read = new ProofReader(honest.words);
    absorbBaseRoots(
      common,
      SHARDS.map(() => read.digest('base root')),
    );
    common.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, read.nonce('interaction'), 'interaction');
    return drawChallenges(common);
  };
  const claimed = (): QM31[] => [0, 1].map((n) => Q.at(Uint32Array.from(group(honest, 'sum', n)), 0));

  test('each claims what its fractions add up to, neither is 0, and they cancel with the public terms', () => {
    const sums = run.instances.map((instance, i) => checkInstance(componentOf(toyMachine, instance), instance, i, challenges(), 1).sum);
    expect(claimed()).toEqual([Q.add(sums[0]!, sums[1]!), sums[2]!]);
    for (const sum of claimed()) expect(Q.isZero(sum)).toBe(false);
    expect(claimed().reduce(Q.add, publicSum(run.publicTerms, challenges()))).toEqual(Q.ZERO);
  });

  test('one by one: each is accepted and gives its sum; all of them make a proof, one of them does not', () => {
    const at = honest.words.length - honest.lengths[0]! - honest.lengths[1]!;
    const beginning = (): ProofReader => new ProofReader(honest.words.subarray(0, at));
    const parts = [honest.words.subarray(at, at + honest.lengths[0]!), honest.words.subarray(at + honest.lengths[0]!)];
    const sums = parts.map((words, shard) => verifyPart(request, beginning(), shard, new ProofReader(words)));
    expect(sums).toEqual(claimed());
    const answer = (list: readonly QM31[]): string => code(() => verifySums(request, beginning(), list));
    expect([answer(sums), answer(sums.slice(0, 1)), answer([sums[1]!, sums[1]!]), answer([])]).toEqual([
      'accepted',
      'ZK0210',
      'ZK0210',
      'ZK0210',
    ]);
  });

  test('another public term is noticed by the sum of both, which neither shard says wrong', () => {
    const terms = run.publicTerms.map((term, i) => (i === 1 ? { ...term, count: term.count - 1 } : term));
    expect(code(() => verifyShards({ ...request, publicTerms: terms }, new ProofReader(honest.words)))).toBe('ZK0210');
  });
});

describe('a claimed sum where it does not belong', () => {
  const whole = [table, user, votes];
  /** a prover of these shards who says a sum of each, or none, whatever their number asks for */
  async function told(shards: readonly InstanceWitness[][], claims: boolean): Promise<{ words: Uint32Array; asked: VerifyShardsRequest }> {
    const asked = {
      ...request,
      shards: shards.map((instances) => instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }))),
    };
    const runs = shards.map((instances) => shardRun({ instances }, { machine: toyMachine, profile, backend, onStep: () => {} }));
    const bases = await Promise.all(runs.map(commitBase));
    const out = new ProofWriter();
    for (const { tree } of bases) out.digest('base root', tree.root);
    const common = openTranscript(toyMachine, profile, request.statement, asked.shards);
    absorbBaseRoots(
      common,
      bases.map(({ tree }) => tree.root),
    );
    await work({ backend, out }, common, TAG.INTERACTION_WORK, profile.work.interaction, 'interaction');
    const drawn = drawChallenges(common);
    for (const [i, shard] of runs.entries()) out.join(await finishShard(shard, i, claims ? 2 : 1, bases[i]!, common, drawn));
    return { words: out.words.slice(), asked };
  }
  const answer = ({ words, asked }: { words: Uint32Array; asked: VerifyShardsRequest }): string =>
    code(() => verifyShards(asked, new ProofReader(words)));
  /** a verifier that reads a sum of every shard, or takes as many as it is given */
  const looseAnswer = (
    { words, asked }: { words: Uint32Array; asked: VerifyShardsRequest },
    sums: (QM31 | undefined)[],
    preprocessedRoots = request.statement.preprocessedRoots,
  ): string =>
    code(() => {
      const proof = new ProofReader(words);
      const common = openTranscript(toyMachine, profile, request.statement, asked.shards);
      const roots = asked.shards.map(() => proof.digest('base root'));
      absorbBaseRoots(common, roots);
      common.verifyWork(TAG.INTERACTION_WORK, profile.work.interaction, proof.nonce('interaction'), 'interaction');
      const drawn = drawChallenges(common);
      for (const [index, instances] of asked.shards.entries()) {
        const layout = layoutOf(shapesOf(toyMachine, instances));
        const own = { instances, layout, index, baseRoot: roots[index]!, common, challenges: drawn, sum: sums[index], checks: {} };
        verifyShard({ machine: toyMachine, profile, statement: { preprocessedRoots }, ...own }, proof);
      }
      proof.end();
    });

  test('the same prover without the lie', async () => {
    expect([answer(await told([whole], false)), answer(await told(SHARDS, true))]).toEqual(['accepted', 'accepted']);
  });

  test('the only shard says one: refused, though a verifier that reads it finds nothing wrong', async () => {
    const lie = await told([whole], true);
    expect(answer(lie)).toMatch(/^ZK0[12]/);
    expect(looseAnswer(lie, [undefined])).toBe('accepted');
    expect(looseAnswer(lie, [undefined], [])).toBe('ZK0213');
  });

  test('two shards say none: refused, though a verifier that has them from elsewhere finds nothing wrong', async () => {
    const lie = await told(SHARDS, false);
    expect(answer(lie)).toMatch(/^ZK0[12]/);
    // base trees and so challenges are those of the honest proof
    const sums = [0, 1].map((n) => Q.at(Uint32Array.from(group(honest, 'sum', n)), 0));
    expect(looseAnswer(lie, sums)).toBe('accepted');
    expect(looseAnswer(lie, [...sums].reverse())).toBe('ZK0211');
  });
});

describe('what stands around the shards', () => {
  const answer = (asked: VerifyShardsRequest): string => code(() => verifyShards(asked, new ProofReader(honest.words)));

  test('no shard at all is no proof', () => {
    const nothing = { ...request, shards: [], publicTerms: [] };
    expect([answer(nothing), answer({ ...nothing, statement: { ...request.statement, preprocessedRoots: [] } })]).toEqual([
      'ZK0212',
      'ZK0212',
    ]);
  });

  test('a tree of the model stands in one shard, and every tree of the statement in one', () => {
    const [first, second] = request.shards as [Instance[], Instance[]];
    expect(answer({ ...request, shards: [first, [first[0]!, ...second]] })).toBe('ZK0212');
    const changed = (change: Partial<Instance>): string =>
      answer({ ...request, shards: [first.map((instance) => ({ ...instance, ...change })), second] });
    const paged = (page: number): string => changed({ page });
    expect([paged(-1), paged(1), paged(0)]).toEqual(['ZK0212', 'ZK0212', 'accepted']);
    // one that is committed is a tree of the statement too, but this proof is of another list
    const data = changed({ data: true });
    expect(data).toMatch(/^ZK0[12]/);
    expect(data).not.toBe('ZK0212');
  });

  const at = (): number => honest.words.length - honest.lengths[0]! - honest.lengths[1]!;
  const beginning = (more: number[] = []): ProofReader => new ProofReader(Uint32Array.of(...honest.words.subarray(0, at()), ...more));
  const part = (shard: number, more: number[] = []): ProofReader => {
    const from = at() + (shard ? honest.lengths[0]! : 0);
    return new ProofReader(Uint32Array.of(...honest.words.subarray(from, from + honest.lengths[shard]!), ...more));
  };

  test('nothing stands behind a part, or behind what all share', () => {
    const parts = (more: number[]): string => code(() => verifyShards(request, beginning(), {}, [part(0, more), part(1)]));
    const one = (...more: [number[], number[]]): string => code(() => verifyPart(request, beginning(more[0]), 1, part(1, more[1])));
    const sums = (more: number[]): string => code(() => verifySums(request, beginning(more), [Q.neg(publicTotal())]));
    expect([parts([]), one([], []), sums([])]).toEqual(Array(3).fill('accepted'));
    expect([parts([0]), one([0], []), one([], [0]), sums([0])]).toEqual(Array(4).fill('ZK0105'));
  });

  const publicTotal = (): QM31 => {
    const sums = [0, 1].map((n) => Q.at(Uint32Array.from(group(honest, 'sum', n)), 0));
    return Q.neg(sums.reduce(Q.add));
  };

  test('a rejection says which shard it is of; whatever else is thrown stays as it is', () => {
    const thrown = (error: unknown): unknown => {
      const broken = part(1);
      broken.digest = () => {
        throw error;
      };
      try {
        verifyShards(request, beginning(), {}, [part(0), broken]);
      } catch (caught) {
        return caught;
      }
      return 'accepted';
    };
    expect(thrown(rejected('ZK0214', 'fri 0: root'))).toMatchObject({ code: 'ZK0214', where: 'shard 1' });
    for (const error of [bug('no rejection'), Object.assign(new Error('no error of ours'), { kind: 'rejected' })])
      expect(thrown(error)).toBe(error);
  });
});
