// Real stages -> integer stages, one after the other: each is made from the integers of those that it reads. Source: DESIGN §6.
// Caveat: how good the integers are is estimated here and measured in report/.

import { ACCUMULATOR_BOUND } from '../../vm/program/isa.ts';
import { viewed } from '../layout/view.ts';
import { isTime, type Steps } from '../onnx/steps.ts';
import type { KnownRange, Limits } from '../stages/known.ts';
import { inOwnOrder, type LinearStage, type MaximumStage, type StageGraph } from '../stages/stage.ts';
import { isProduct, kindOf, type Term } from '../stages/terms/index.ts';
import type { Calibration, Range } from './calibrate.ts';
import type { GrowthOf, IntegerGraph, IntegerLinear, IntegerStage, QuantisationOptions, Source } from './integer-graph.ts';
import { exact, integers } from './kept.ts';
import { approximate, quantiseLinear } from './linear.ts';
import { quantiseProduct } from './products.ts';
import { certainLimits, type IndexLimits, indexLimits, knownRange, limitsOf, wholeInput } from './proved.ts';
import { KnownMoments } from './rounding.ts';
import { isArgument, isClimbed, withRoom } from './steep.ts';
import { MAX_COMMITTED_INTEGERS, type Quantity, quantiseInput, unitInput } from './targets.ts';
import { unseenPower } from './weights.ts';
import { inexact } from './whole.ts';

/** weights of a stage that takes noticeable time */
const MANY_WEIGHTS = 2 ** 18;

/** Names of the values whose calibration samples `quantise` looks at. */
export function valuesToKeep(graph: StageGraph): Set<string> {
  const names = new Map<string, string>(graph.inputs.map(({ name }) => [name, name]));
  for (const { id, value } of graph.stages) names.set(id, value);
  const terms = graph.stages.flatMap((stage) => (stage.kind === 'linear' ? stage.terms : []));
  const read = terms.filter((term) => kindOf(term).rounding !== 'each by itself').map(({ source }) => names.get(source.root)!);
  return new Set([...graph.inputs.map(({ name }) => name), ...read]);
}

/** Terms of one role with the same weights are rounded alike, along what all of them read. */
function alikeTerms({ stages }: StageGraph): Map<Term, Term[]> {
  const roles = new Map<string, Map<Float64Array, Term[]>>();
  const found = new Map<Term, Term[]>();
  for (const stage of stages) {
    if (stage.kind !== 'linear' || stage.role === undefined) continue;
    const lists = roles.get(stage.role) ?? new Map<Float64Array, Term[]>();
    roles.set(stage.role, lists);
    for (const term of stage.terms) {
      const list = lists.get(term.weights) ?? [];
      list.push(term);
      lists.set(term.weights, list);
      found.set(term, list);
    }
  }
  return found;
}

/** What is known of the tensors while stages are made, one after the other. */
interface Known {
  graph: StageGraph;
  calibration: Calibration;
  moments: KnownMoments;
  /** of inputs by name and of stages by id, so far */
  quantities: Map<string, Quantity>;
  /** name of the calibrated value that each of them has */
  names: Map<string, string>;
  /** of all stages by id, also of those that are not made yet */
  valueNames: ReadonlyMap<string, string>;
  /** terms that have their weights in common with others, in stages of one role */
  together: ReadonlyMap<Term, readonly Term[]>;
  /** those whose elements are integers, exactly */
  wholes: Set<string>;
  indices: ReadonlyMap<string, IndexLimits>;
  /** steps of tables by role, from the first stage of each on */
  loopSteps: Map<string, number>;
}

/** A stage, and the same one for sources with other ranges; undefined where the accumulator bound forbids it. */
interface Made {
  integer: IntegerStage;
  remade: (now: ReadonlyMap<string, Quantity>, growthOf: GrowthOf) => IntegerStage | undefined;
}

