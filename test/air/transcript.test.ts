// The draws that both sides share. Source: AIR.md §1 (five challenges, never shared), §4 and §9 item 12 (α ≠ 0), PCS.md §9.
import { expect, test } from 'vitest';
import { drawChallenges, drawPoint, openTranscript, type StatementWords } from '../../air/transcript.ts';
import { Channel } from '../../fri/core/channel.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import { toyProfile } from './forger.ts';
import { toyMachine } from './toy.ts';

/** a channel that gives these elements, one after the other */
const channelOf = (...felts: QM31[]): Channel =>
  Object.assign(new Channel(), {
    drawFelt: (): QM31 => {
      const next = felts.shift();
      if (!next) throw new Error('a draw too many');
      return next;
    },
  });
const felt = (a: number): QM31 => [a, 0, 0, 1];

test('the five challenges are five draws, in the order z γ ζ α β', () => {
  const challenges = drawChallenges(channelOf(felt(1), felt(2), felt(3), felt(4), felt(5)));
  expect(challenges).toEqual({ z: felt(1), gamma: felt(2), zeta: felt(3), alpha: felt(4), beta: felt(5) });
});

test('α = 0 is rejected; any other challenge may be 0', () => {
  const zero: QM31 = [0, 0, 0, 0];
  const draws = (at: number): QM31[] => [0, 1, 2, 3, 4].map((i) => (i === at ? zero : felt(i)));
  expect(() => drawChallenges(channelOf(...draws(3)))).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0203' }));
  for (const at of [0, 1, 2, 4]) expect(() => drawChallenges(channelOf(...draws(at)))).not.toThrow();
});

test('a point that does not exist is rejected: t² = -1', () => {
  expect(() => drawPoint(channelOf([0, 1, 0, 0]))).toThrow(expect.objectContaining({ kind: 'rejected', code: 'ZK0110' }));
  expect(drawPoint(channelOf([1, 0, 0, 0]))).toEqual([
    [0, 0, 0, 0],
    [1, 0, 0, 0],
  ]);
});

test('every part of the statement moves the transcript, and no two statements share one by moving a boundary', () => {
  const statement: StatementWords = {
    modelId: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    preprocessedRoots: [Uint32Array.of(8, 7, 6, 5, 4, 3, 2, 1)],
    inputs: [Uint32Array.of(1, 2), Uint32Array.of(3)],
    outputs: [Uint32Array.of(4)],
    context: Uint8Array.of(5, 6),
  };
  const instance = { type: 0, logSize: 6, base: 0, data: false };
  const profile = toyProfile(1);
  const state = (change: Partial<StatementWords>, more: { profile?: typeof profile; shards?: (typeof instance)[][] } = {}): string =>
    openTranscript(toyMachine, more.profile ?? profile, { ...statement, ...change }, more.shards ?? [[instance]]).digest.join();
  const root = statement.preprocessedRoots[0]!;
  const states = [
    state({}),
    state({ modelId: root }),
    state({ preprocessedRoots: [] }),
    state({ preprocessedRoots: [root, root] }),
    state({ preprocessedRoots: [statement.modelId] }),
    state({ inputs: [Uint32Array.of(1), Uint32Array.of(2, 3)] }),
    state({ inputs: [Uint32Array.of(1, 2, 3)] }),
    state({ inputs: [...statement.inputs, new Uint32Array(0)] }),
    state({ inputs: [Uint32Array.of(1, 2)], outputs: [Uint32Array.of(3), Uint32Array.of(4)] }),
    state({ inputs: [...statement.inputs, Uint32Array.of(4)], outputs: [] }),
    state({ inputs: statement.outputs as Uint32Array[], outputs: statement.inputs as Uint32Array[] }),
    state({ context: Uint8Array.of(5, 6, 0) }),
    state({ context: Uint8Array.of(5) }),
    state({ context: new Uint8Array(0) }),
    state({}, { profile: { ...profile, id: profile.id + 1 } }),
    state({}, { profile: { ...profile, logBlowup: 2 } }),
    state({}, { profile: { ...profile, queries: profile.queries + 1 } }),
    ...(['query', 'interaction', 'deep', 'fold'] as const).map((name) =>
      state({}, { profile: { ...profile, work: { ...profile.work, [name]: profile.work[name] + 1 } } }),
    ),
    ...(['type', 'logSize', 'base'] as const).map((name) => state({}, { shards: [[{ ...instance, [name]: instance[name] + 1 }]] })),
    state({}, { shards: [[{ ...instance, data: true }]] }),
    state({}, { shards: [[instance, instance]] }),
    state({}, { shards: [[instance], [instance]] }),
    state({}, { shards: [[instance], []] }),
    openTranscript({ ...toyMachine, name: 'other' }, profile, statement, [[instance]]).digest.join(),
  ];
  expect(new Set(states).size).toBe(states.length);
  expect(state({})).toBe(states[0]);
});
