// Functions of single elements that are steep near zero (1/x, log, roots): their tables read the source's own integers. Source: DESIGN §6.
// Caveat: the source has to have the bits; inputs that nothing else reads get more of them where the accuracy needs it.
import type { Tensor } from '../onnx/tensor.ts';
import { type LinearStage, type StageGraph, sourcesOf } from '../stages/stage.ts';
import { isProduct, kindOf } from '../stages/terms/index.ts';
import { provedReach } from './bounds.ts';
import type { IntegerLinear, Source } from './integer-graph.ts';
import { type Ends, ended } from './real-table.ts';
import { BEYOND, floating, type Quantity, stairsOf } from './targets.ts';
import { roundConstant } from './weights.ts';

/** how far a weight of an exact sum may be from a multiple of the smallest one */
const SLACK = 1e-9;

/**
 * The factor by which a stage multiplies the single element that its function reads, or the one that all weights of a sum are multiples of where
 * a function asks for that; undefined for other stages.
 */
function argumentFactor({ terms, functions }: LinearStage): number | undefined {
  const [term, ...more] = terms;
  if (!term || more.length || isProduct(term)) return undefined;
  if (functions.every(({ clip }) => clip) || functions.some(({ jumps, sign }) => jumps || sign)) return undefined;
  if (functions[0]?.relative) return commonFactor(term.weights);
  if (kindOf(term).elements.are === 'sums') return undefined;
  const [factor] = term.weights;
  return factor !== undefined && factor > 0 && term.weights.every((w) => w === factor) ? factor : undefined;
}

function commonFactor(weights: Float64Array): number | undefined {
  const least = weights.reduce((size, w) => (w === 0 ? size : Math.min(size, Math.abs(w))), Number.POSITIVE_INFINITY);
  const multiple = (w: number): boolean => Math.abs(w / least - Math.round(w / least)) <= SLACK * Math.abs(w / least);
  return Number.isFinite(least) && weights.every(multiple) ? least : undefined;
}

/** True for an input that only such stages read. */
export const isArgument = ({ stages, outputs }: StageGraph, name: string): boolean =>
  !outputs.some(({ view }) => view.root === name) &&
  stages.every(
    (stage) => !sourcesOf(stage).some(({ root }) => root === name) || (stage.kind === 'linear' && argumentFactor(stage) !== undefined),
  );

/** Stairs on single elements: in a sum, weights have to be rounded, and those of an input with many bits would be next to nothing. */
const climbsElements = (stage: StageGraph['stages'][0]): boolean =>
  stage.kind === 'linear' &&
  stairsOf(stage.functions) !== undefined &&
  stage.terms.every((term) => !isProduct(term) && kindOf(term).elements.are !== 'sums');

/** True for an input whose elements only stairs read. */
export const isClimbed = ({ stages, outputs }: StageGraph, name: string): boolean =>
  !outputs.some(({ view }) => view.root === name) &&
  stages.every((stage) => !sourcesOf(stage).some(({ root }) => root === name) || climbsElements(stage));

/** An input, and how its integers change: times finer, times farther than calibration saw. The first that fits is taken. */
const ROOMS = [
  [4, BEYOND],
  [2, BEYOND],
  [1, BEYOND],
  [1, 2],
] as const;

/**
 * The integers of an input that is only read relative to its size, with room for rows that are smaller, and larger, than calibration saw.
 * @param most integers that it may have
 */
export function withRoom({ stages }: StageGraph, name: string, { scale, lo, hi }: Quantity, most = Number.POSITIVE_INFINITY): Quantity {
  const readers = stages.filter((stage): stage is LinearStage => sourcesOf(stage).some(({ root }) => root === name) && isRelative(stage));
  if (readers.length === 0) return { scale, lo, hi };
  for (const [finer, farther] of ROOMS) {
    const times = finer * farther;
    const found: Quantity = { scale: scale / finer, lo: lo * times || 0, hi: hi * times };
    const fits = (stage: LinearStage): boolean =>
      provedReach(stage, [inUnits(stage, argumentFactor(stage)!)], undefined, [found]) !== undefined;
    if (found.hi - found.lo < most && readers.every(fits)) return found;
  }
  return { scale, lo, hi };
}

const isRelative = (stage: StageGraph['stages'][0]): boolean =>
  stage.kind === 'linear' && stage.functions[0]?.relative === true && argumentFactor(stage) !== undefined;

const inUnits = ({ terms: [term] }: LinearStage, factor: number): Float64Array => term!.weights.map((w) => Math.round(w / factor));

/** A function of single elements that is steep near zero reads their own integers. @returns undefined for other stages */
export function steepNearZero(
  given: LinearStage,
  stage: LinearStage,
  { before, after }: Ends,
  sources: readonly Source[],
  bits: number,
): IntegerLinear | undefined {
  const factor = argumentFactor(stage);
  if (factor === undefined) return undefined;
  const unit = factor * sources[0]!.scale;
  const target = floating(stage, before, after, bits, unit);
  if (!target) return undefined;
  const weights = [inUnits(stage, factor)];
  const constantFor = (other: LinearStage): Tensor | undefined => roundConstant(other, { means: [undefined] }, unit, 0);
  const parts = { weights, constant: constantFor(stage), constantFor, unit };
  const argument = (c: number): number => c * unit;
  return ended(given, stage, 'requantise', parts, { target, u: 1, argument, own: argument }, sources);
}
