// Small models for the consumers, trained here: drawn examples of a rule, two dense layers, plain gradient descent, written as ONNX and compiled. Caveat:
// examples are drawn from a fixed seed and follow a rule that somebody made up, so a model is about nothing but its test; inputs are integers
// and their scale is 1, so that a contract can put them together itself.
import { compileModel } from '../../../compiler/index.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { node, onnxModel } from '../../compiler/onnx-writer.ts';

const INT32 = 6;
const EXAMPLES = 400;
const ROUNDS = 60;
const CALIBRATED = 64;
const RATE = 0.05;

/** numbers from 0 to 1, the same in every run */
function drawn(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a model is to learn. */
export interface Rule {
  name: string;
  inputs: number;
  outputs: number;
  hidden: number;
  /** inputs are integers from 0 to this */
  most: number;
  /** the right outputs, about -1 to 1, of inputs from 0 to 1 */
  target: (x: readonly number[]) => number[];
  /** an example's inputs; any integers if left out */
  draw?: (random: () => number) => number[];
}

/** A dense network that has learnt the rule. */
export function trained({ name, inputs, outputs, hidden, most, target, draw }: Rule): Program {
  const random = drawn(2026);
  const example = draw ?? ((next) => Array.from({ length: inputs }, () => Math.floor(next() * (most + 1))));
  const examples = Array.from({ length: EXAMPLES }, () => example(random));
  const matrix = (rows: number, columns: number): number[] =>
    Array.from({ length: rows * columns }, () => (random() - 0.5) * Math.sqrt(6 / rows));
  const [first, second] = [matrix(inputs, hidden), matrix(hidden, outputs)];
  const [firstBias, secondBias] = [new Array<number>(hidden).fill(0), new Array<number>(outputs).fill(0)];
  for (let round = 0; round < ROUNDS; round++)
    for (const integers of examples) {
      const x = integers.map((value) => value / most);
      const h = firstBias.map((bias, j) =>
        Math.max(
          0,
          x.reduce((sum, value, i) => sum + value * first[i * hidden + j]!, bias),
        ),
      );
      const wanted = target(x);
      const error = secondBias.map((bias, k) => h.reduce((sum, value, j) => sum + value * second[j * outputs + k]!, bias) - wanted[k]!);
      const back = h.map((value, j) => (value > 0 ? error.reduce((sum, e, k) => sum + e * second[j * outputs + k]!, 0) : 0));
      for (const [k, e] of error.entries()) {
        secondBias[k]! -= RATE * e;
        for (const [j, value] of h.entries()) second[j * outputs + k]! -= RATE * e * value;
      }
      for (const [j, e] of back.entries()) {
        firstBias[j]! -= RATE * e;
        for (const [i, value] of x.entries()) first[i * hidden + j]! -= RATE * e * value;
      }
    }
  const onnx = onnxModel({
    inputs: { x: [1, inputs] },
    inputTypes: { x: INT32 },
    outputs: ['y'],
    nodes: [
      node('Cast', ['x'], 'real', { to: 1 }),
      node('Gemm', ['real', 'first', 'firstBias'], 'sums'),
      node('Relu', ['sums'], 'h'),
      node('Gemm', ['h', 'second', 'secondBias'], 'y'),
    ],
    initializers: {
      first: { shape: [inputs, hidden], data: first.map((weight) => weight / most) },
      firstBias: { shape: [hidden], data: firstBias },
      second: { shape: [hidden, outputs], data: second },
      secondBias: { shape: [outputs], data: secondBias },
    },
  });
  const calibration = examples.slice(0, CALIBRATED).map((data) => ({ x: { shape: [1, inputs], data: Float64Array.from(data) } }));
  const { program } = compileModel(onnx, { calibration, name, ranges: new Map([['x', [0, most]]]) });
  if (program.inputs[0]!.scale !== 1) throw new Error(`${name}: an input of scale ${program.inputs[0]!.scale}`);
  return program;
}

export const integers = (program: Program, data: readonly number[]): IntegerTensors => ({
  [program.inputs[0]!.name]: Int32Array.from(data),
});

/** a real output as the integer that the contract compares */
export const barOf = (program: Program, real: number): bigint => BigInt(Math.round(real / program.outputs[0]!.scale));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

/** Days, swaps, votes … of an account, each 0 to 100: many kinds of activity are worth more than much of one. */
export const activityModel = (): Program =>
  trained({
    name: 'activity',
    inputs: 8,
    outputs: 1,
    hidden: 8,
    most: 100,
    target: (x) => [sum(x.map((part) => Math.min(part, 0.5))) / 4 - 0.3],
    // some accounts did little, and many did nothing of a kind
    draw: (random) => {
      const busy = random();
      return Array.from({ length: 8 }, () => (random() < busy ? Math.floor(random() * 101) : 0));
    },
  });

export const WORD_COUNTERS = 16;
const MAX_WORDS = 63;
/** words that a proposal should have, and words that it should not */
const [GOOD, BAD] = ['grant public docs audit tests maintain open report', 'mint drain urgent secret owner unlimited all now'].map(
  (words) => words.split(' '),
) as [string[], string[]];

/** Words by their hash, as contracts/cairo/consumers/text.cairo counts them. */
export function wordCounts(text: string): number[] {
  const counts = new Array<number>(WORD_COUNTERS).fill(0);
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    const hash = [...word].reduce((state, letter) => (state * 31 + letter.charCodeAt(0)) % 65521, 0);
    if (hash) counts[hash % WORD_COUNTERS]!++;
  }
  return counts;
}

