// Headroom: how far beyond the calibrated ranges the tables of a model go on, with weights and steps as they are, so that what calibration saw does
// not become less exact. As far as accumulators and the rows of the lookup table allow: ranges eight times as wide if possible, else four or two.
// Source: DESIGN §6. Caveat: beyond its calibrated range a value has the precision of a share of itself, not of the range; where an exponential
// function reads it, that is not enough, and the table says so.

import { bug } from '../../fri/core/errors.ts';
import type { Steps } from '../onnx/steps.ts';
import { sourcesOf } from '../stages/stage.ts';
import { isProduct, kindOf } from '../stages/terms/index.ts';
import type { IntegerGraph, IntegerLinear, IntegerStage } from './integer-graph.ts';
import { maximumRequests } from './integer-tables.ts';
import { chooseCoarse } from './intervals.ts';
import type { SlotRequest } from './request.ts';
import { applyAll } from './scan.ts';
import { Shared } from './tables.ts';
import { MAX_COMMITTED_INTEGERS } from './targets.ts';

/** times the calibrated range that tables go on to, the best first */
export const GROWTHS = [8, 4, 2] as const;
/** how far a value beyond its calibrated range may be off, as a share of itself */
const SHARE = 0.005;
/** share of its largest result by which a function may miss because of that */
const SENSITIVE = 0.02;

/** The tables that a program of these stages has, but for those of copies. */
function requestsOf(stages: readonly IntegerStage[]): SlotRequest[] {
  const shared = new Shared();
  for (const integer of stages)
    if (integer.kind === 'maximum') for (const request of Object.values(maximumRequests(integer.result))) shared.add(request);
    else if (!integer.copies) shared.add(integer.slot);
  return shared.requests;
}

/** Rows of lookup table as they are committed: a power of two. */
export const padded = (rows: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, rows)));

/** Inputs and stages whose own tables decide how far they go, that a stage reads through those that only follow. */
function decidedBy(stages: ReadonlyMap<string, IntegerStage>, stage: IntegerStage['stage']): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const pending = sourcesOf(stage).map(({ root }) => root);
  for (let root = pending.pop(); root !== undefined; root = pending.pop()) {
    if (seen.has(root)) continue;
    seen.add(root);
    const source = stages.get(root);
    if (!source || (source.kind === 'linear' && source.again)) found.add(root);
    else pending.push(...sourcesOf(source.stage).map((view) => view.root));
  }
  return found;
}

/** The same, and what is read through sums of single elements: a difference is off by as much as what it is made of. */
function summedFrom(stages: ReadonlyMap<string, IntegerStage>, stage: IntegerStage['stage']): Set<string> {
  const found = decidedBy(stages, stage);
  for (const root of found) {
    const source = stages.get(root)?.stage;
    if (source?.kind !== 'linear' || source.functions.length > 0) continue;
    if (source.terms.some((term) => kindOf(term).elements.are === 'sums' || isProduct(term))) continue;
    for (const further of decidedBy(stages, source)) found.add(further);
  }
  return found;
}

/** points at which a function is looked at */
const LOOKS = 256;

/** Whether a function misses because its argument is off by this much, or by this share of itself where it reads a single value. */
function misses({ stage, slot, unit }: IntegerLinear, off: number): boolean {
  const { from, to, u } = slot;
  const alone = stage.terms.length === 1;
  let [least, most, largest] = [0, 0, 0];
  for (let k = 0; k <= LOOKS; k++) {
    const x = (from + ((to - from) * k) / LOOKS) * u * unit;
    const value = applyAll(stage.functions, x);
    const other = applyAll(stage.functions, x + (alone ? SHARE * x : off));
    if (!Number.isFinite(value) || !Number.isFinite(other)) continue;
    [least, most, largest] = [Math.min(least, value), Math.max(most, value), Math.max(largest, Math.abs(other - value))];
  }
  return largest > SENSITIVE * (most - least);
}

/** The tensors whose values a function as steep as the exponential reads, by way of sums. */
function sensitiveRoots({ stages, quantities }: IntegerGraph, growth: number): Set<string> {
  const byId = new Map(stages.map((integer) => [integer.stage.id, integer]));
  const found = new Set<string>();
  for (const integer of stages) {
    if (integer.kind === 'maximum') continue;
    const { functions } = integer.stage;
    if (functions.every(({ clip }) => clip) || functions.some(({ jumps, sign }) => jumps || sign)) continue;
    for (const root of summedFrom(byId, integer.stage)) {
      const { scale, lo, hi } = quantities.get(root)!;
      if (!found.has(root) && misses(integer, growth * Math.max(-lo, hi) * scale * SHARE)) found.add(root);
    }
  }
  return found;
}

/** How far a committed input may go on: its copy's table has a row for each integer. */
function room({ quantities }: IntegerGraph, name: string, most: number): number {
  const { lo, hi } = quantities.get(name)!;
  let growth = most;
  while (growth > 1 && (hi - lo) * growth >= MAX_COMMITTED_INTEGERS) growth /= 2;
  return growth;
}