function inputQuantity(
  { graph, calibration: { ranges, values }, indices }: Known,
  input: StageGraph['inputs'][0],
  options: QuantisationOptions,
) {
  const { name, whole, bits } = input;
  const range = ranges.get(name)!;
  if (whole) return wholeInput(input, range, indices.get(name));
  const steep = isArgument(graph, name);
  const committed = options.committed?.has(name) === true;
  const inputBits = (steep && options.steepInputBits) || options.inputBits;
  const found = bits
    ? unitInput(range, Math.max(bits, inputBits ?? 0))
    : quantiseInput(range, values.get(name) ?? [], inputBits, isClimbed(graph, name), committed);
  return steep && !input.range ? withRoom(graph, name, found, committed ? MAX_COMMITTED_INTEGERS : undefined) : found;
}

/** What a linear stage reads. @param own the elements of a value in the order in which the stage that makes it has them */
function sourcesFor(
  stage: LinearStage,
  { calibration, moments, quantities, names, wholes, valueNames, together }: Known,
  own: OwnOrder,
): Source[] {
  const { ranges, values } = calibration;
  return stage.terms.map((term): Source => {
    const name = names.get(term.source.root)!;
    const quantity = quantities.get(term.source.root)!;
    const alike = together.get(term) ?? [term];
    const samples = () => {
      const list = alike.flatMap(({ source }) => {
        const name = valueNames.get(source.root) ?? source.root;
        return values.get(name)?.map((value) => viewed(source, own(source.root, value))) ?? [];
      });
      return list.length ? list : undefined;
    };
    return {
      ...quantity,
      power: ranges.get(name)!.power || unseenPower(quantity),
      moments: moments.of(alike[0]!, samples),
      other: isProduct(term) ? quantities.get(term.other.root)! : undefined,
      whole: wholes.has(term.source.root) && (!isProduct(term) || wholes.has(term.other.root)),
    };
  });
}

type OwnOrder = (root: string, value: Float64Array) => Float64Array;

const sameRange = (a: Quantity | undefined, b: Quantity | undefined): boolean => a?.lo === b?.lo && a?.hi === b?.hi;

function linearStage(stage: LinearStage, sources: readonly Source[], known: Known, bits: number, options: QuantisationOptions): Made {
  const { calibration, quantities, indices } = known;
  const { ranges } = calibration;
  const inIntegers = (from: readonly Source[], of: ReadonlyMap<string, Quantity>): IntegerLinear | undefined =>
    stage.exact ? exact(stage, from, limitsOf(stage.known?.before, of)) : integers(stage, ranges, from, of, bits);
  const end = (name: string, facts: KnownRange | undefined): Range => knownRange(ranges.get(name)!, facts, stage, sources, quantities);
  const inReals = (): IntegerLinear => {
    const ends = { before: end(stage.before, stage.known?.before), after: end(stage.value, stage.known?.result) };
    if (stage.terms.some(isProduct)) return quantiseProduct(stage, ends, sources, Math.min(15, bits + 1));
    return inTable(quantiseLinear(approximate(stage), ends, sources, bits, options, known.loopSteps), indices);
  };
  const integer = inIntegers(sources, quantities) ?? inReals();
  const remade: Made['remade'] = (now, growthOf) => {
    const from = stage.terms.map((term, i): Source => {
      const other = isProduct(term) ? now.get(term.other.root)! : undefined;
      return { ...sources[i]!, ...now.get(term.source.root)!, other };
    });
    if (integer.again) {
      const { growth, share } = growthOf(stage.id);
      const limits = (facts: KnownRange | undefined): Limits => certainLimits(facts, stage, from, now);
      const again = integer.again(from, { before: limits(stage.known?.before), after: limits(stage.known?.result) }, growth, share);
      return again && inTable(again, indices);
    }
    if (from.every((source, i) => sameRange(source, sources[i]) && sameRange(source.other, sources[i]!.other))) return integer;
    const { lo, hi } = integer.result;
    return stage.exact ? exact(stage, from, limitsOf(stage.known?.before, now), [lo, hi]) : inIntegers(from, now);
  };
  return { integer, remade };
}

const maximumStage = (stage: MaximumStage, of: ReadonlyMap<string, Quantity>): IntegerStage => ({
  kind: 'maximum',
  stage,
  result: of.get(stage.source.root)!,
});

/**
 * Integers for every stage.
 * @param moments of the same graph and calibration, from earlier tries
 * @param progress called now and then with the share of the weights that are done, where there are many
 * @throws ZK0530 if a stage cannot stay inside the accumulator bound
 */