/** the counters of each list of words */
const bucketsOf = (words: readonly string[]): number[] => words.map((word) => wordCounts(word).indexOf(1));
const [good, bad] = [bucketsOf(GOOD), bucketsOf(BAD)];

/** A text's words: the share of those that it should have less that of those that it should not. */
export const proposalModel = (): Program =>
  trained({
    name: 'proposals',
    inputs: WORD_COUNTERS,
    outputs: 1,
    hidden: 8,
    most: MAX_WORDS,
    target: (x) => {
      const all = Math.max(sum(x), 1 / MAX_WORDS);
      const share = (buckets: number[]): number => sum(buckets.map((bucket) => x[bucket]! / buckets.filter((b) => b === bucket).length));
      return [(share(good) - share(bad)) / all];
    },
    draw: (random) =>
      wordCounts(
        Array.from({ length: 4 + Math.floor(random() * 12) }, () => (random() < 0.5 ? GOOD : BAD)[Math.floor(random() * 8)]!).join(' '),
      ),
  });

export const DIMENSIONS = 8;
export const HELD = 3;
export const CANDIDATES = 4;

/** How near each of four NFTs is to three that somebody holds; an NFT is 8 numbers of 0 to 15. */
export const recommenderModel = (): Program =>
  trained({
    name: 'recommender',
    inputs: (HELD + CANDIDATES) * DIMENSIONS,
    outputs: CANDIDATES,
    hidden: 24,
    most: 15,
    target: (x) => {
      const of = (index: number): number[] => x.slice(index * DIMENSIONS, (index + 1) * DIMENSIONS);
      const taste = Array.from({ length: DIMENSIONS }, (_, i) => sum([0, 1, 2].map((held) => of(held)[i]!)) / HELD);
      return Array.from({ length: CANDIDATES }, (_, c) => sum(of(HELD + c).map((value, i) => (value - 0.5) * (taste[i]! - 0.5))));
    },
    // NFTs of two styles; who collects has one of them
    draw: (random) => {
      const ofStyle = (style: boolean): number[] =>
        Array.from({ length: DIMENSIONS }, (_, i) => Math.floor(random() * 7) + (style === i < DIMENSIONS / 2 ? 9 : 0));
      const taste = random() < 0.5;
      return Array.from({ length: HELD + CANDIDATES }, (_, i) => ofStyle(i < HELD ? taste : random() < 0.5)).flat();
    },
  });

/** Whether the second profile suits the first: 8 answers of 0 to 15 each, of which the first half is liked to be alike. */
export const compatibilityModel = (): Program =>
  trained({
    name: 'compatibility',
    inputs: 16,
    outputs: 1,
    hidden: 16,
    most: 15,
    target: (x) => [1 - sum([0, 1, 2, 3].map((i) => Math.abs(x[i]! - x[8 + i]!)))],
  });
