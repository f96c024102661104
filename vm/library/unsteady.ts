// Answers that rounding decides: the run is made again several times with values moved by less than they are rounded by (inputs to either side, results
// by up to one step), and outputs that become others are told of. A neighbour that is hardly nearer than the next one, an equal score, a comparison of
// numbers that are almost the same are found that way, and whatever else is too steep for its steps. Source: DESIGN §6.
// Caveat: a few tries find most of what may change and not all of it; nothing of this is proved, and who makes a proof need not look.
import { ZkvmError } from '../../fri/core/errors.ts';
import { type Execution, execute } from '../executor/run.ts';
import { encodingOf } from '../program/encoding.ts';
import { repeatableNumbers } from '../program/repeatable.ts';
import type { IntegerTensors, Program, Region } from '../program/types.ts';
import { type Claims, claimsOf } from './claims.ts';
import { type RoundedInputs, toReals } from './integers.ts';
import { labelling, largest, rowsOf } from './outputs.ts';

/**
 * An output that may be another one: rounding decides it.
 * @example const said = ({ output, changed, tries }: Unsteady): string => `${output}: another answer in ${changed} of ${tries} tries`;
 */
export interface Unsteady {
  output: string;
  /** labels or integers that become others, or numbers that change by more than is rounding */
  what: 'labels' | 'integers' | 'numbers';
  /** largest change, as a share of what the output spans; of labels and integers the share of them that became others in some try */
  change: number;
  /** tries in which it changed, and all of them */
  changed: number;
  tries: number;
}

/** tries, and rows of mac and store of all of them together: large models have fewer */
const MOST_TRIES = 8;
const FEWEST_TRIES = 2;
const ROWS = 2 ** 23;
/**
 * Values are moved by at most so many steps: a result is half a step off by its own rounding, and about as much by that of the weights. With a whole
 * step a tenth more of the ordinary inputs of a transformer is told of, with half a step some of the wrong answers of test/trained are not.
 */
const MOVE = 0.75;
/** changes of an output that are more than rounding, as a share of what it spans, where the model claims no larger error */
const CHANGE = 0.01;
/** times its calibrated largest value that a region goes on at most, its margin included */
const REACH = 9.2;

/** a side of a region of which calibration saw little, as a share of the other, and how near that has to be */
const [UNSEEN, NEAR] = [0.5, 0.01] as const;

/** Integers beside the real numbers, each side as often as it is near. */
function besides({ inputs }: Program, of: IntegerTensors, exact: RoundedInputs['exact'], random: () => number): IntegerTensors {
  const tensors = inputs.map(({ name, lo, hi }) => {
    const own = of[name]!;
    const reals = exact[name];
    const moved = (q: number, e: number): number => {
      const x = reals![e]!;
      if (x === q) return q;
      const low = Math.floor(x);
      return Math.min(hi, Math.max(lo, random() < x - low ? low + 1 : low));
    };
    return [name, reals ? Int32Array.from(own, moved) : own];
  });
  return Object.fromEntries(tensors);
}

/** Whether shaking moves anything: integers that stand for themselves stay. */
const hasSteps = ({ slots }: Program, rounded: RoundedInputs | undefined): boolean =>
  slots.some(({ intervals }) => {
    for (let i = 0; i < intervals.length; i += 3) if (intervals[i] === 1) return false;
    return intervals.length > 0;
  }) || Object.entries(rounded?.exact ?? {}).some(([name, exact]) => exact.some((x, e) => x !== rounded!.integers[name]![e]));

/** What an output looks like to who reads it, and how far another one is from it. */
interface Reading {
  region: Region;
  what: Unsteady['what'];
  /** of each label, integer or number */
  values: readonly number[];
  /** change of a number that counts; any change of a label or an integer does */
  most: number;
}

/**
 * How far an output reaches on its smaller side of zero, as a share of the larger one. Where calibration saw little of a side, its region goes on to
 * half of the other (quantise/targets.ts), which says nothing.
 */
function smallerSide({ lo, hi }: Region): number {
  const share = Math.min(-lo, hi) / Math.max(-lo, hi, 1);
  return Math.abs(share - UNSEEN) < NEAR ? 0 : Math.max(0, share);
}

