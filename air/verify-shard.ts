// The verifier's steps that belong to one shard: everything after the challenges. Steps have the same numbers and names as in prove-shard.ts; read
// the two side by side. Source: PCS.md §9, §10, DESIGN §7. Caveat: an accepted shard of several says nothing by itself: its claimed sum counts once
// those of all shards and the public terms cancel (verify.ts).

import { type Challenges, evaluateAtPoint, parameterValues, reachable } from '../fri/backend/graph.ts';
import { type Channel, TAG } from '../fri/core/channel.ts';
import { indexAt, lift, pointAt, pointsAt, vanishing } from '../fri/core/circle.ts';
import { type Digest, digestEqual, leafDigests } from '../fri/core/digest.ts';
import { rejected } from '../fri/core/errors.ts';
import { evaluateLine } from '../fri/core/fft.ts';
import { inverse } from '../fri/core/m31.ts';
import { rootFrom } from '../fri/core/merkle.ts';
import type { QM31 } from '../fri/core/qm31.ts';
import * as Q from '../fri/core/qm31.ts';
import { deepConstants, deepValues } from '../fri/pcs/deep.ts';
import { foldCosets } from '../fri/pcs/fold.ts';
import {
  batchesOf,
  distinct,
  FELT_COLUMNS,
  foldSteps,
  type Layout,
  type LayoutBlock,
  type LayoutTree,
  sampleCount,
  type TreeName,
} from '../fri/pcs/layout.ts';
import { LAST_LOG, type Profile } from '../fri/pcs/profile.ts';
import type { ProofSource } from '../fri/pcs/stream.ts';
import { interactionColumns } from './component.ts';
import { componentOf, constraintCount, constraintOffsets, type Instance, type MachineDefinition } from './machine.ts';
import type { Component } from './recorded.ts';
import { drawPoint, type StatementWords } from './transcript.ts';

/** Switches that exist for the tests which show what a check is for; nobody else passes them. */
export interface VerifyChecks {
  periodicity?: (block: LayoutBlock, column: number) => boolean;
}

/** One shard of a proof, with what was read and drawn before it. */
export interface ShardToVerify {
  machine: MachineDefinition;
  profile: Profile;
  statement: Pick<StatementWords, 'preprocessedRoots'>;
  instances: readonly Instance[];
  layout: Layout;
  /** among all shards */
  index: number;
  baseRoot: Digest;
  /** the transcript up to the challenges */
  common: Channel;
  challenges: Challenges;
  /** what its fractions must add up to; undefined of one of several, which says so itself */
  sum: QM31 | undefined;
  checks: VerifyChecks;
}

/** what a multiproof takes its witnesses with */
const witnessesOf =
  (proof: ProofSource, label: string) =>
  (to: Uint32Array, at: number): void =>
    proof.digestInto(label, to, at);

/** The values of whole cosets, four words each: those known at some of their positions, and the given ones at all others, in order. */
function mergedValues(
  cosets: readonly number[],
  coset: number,
  at: readonly number[],
  known: Uint32Array,
  given: Uint32Array,
): Uint32Array {
  const values = new Uint32Array(4 * cosets.length * coset);
  let place = 0;
  let next = 0;
  let taken = 0;
  for (const k of cosets)
    for (let position = k * coset; position < (k + 1) * coset; position++, place++) {
      const isKnown = at[next] === position;
      const source = isKnown ? known : given;
      const start = 4 * (isKnown ? next++ : taken++);
      for (let c = 0; c < 4; c++) values[4 * place + c] = source[start + c]!;
    }
  return values;
}

/** a sample of a column of an instance (as in the layout) in one of these trees, at z or one row back */
type SampleOf = (trees: readonly TreeName[], instance: number, column: number, back?: boolean) => QM31;
const FIXED: readonly TreeName[] = ['preprocessed', 'data'];

/** where the samples stand: position of (tree, instance, column) among all columns, and in the second batch */
function sampleLookup(layout: Layout, samples: readonly QM31[]): SampleOf {
  const { blocks, columns, twoPoint } = layout;
  return (trees, instance, column, back) => {
    const index = blocks.find((b) => b.instance === instance && trees.includes(b.tree))!.first + column;
    return samples[back ? columns + twoPoint.indexOf(index) : index]!;
  };
}

