// Why an output is far from the float model: one rounding at a time is put into the float model, on the sample where the output is worst, and the
// one that moves the output most is named. Source: DESIGN §6. Caveat: it looks at roundings one by one; errors that only many of them together
// make are said to be that, with the node that has the largest part.

import type { Graph } from '../graph/node.ts';
import { evaluating, type RealTensors } from '../graph/reference.ts';
import type { Steps } from '../onnx/steps.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { IntegerGraph } from '../quantise/integer-graph.ts';
import { stageResult, toIntegers } from '../quantise/simulate.ts';
import type { Quantity } from '../quantise/targets.ts';
import { inOwnOrder, type Stage } from '../stages/stage.ts';
import type { Cause } from './accuracy.ts';
import type { OutputAccuracy } from './report.ts';

/** stages that are looked at, those that add most by themselves first: each costs two runs of the float model */
const MOST_STAGES = 48;
/** a rounding that makes this share of the error is the cause */
const MAIN = 0.4;
/** a range this much larger than what half of the values need is one of few large values */
const FEW_LARGE = 50;

interface Suspect {
  kind: 'input' | 'step' | 'table';
  name: string;
  where: string;
  /** error of the output, in its units, that this rounding alone makes */
  error: number;
  /** what it is rounded to, and what it is; of a table its argument */
  quantity: Quantity;
  values: Float64Array;
  /** share of results beyond the range that the table covers */
  saturated: number;
}

export interface CauseParts {
  integers: IntegerGraph;
  graph: Graph;
  samples: readonly RealTensors[];
  /** what each stage adds by itself, by stage id */
  own: ReadonlyMap<string, number>;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;
const short = (x: number): number => Number(x.toPrecision(3));

/** from the stage's own order back to that of the ONNX value */
const inValueOrder = ({ order }: Pick<Stage, 'order'>, own: Float64Array): Float64Array =>
  order ? own.slice().map((_, i) => own[order[i]!]!) : own;

/** Every rounding with the error that it makes alone. */
function* suspects({ integers, graph, samples, own }: CauseParts, { name: output, sample }: OutputAccuracy): Steps<Suspect[]> {
  const given = samples[sample]!;
  const reference = new Map<string, Tensor>(graph.constants);
  const wanted = (yield* evaluating(graph, given, (name, tensor) => reference.set(name, tensor))).get(output)!.data;
  const factors = graph.outputFactors?.get(output);
  function* errorWith(name: string, data: Float64Array): Steps<number> {
    const instead = new Map([[name, { ...reference.get(name)!, data }]]);
    const got = (yield* evaluating(graph, given, undefined, undefined, instead)).get(output)!.data;
    const error = got.reduce((most, y, e) => Math.max(most, Math.abs(y - wanted[e]!) * (factors?.[e] ?? 1)), 0);
    return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY; // a divisor was rounded to 0
  }
  const found: Suspect[] = [];
  const ideal = new Map<string, Float64Array>();
  const rounded = (root: string, values: Float64Array): Float64Array => {
    const quantity = integers.quantities.get(root)!;
    const whole = toIntegers({ data: values }, quantity);
    ideal.set(root, whole);
    return whole.map((y) => y * quantity.scale);
  };
  for (const { name } of graph.inputs) {
    const values = reference.get(name)!.data;
    const error = yield* errorWith(name, rounded(name, values));
    found.push({ kind: 'input', name, where: `input "${name}"`, error, quantity: integers.quantities.get(name)!, values, saturated: 0 });
  }
  const looked = new Set(
    integers.stages
      .map(({ stage }) => stage.id)
      .sort((a, b) => (own.get(b) ?? 0) - (own.get(a) ?? 0))
      .slice(0, MOST_STAGES),
  );
  for (const integer of integers.stages) {
    const { stage } = integer;
    const { id, value: name, where } = stage;
    const values = inOwnOrder(stage, reference.get(name)!.data);
    const quantity = integers.quantities.get(id)!;
    // its sources come first in the list, so what it computes from them is computed before its own values are rounded
    let saturated = 0;
    const computed = looked.has(id)
      ? stageResult(integer, ideal, { saturated: (share) => (saturated = share) }).map((y) => y * quantity.scale)
      : undefined;
    const stored = rounded(id, values);
    if (!computed) continue;
    const of = { name, where, saturated };
    found.push({ kind: 'step', ...of, quantity, values, error: yield* errorWith(name, inValueOrder(stage, stored)) });
    if (integer.kind === 'maximum') continue;
    const { unit, slot, stage: linear } = integer;
    found.push({
      kind: 'table',
      ...of,
      quantity: { scale: unit * slot.u, lo: slot.from, hi: slot.to },
      values: reference.get(linear.before)?.data ?? values,
      error: yield* errorWith(name, inValueOrder(stage, computed)),
    });
  }
  return found;
}

/** what a step is so large for */
function rangeText({ quantity: { scale, lo, hi }, values }: Suspect): string {
  const sizes = values.map(Math.abs).sort();
  const median = sizes[sizes.length >> 1] ?? 0;
  const reach = scale * Math.max(-lo, hi);
  const few = median * FEW_LARGE < reach ? `, though half of its values are not larger than ${short(median)}` : '';
  return `steps of ${short(scale)}, because it reaches from ${short(lo * scale)} to ${short(hi * scale)}${few}`;
}

/** The rounding that moves the output most, or the largest part of many. */
export function* findCause(parts: CauseParts, output: OutputAccuracy): Steps<Cause> {
  const found = yield* suspects(parts, output);
  const largest = (list: readonly Suspect[]): Suspect | undefined =>
    list.reduce<Suspect | undefined>((most, next) => (!most || next.error > most.error ? next : most), undefined);
  const most = largest(found)!;
  // a coarse input or a coarse step shows in every table behind it too
  const root = (['input', 'step'] as const)
    .map((kind) => largest(found.filter((one) => one.kind === kind)))
    .find((one) => one && one.error > MAIN * most.error);
  const cause = root ?? most;
  const { kind, where, error, saturated } = cause;
  const top = output.relativeError > 0 ? output.maxError / output.relativeError : 1;
  const alone = Number.isFinite(error) ? `that alone makes an error of ${percent(error / top)}` : 'that alone makes the output infinite';
  if (error === 0)
    return {
      where: parts.integers.stages[output.from]?.stage.where ?? where,
      why: 'no rounding makes it alone: several together do, or values that differ in the float model are the same integer here',
      fix: 'calibrate on inputs of a narrower range',
    };
  if (error < MAIN * output.maxError)
    return {
      where,
      why: `many roundings add up; the largest part, ${percent(error / top)}, is made here`,
      fix: 'calibrate on inputs of a narrower range',
    };
  if (kind === 'input')
    return {
      where,
      why: `it is rounded to ${rangeText(cause)}; ${alone}`,
      fix: 'bring the elements of this input to one size (scale its features before the model), calibrate on a narrower range',
    };
  if (kind === 'table' && saturated > 0)
    return {
      where,
      why: `${percent(saturated)} of its results lie beyond the range that its table covers, and saturate; ${alone}`,
      fix: 'calibrate on inputs that cover them',
    };
  const what = kind === 'step' ? 'what it stores has' : 'its weights are integers, and what its table reads has';
  return {
    where,
    why: `${what} ${rangeText(cause)}; ${alone}`,
    fix: 'keep large values (masks, sums, unscaled features) apart from small ones, calibrate on a narrower range',
  };
}
