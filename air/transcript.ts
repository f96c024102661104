// The transcript's first step and the draws, shared by prover and verifier so that their order cannot differ.
// Source: PCS.md §9, table rows 1-11. Caveat: everything a verdict depends on is absorbed here before the first challenge is drawn.

import type { Challenges } from '../fri/backend/graph.ts';
import { bytesToWords } from '../fri/core/blake2s.ts';
import { Channel, TAG } from '../fri/core/channel.ts';
import type { CirclePoint } from '../fri/core/circle.ts';
import { pointFromParameter } from '../fri/core/circle.ts';
import type { Digest } from '../fri/core/digest.ts';
import { rejected } from '../fri/core/errors.ts';
import * as Q from '../fri/core/qm31.ts';
import { type Profile, profileWords } from '../fri/pcs/profile.ts';
import { airHash, type Instance, type MachineDefinition, PROTOCOL_VERSION } from './machine.ts';

/** What is proved, as words: the parts that the transcript absorbs before anything that the prover chooses. */
export interface StatementWords {
  modelId: Digest;
  /** the model's preprocessed roots, then the roots of committed inputs */
  preprocessedRoots: readonly Digest[];
  /** canonical M31 elements, one list a tensor; of a committed input the words of its root */
  inputs: readonly Uint32Array[];
  outputs: readonly Uint32Array[];
  /** the caller's own bytes: chain, contract, nonce, caller */
  context: Uint8Array;
}

/** the number of lists, then every list behind its length: no two sets of lists have the same words */
export function withLengths(lists: readonly Uint32Array[]): Uint32Array {
  const words = new Uint32Array(1 + lists.reduce((sum, list) => sum + 1 + list.length, 0));
  words[0] = lists.length;
  let at = 1;
  for (const list of lists) {
    words[at] = list.length;
    words.set(list, at + 1);
    at += 1 + list.length;
  }
  return words;
}
const roots = (list: readonly Digest[]): number[] => [list.length, ...list.flatMap((root) => [...root])];

/** step 1: version, AIR, profile, model, roots, inputs, outputs, context, shards */
export function openTranscript(
  machine: MachineDefinition,
  profile: Profile,
  statement: StatementWords,
  shards: readonly (readonly Instance[])[],
): Channel {
  const channel = new Channel();
  channel.absorb(TAG.VERSION, [PROTOCOL_VERSION]);
  channel.absorb(TAG.AIR, airHash(machine));
  channel.absorb(TAG.PROFILE, profileWords(profile));
  channel.absorb(TAG.MODEL, statement.modelId);
  channel.absorb(TAG.PREPROCESSED, roots(statement.preprocessedRoots));
  channel.absorb(TAG.INPUTS, withLengths(statement.inputs));
  channel.absorb(TAG.OUTPUTS, withLengths(statement.outputs));
  channel.absorb(TAG.CONTEXT, bytesToWords(statement.context));
  channel.absorb(TAG.SHARDS, [
    shards.length,
    ...shards.flatMap((s) => [s.length, ...s.flatMap((i) => [i.type, i.logSize, i.base, i.data ? 1 : 0])]),
  ]);
  return channel;
}

export const absorbBaseRoots = (channel: Channel, list: readonly Digest[]): void => channel.absorb(TAG.BASE, roots(list));

/** step 3: all five challenges at once, after every base root; α = 0 is rejected (AIR.md §4) */
export function drawChallenges(channel: Channel): Challenges {
  const z = channel.drawFelt();
  const gamma = channel.drawFelt();
  const zeta = channel.drawFelt();
  const alpha = channel.drawFelt();
  const beta = channel.drawFelt();
  if (Q.isZero(alpha)) throw rejected('ZK0203', 'the challenge α is zero');
  return { z, gamma, zeta, alpha, beta };
}

/** step 6: the out-of-domain point */
export const drawPoint = (channel: Channel): CirclePoint => pointFromParameter(channel.drawFelt());