/** a QM31 column at z from the samples of its coordinates, which are columns of M31 at a point over QM31 */
const feltAt = (lookup: SampleOf, tree: 'interaction' | 'composition', instance: number, index: number, back = false): QM31 =>
  Q.UNITS.reduce((total, unit, c) => Q.add(total, Q.mul(lookup([tree], instance, FELT_COLUMNS * index + c, back), unit)), Q.ZERO);

/** Σ c^i C_i of one instance at z */
function constraintsAtPoint(
  { graph, constraints, preprocessed }: Component,
  instance: number,
  lookup: SampleOf,
  parameters: readonly QM31[],
  powers: readonly QM31[],
): QM31 {
  const fixed = preprocessed.length;
  const targets = constraints.map((c) => c.node);
  const values = evaluateAtPoint(graph, reachable(graph, targets), {
    cell: (index, back) => (index < fixed ? lookup(FIXED, instance, index, back) : lookup(['base'], instance, index - fixed, back)),
    felt: (index, back) => feltAt(lookup, 'interaction', instance, index, back),
    parameters,
  });
  return targets.reduce((total, id, i) => Q.add(total, Q.mul(values[id]!, powers[i]!)), Q.ZERO);
}

/** S - p.S - Σ 2^(k-L)·U + sum/2^L at z: the running sum takes the last LogUp column of every instance, and its sum goes round the rows */
function runningSumAtPoint({ machine, instances, layout }: ShardToVerify, lookup: SampleOf, sum: QM31): QM31 {
  const share = Q.scale(sum, inverse(2 ** layout.logSize));
  const own = instances.length;
  const step = Q.sub(feltAt(lookup, 'interaction', own, 0), feltAt(lookup, 'interaction', own, 0, true));
  return instances.reduce(
    (rest, instance, i) => {
      const last = feltAt(lookup, 'interaction', i, interactionColumns(componentOf(machine, instance)) - 1);
      return Q.sub(rest, Q.scale(last, inverse(2 ** (layout.logSize - instance.logSize))));
    },
    Q.add(step, share),
  );
}

/**
 * Accepts or throws.
 * @returns what the shard's fractions add up to
 * @throws rejected with the label of the first check that fails; nothing else
 */