export function* quantise(
  graph: StageGraph,
  calibration: Calibration,
  options: QuantisationOptions,
  moments = new KnownMoments(),
  progress: (share: number) => void = () => {},
): Steps<IntegerGraph> {
  const weightsOf = (stage: StageGraph['stages'][0]): number =>
    stage.kind === 'linear' ? stage.terms.reduce((sum, { weights }) => sum + weights.length, 0) : 0;
  const all = graph.stages.reduce((sum, stage) => sum + weightsOf(stage), 0);
  let done = 0;
  const indices = indexLimits(graph);
  const valueNames = new Map(graph.stages.map(({ id, value }) => [id, value]));
  const known: Known = {
    graph,
    calibration,
    moments,
    quantities: new Map(),
    names: new Map(),
    valueNames,
    together: alikeTerms(graph),
    wholes: new Set(),
    indices,
    loopSteps: new Map(),
  };
  const { quantities, names, wholes } = known;
  for (const input of graph.inputs) {
    if (input.whole) wholes.add(input.name);
    quantities.set(input.name, inputQuantity(known, input, options));
    names.set(input.name, input.name);
  }
  const outputs = new Set(graph.outputs.map(({ view }) => view.root));
  const byId = new Map(graph.stages.map((stage) => [stage.id, stage]));
  const own: OwnOrder = (root, value) => inOwnOrder(byId.get(root) ?? {}, value);
  const bitsOf = (stage: LinearStage): number => {
    if (outputs.has(stage.id)) return options.outputBits;
    const more = Math.max(0, ...stage.terms.map((term) => kindOf(term).moreBits));
    return Math.min(15, (options.bitsOf?.get(stage.role ?? stage.id) ?? options.activationBits) + more);
  };
  const made: Made[] = [];
  for (const stage of graph.stages) {
    const one: Made =
      stage.kind === 'maximum'
        ? { integer: maximumStage(stage, quantities), remade: (now) => maximumStage(stage, now) }
        : linearStage(stage, sourcesFor(stage, known, own), known, bitsOf(stage), options);
    const { integer } = one;
    const { scale, lo, hi } = integer.result;
    // integers that an approximate value was rounded to are integers all the same
    const rounded = integer.kind === 'linear' && integer.stage.whole?.result === true && scale === 1;
    if (integer.kind === 'maximum' ? wholes.has(integer.stage.source.root) : integer.whole || rounded) wholes.add(stage.id);
    if (Math.max(-lo, hi) >= ACCUMULATOR_BOUND) throw inexact(stage, `it may be anything from ${lo} to ${hi}`);
    quantities.set(stage.id, integer.result);
    names.set(stage.id, stage.value);
    done += weightsOf(stage);
    if (weightsOf(stage) >= MANY_WEIGHTS) progress(done / all);
    made.push(one);
    if (isTime()) yield;
  }
  const again: IntegerGraph['again'] = (growthOf) => {
    const now = new Map<string, Quantity>();
    for (const { name, whole, range } of graph.inputs) {
      const { scale, lo, hi } = quantities.get(name)!;
      const growth = whole || range ? 1 : growthOf(name).growth;
      now.set(name, { scale, lo: growth * lo || 0, hi: growth * hi });
    }
    const stages: IntegerStage[] = [];
    for (const [i, { remade }] of made.entries()) {
      const integer = remade(now, growthOf);
      if (!integer) return { failed: graph.stages[i] as LinearStage };
      now.set(integer.stage.id, integer.result);
      stages.push(integer);
    }
    return { stages, quantities: now };
  };
  return { graph, stages: made.map(({ integer }) => integer), quantities, again };
}

/** Rounded reals that index a table stay inside it, where all of their samples do. */
function inTable(integer: IntegerLinear, indices: ReadonlyMap<string, IndexLimits>): IntegerLinear {
  const index = indices.get(integer.stage.id);
  if (!index || !integer.stage.whole?.result || integer.result.scale !== 1) return integer;
  const { scale, lo, hi } = integer.result;
  const result = { scale, lo: Math.max(lo, Math.min(0, index.low)), hi: Math.min(hi, Math.max(0, index.high)) };
  const { value } = integer.slot;
  return { ...integer, result, slot: { ...integer.slot, value: (c) => Math.min(Math.max(value(c), result.lo), result.hi) } };
}