function readings(program: Program, tensors: IntegerTensors, { error, sizes }: Claims): Reading[] {
  const labelled = labelling(program, tensors);
  return program.outputs.flatMap((region): Reading[] => {
    const { name, scale, lo, hi } = region;
    const rule = encodingOf(program.metadata, 'output', name);
    const values = toReals(region, tensors[name]!, 'output', program.metadata);
    // integers that are known to be off say nothing by being others
    if (scale === 1 && !rule) return error < 1 ? [{ region, what: 'integers', values, most: 0 }] : [];
    const own = values.reduce((size, x) => Math.max(size, Math.abs(x)), 0);
    const largestSeen = sizes.get(name) ?? Math.max(own, rule ? 0 : (Math.max(-lo, hi) * scale) / REACH);
    const size = largestSeen * (1 + smallerSide(region));
    const numbers: Reading = { region, what: 'numbers', values, most: Math.max(CHANGE, error) * size };
    if (labelled?.region !== region) return [numbers];
    return [{ region, what: 'labels', values: rowsOf(region, values).map(largest), most: 0 }, numbers];
  });
}

/**
 * Outputs of a run that may be others, with a stop before each try.
 * @param rounded the run's inputs with what they were rounded from; without, they are taken as they are
 * @param report the compile report in the model's file, for how large outputs are and how far they may be off anyway
 * @returns nothing for a run whose answer does not depend on rounding
 */
function* looked(run: Execution, rounded: RoundedInputs | undefined, report: Uint8Array | undefined): Generator<void, Unsteady[]> {
  const { program } = run.loaded;
  if (!hasSteps(program, rounded)) return [];
  const claims = claimsOf(report);
  const before = readings(program, run.outputs, claims);
  const changes = before.map(({ values }) => ({ largest: 0, changed: 0, others: new Uint8Array(values.length) }));
  const random = repeatableNumbers();
  const tries = Math.min(MOST_TRIES, Math.max(FEWEST_TRIES, Math.floor(ROWS / (run.macRows + run.storeRows + 1))));
  for (let i = 0; i < tries; i++) {
    yield;
    const shake = (): number => 0.5 + MOVE * (random() - 0.5);
    const other = shaken(program, besides(program, run.inputs, rounded?.exact ?? {}, random), shake);
    if (!other) return [];
    const after = readings(program, other, claims);
    for (const [k, { values, most }] of before.entries()) {
      const change = changes[k]!;
      let differs = false;
      for (const [e, x] of after[k]!.values.entries()) {
        const apart = Math.abs(x - values[e]!);
        if (apart <= most) continue;
        differs = true;
        change.others[e] = 1;
        change.largest = Math.max(change.largest, apart);
      }
      if (differs) change.changed++;
    }
  }
  return before.flatMap(({ region, what, values, most }, k): Unsteady[] => {
    const { largest: apart, changed, others } = changes[k]!;
    if (changed === 0) return [];
    const share = others.reduce((sum, x) => sum + x, 0) / values.length;
    const size = most / Math.max(CHANGE, claims.error) || apart;
    return [{ output: region.name, what, change: what === 'numbers' ? apart / size : share, changed, tries }];
  });
}

/** Outputs of a run that may be others; see `looked`. */
export function unsteady(...about: Parameters<typeof looked>): Unsteady[] {
  const looking = looked(...about);
  for (;;) {
    const { done, value } = looking.next();
    if (done) return value;
  }
}

/** The same, with room for others before each try. @param pause rejected where nobody wants to know any more */
export async function unsteadyBetween(pause: () => Promise<void>, ...about: Parameters<typeof looked>): Promise<Unsteady[]> {
  const looking = looked(...about);
  for (;;) {
    const { done, value } = looking.next();
    if (done) return value;
    await pause();
  }
}

/** Outputs of a run with moved values; undefined for a program that cannot go on with them, as some by hand. */
function shaken(program: Program, inputs: IntegerTensors, shake: () => number): IntegerTensors | undefined {
  try {
    return execute(program, inputs, { shake }).outputs;
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'usage') return undefined;
    throw error;
  }
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** One output as a sentence. */
export function unsteadyText({ output, what, change, changed, tries }: Unsteady): string {
  const often = `in ${changed} of ${tries} tries with values that round otherwise`;
  if (what === 'numbers') return `output "${output}" changes by up to ${percent(change)} of what it spans ${often}`;
  return `${percent(change)} of the ${what} of output "${output}" are others ${often}`;
}

/** @throws constraint ZK0424 naming the output that changes */
export function requireSteady(found: readonly Unsteady[]): void {
  const [first] = found;
  if (!first) return;
  throw new ZkvmError('constraint', 'ZK0424', {
    what: 'the answer depends on how values are rounded, so it may be another one than that of the ONNX model',
    where: `output "${first.output}"`,
    why: unsteadyText(first),
    fix: 'compile with a smaller --accuracy, or go on without --strict and take the warning',
  });
}