export function verifyShard(shard: ShardToVerify, proof: ProofSource): QM31 {
  const { machine, profile, statement, instances, layout, baseRoot, challenges, checks } = shard;
  const { logSize, trees } = layout;
  const domainLogSize = logSize + profile.logBlowup;
  const felts = (label: string, count: number): QM31[] => Q.fromWords(proof.felts(label, 4 * count));
  const absorbWork = (channel: Channel, tag: number, bits: number, label: string): void =>
    channel.verifyWork(tag, bits, proof.nonce(label), label);

  // 4 shard, interaction root, of several shards the claimed sum
  const channel = shard.common.fork();
  channel.absorb(TAG.SHARD, [shard.index]);
  const interactionRoot = proof.digest('interaction root');
  channel.absorb(TAG.INTERACTION, interactionRoot);
  let { sum } = shard;
  if (!sum) {
    sum = felts('sum', 1)[0]!;
    channel.absorb(TAG.SUM, sum);
  }

  // 5 composition coefficient and root
  const offsets = constraintOffsets(machine, instances);
  const powers = Q.powers(channel.drawFelt(), constraintCount(machine, instances));
  const compositionRoot = proof.digest('composition root');
  channel.absorb(TAG.COMPOSITION, compositionRoot);

  // 6 out-of-domain point
  const point = drawPoint(channel);
  const batches = batchesOf(layout, point, checks.periodicity);

  // 7 samples; Σ c^i C_i(z) = V_L(z)·(left + V_L(z)·right)
  const sampleWords = proof.felts('samples', 4 * sampleCount(layout));
  const samples = Q.fromWords(sampleWords);
  channel.absorb(TAG.SAMPLES, sampleWords);
  const lookup = sampleLookup(layout, samples);
  let left = Q.mul(powers.at(-1)!, runningSumAtPoint(shard, lookup, sum));
  for (const [i, instance] of instances.entries()) {
    const component = componentOf(machine, instance);
    const own = powers.slice(offsets[i], offsets[i + 1]);
    left = Q.add(left, constraintsAtPoint(component, i, lookup, parameterValues(component.graph, challenges, instance), own));
  }
  const half = (h: number): QM31 => feltAt(lookup, 'composition', -1, h);
  const v = vanishing(point, logSize);
  if (!Q.equal(left, Q.mul(v, Q.add(half(0), Q.mul(v, half(1))))))
    throw rejected('ZK0211', 'composition at z', 'samples', 'the statement is not what the trace computed');

  // 8 DEEP work, coefficient
  absorbWork(channel, TAG.DEEP_WORK, profile.work.deep, 'deep');
  const constants = deepConstants(batches, sampleWords, channel.drawFelt());

  // 9 FRI roots and challenges
  const layers = foldSteps(logSize).map((foldLog, i) => {
    const root = proof.digest(`fri ${i} root`);
    channel.absorb(TAG.FRI, root);
    absorbWork(channel, TAG.FOLD_WORK, profile.work.fold, `fold ${i}`);
    return { foldLog, root, alpha: channel.drawFelt() };
  });

  // 10 last layer
  const last = felts('last layer', 2 ** LAST_LOG);
  channel.absorb(TAG.LAST, last.flat());

  // 11 query work, positions
  absorbWork(channel, TAG.QUERY_WORK, profile.work.query, 'query');
  const positions = channel.drawPositions(profile.queries, domainLogSize);

  // 12 openings of the trees
  const fixedRoots = statement.preprocessedRoots;
  const rootOf = ({ name, page }: LayoutTree): Digest | undefined =>
    ({
      preprocessed: fixedRoots[page],
      data: fixedRoots[page],
      base: baseRoot,
      interaction: interactionRoot,
      composition: compositionRoot,
    })[name];
  // all cells of the first position, then all of the next
  const cells = new Uint32Array(positions.length * layout.columns);
  for (const tree of trees) {
    const height = tree.logSize + profile.logBlowup;
    const lifted = positions.map((p) => lift(p, domainLogSize, height));
    const at = distinct(lifted);
    const rows = proof.felts(`${tree.name} rows`, at.length * tree.columns);
    const root = rootFrom(height, at, leafDigests(rows, tree.columns), witnessesOf(proof, `${tree.name} witness`));
    const expected = rootOf(tree);
    if (!expected || !digestEqual(root, expected)) throw rejected('ZK0213', `${tree.name} tree: root`, `${at.length} openings`);
    const rowAt = new Map(at.map((position, i) => [position, i * tree.columns]));
    for (const [i, position] of lifted.entries()) {
      const row = rowAt.get(position)!;
      cells.set(rows.subarray(row, row + tree.columns), i * layout.columns + tree.blocks[0]!.first);
    }
  }

  // 13 layer 0 is the DEEP quotient, every fold reappears in the next layer, the last one in clear
  const points = pointsAt(positions.map((position) => indexAt(domainLogSize, position)));
  const firsts = layout.blocks.map((block) => block.first);
  let at: readonly number[] = positions;
  let known = deepValues(constants, points, cells, firsts);
  let size = domainLogSize;
  for (const [i, { foldLog, root, alpha }] of layers.entries()) {
    const coset = 1 << foldLog; // `2 **` makes a boxed number, which undoes code that was optimised for small ones
    const cosets = distinct(at.map((p) => Math.floor(p / coset)));
    const given = proof.felts(`fri ${i} values`, 4 * (cosets.length * coset - at.length));
    const values = mergedValues(cosets, coset, at, known, given);
    const reached = rootFrom(size - foldLog, cosets, leafDigests(values, 4 * coset), witnessesOf(proof, `fri ${i} witness`));
    if (!digestEqual(reached, root)) throw rejected('ZK0214', `fri ${i}: root`);
    known = foldCosets(values, cosets, size, i === 0, alpha, foldLog);
    at = cosets;
    size -= foldLog;
  }
  for (const [i, position] of at.entries())
    if (!Q.equal(Q.at(known, i), evaluateLine(last, pointAt(indexAt(size + 1, 2 * position))[0]))) throw rejected('ZK0215', 'last layer');
  return sum;
}