/** The model with tables that go on to a multiple of their ranges, or to less where accumulators, or tables of committed inputs, allow no more. */
function goneOn(integers: IntegerGraph, most: number, committed: ReadonlySet<string>): { wide: IntegerGraph; rows: number } {
  const byId = new Map(integers.stages.map((integer) => [integer.stage.id, integer]));
  // steps of a loop go on as far as each other
  const roleOf = (root: string): string => byId.get(root)?.stage.role ?? root;
  const sensitive = new Set([...sensitiveRoots(integers, most)].map(roleOf));
  const less = new Map([...committed].map((name) => [name, room(integers, name, most)] as const));
  for (;;) {
    const found = integers.again((root) => ({ growth: less.get(roleOf(root)) ?? most, share: sensitive.has(roleOf(root)) ? 0 : SHARE }));
    if (!('failed' in found)) {
      const { coarse, rows } = chooseCoarse(requestsOf(found.stages));
      return { wide: { ...integers, ...found, coarse }, rows };
    }
    const wider = new Set([...decidedBy(byId, found.failed)].map(roleOf).filter((role) => (less.get(role) ?? most) > 1));
    if (wider.size === 0) throw bug(`${found.failed.where} does not fit into its accumulator as it was`);
    for (const role of wider) less.set(role, (less.get(role) ?? most) / 2);
  }
}

/** noise of weights that is tried instead of the usual one */
export const NOISES_WITH_HEADROOM = [1, 2] as const;

/** The model as it is, with the divisors of its coarse intervals. */
export const asItIs = (integers: IntegerGraph): IntegerGraph => ({ ...integers, coarse: chooseCoarse(requestsOf(integers.stages)).coarse });

/** Rows of lookup table that the model has as it is, but for those of copies. */
export const tableRows = ({ stages }: IntegerGraph): number => chooseCoarse(requestsOf(stages)).rows;

/** cells of a row of each chip, and of the lookup table */
export const CELLS = { cpu: 62, mac: 74, store: 181, lut: 5 } as const;
/** share of a program's cells that headroom may cost */
const COST = 0.045;
/** rows of lookup table that no program needs to save on */
export const FREE_ROWS = 2 ** 13;

type ChipRows = Readonly<Record<'cpu' | 'mac' | 'store', number>>;

/** cells of everything but the lookup table */
const otherCells = ({ cpu, mac, store }: ChipRows): number => CELLS.cpu * cpu + CELLS.mac * mac + CELLS.store * store;

/** cells of a row of the lookup table with its part of the composition, which is as long as the longest table */
const WITH_COMPOSITION = 17;
/** what counts as half of a program's cells */
const HALF = 0.55;

/** Rows of lookup table, a power of two, with which a program that is mostly tables has half of its cells. */
export function rowsOfHalf(chips: ChipRows, rows: number): number {
  const others = otherCells(chips);
  const cells = HALF * (others + WITH_COMPOSITION * padded(rows)) - others;
  return 2 ** Math.floor(Math.log2(Math.max(1, cells / WITH_COMPOSITION)));
}

/** Whether the lookup table is most of a program. */
export const isTables = (chips: ChipRows, rows: number): boolean => CELLS.lut * padded(rows) > otherCells(chips);

/**
 * Whether the lookup table of a program with headroom costs little.
 * @param chips rows of the program
 * @param before rows of its lookup table without headroom
 * @param rows with it
 */
export function isAffordable(chips: ChipRows, before: number, rows: number): boolean {
  const others = otherCells(chips);
  return rows <= FREE_ROWS || CELLS.lut * (padded(rows) - padded(before)) <= COST * (others + CELLS.lut * padded(before));
}

/** the stops of some work among values that are yielded */
export function* stops<T>(steps: Steps<T>): Generator<undefined, T, void> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    yield undefined;
  }
}

/**
 * The model with tables that go on, the farthest first; undefined is a stop.
 * @param committed names of inputs of which a statement has roots
 * @param coarser the same model with larger noise of weights, which makes its tables reach less far in accumulator units; as exact, or nothing
 */
export function* withHeadroom(
  integers: IntegerGraph,
  committed: ReadonlySet<string>,
  coarser: (noise: number) => Steps<IntegerGraph | undefined>,
): Generator<{ wide: IntegerGraph; rows: number } | undefined, void, void> {
  const others = new Map<number, IntegerGraph | undefined>();
  for (const growth of GROWTHS) {
    yield goneOn(integers, growth, committed);
    for (const noise of NOISES_WITH_HEADROOM) {
      if (!others.has(noise)) others.set(noise, yield* stops(coarser(noise)));
      const other = others.get(noise);
      if (other) yield goneOn(other, growth, committed);
    }
  }
}
