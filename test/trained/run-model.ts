// One trained model: compiled from its first samples, run on the others, compared with onnxruntime. Errors are relative to the spread (largest minus
// smallest answer over the fresh samples) of an output, and of each of its channels (places of the last axis).
// Caveat: nothing is proved here; the executor is held against the proof elsewhere.

import { compileModel } from '../../compiler/index.ts';
import { encodeReport } from '../../compiler/report/stored.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { DEFAULT_PROFILE } from '../../fri/pcs/profile.ts';
import { costOf } from '../../vm/estimate/cost.ts';
import { execute } from '../../vm/executor/run.ts';
import { saturation } from '../../vm/executor/saturation.ts';
import { roundedInputs } from '../../vm/library/integers.ts';
import { realTensors } from '../../vm/library/outputs.ts';
import { unsteady } from '../../vm/library/unsteady.ts';
import type { Program } from '../../vm/program/types.ts';
import { type Answers, CALIBRATION, readTrained, type TrainedModel } from './models.ts';

/** of an output's spread */
const TOLERANCE = 0.01;

/**
 * Differences that are onnxruntime's own rounding: it computes in float32, of which 2^-23 is the step at 1, and its Sigmoid of -16 is 0 where the
 * model's is 1.1e-7. Scores of `shipped_hey_mycroft` are no larger than that.
 */
const OWN_ROUNDING = 2 ** -22;

/** cells of all fresh runs of a model together; large models have fewer runs, but so many at least */
const FRESH_CELLS = 600e6;
const FEWEST_FRESH = 16;

export interface Outcome {
  source: string;
  /** why it was not compiled */
  refused?: string;
  compileMs: number;
  cells: number;
  /** inputs that calibration did not see, and those of them that `run` refused */
  fresh: number;
  refusals: number;
  /** accepted inputs whose label (an integer output, else the largest of the first output) is another one */
  flips: number;
  /** those of them of which nothing warned */
  silentFlips: number;
  /** accepted inputs that are neither, and of which `run` says that rounding decides their answer */
  cautions: number;
  /** accepted inputs that are off by more than 1 % of an output's spread, and those of them of which nothing warned */
  off: number;
  silent: number;
  /** largest error of an accepted input, of the output's and of the channel's spread */
  error: number;
  channelError: number;
}

interface Spread {
  output: number;
  channels: Float64Array;
}

const channelsOf = ({ samples: [first] }: Answers): number => (first!.shape.length > 1 ? first!.shape.at(-1)! : 1);

function spreadOf(answers: Answers): Spread {
  const count = channelsOf(answers);
  const [low, high] = [new Float64Array(count).fill(Number.POSITIVE_INFINITY), new Float64Array(count).fill(Number.NEGATIVE_INFINITY)];
  for (const { data } of answers.samples.slice(CALIBRATION))
    for (const [e, x] of data.entries()) {
      low[e % count] = Math.min(low[e % count]!, x);
      high[e % count] = Math.max(high[e % count]!, x);
    }
  const output = Math.max(...high) - Math.min(...low);
  // a channel that never changes has the output's
  return { output, channels: high.map((x, c) => x - low[c]! || output) };
}

const largest = (data: ArrayLike<number>): number => Array.prototype.indexOf.call(data, Math.max(...Array.from(data)));

/** A model, and what the compiler said of it. */
interface Compiled {
  program: Program;
  report: Uint8Array;
}

/** What the sample's answer was worth; undefined if `run` refused it. */
function attempt({ program, report }: Compiled, { samples, answers }: TrainedModel, spreads: readonly Spread[], k: number) {
  const named = new Map(Object.entries(samples[k]!));
  const file = { file: `sample ${k}`, named, ordered: undefined };
  try {
    const rounded = roundedInputs(file, program);
    const run = execute(program, rounded.integers);
    const got = realTensors(program, 'output', run.outputs);
    let [error, channelError, flip] = [0, 0, false];
    const labelled = answers.some(({ integers }) => integers);
    for (const [i, { name, integers, samples: wanted }] of answers.entries()) {
      const { data } = got[name]!;
      const want = wanted[k]!.data;
      if (data.length !== want.length) throw new Error(`output "${name}" has ${data.length} elements, expected ${want.length}`);
      if (integers) flip ||= want.some((x, e) => x !== data[e]);
      else {
        if (!labelled && i === 0 && channelsOf(answers[i]!) > 1) flip ||= largest(want) !== largest(data);
        const { output, channels } = spreads[i]!;
        for (const [e, x] of want.entries()) {
          const size = Math.abs(x - data[e]!);
          if (size < OWN_ROUNDING) continue;
          error = Math.max(error, size / (output || 1));
          channelError = Math.max(channelError, size / (channels[e % channels.length]! || 1));
        }
      }
    }
    const moved = unsteady(run, rounded, report).length > 0;
    return { error, channelError, flip, moved, warned: moved || saturation(run).length > 0 };
  } catch (error) {
    if (error instanceof ZkvmError && error.kind !== 'bug') return undefined;
    throw error;
  }
}

/** @throws Error for a model that cannot be compared at all, and for bugs */
export function runModel(name: string): Outcome {
  const model = readTrained(name);
  const calibration = model.samples.slice(0, CALIBRATION);
  const outcome: Outcome = {
    source: model.source,
    compileMs: 0,
    cells: 0,
    fresh: model.samples.length - CALIBRATION,
    refusals: 0,
    flips: 0,
    silentFlips: 0,
    cautions: 0,
    off: 0,
    silent: 0,
    error: 0,
    channelError: 0,
  };
  let compiled: Compiled;
  const started = performance.now();
  try {
    const { program, report, measuredOn } = compileModel(model.onnx, { calibration });
    compiled = { program, report: encodeReport({ samples: measuredOn, report }) };
  } catch (error) {
    if (error instanceof ZkvmError && error.kind !== 'bug')
      return { ...outcome, refused: error.message.split('; ').slice(0, 2).join('; ') };
    throw error;
  }
  outcome.compileMs = performance.now() - started;
  outcome.cells = costOf(compiled.program, DEFAULT_PROFILE).cells;
  outcome.fresh = Math.min(outcome.fresh, Math.max(FEWEST_FRESH, Math.floor(FRESH_CELLS / outcome.cells)));
  const spreads = model.answers.map(spreadOf);
  for (let k = CALIBRATION; k < CALIBRATION + outcome.fresh; k++) {
    const found = attempt(compiled, model, spreads, k);
    if (!found) {
      outcome.refusals++;
      continue;
    }
    const off = found.error > TOLERANCE;
    outcome.flips += found.flip ? 1 : 0;
    outcome.silentFlips += found.flip && !found.warned ? 1 : 0;
    outcome.cautions += found.moved && !off && !found.flip ? 1 : 0;
    outcome.off += off ? 1 : 0;
    outcome.silent += off && !found.warned ? 1 : 0;
    outcome.error = Math.max(outcome.error, found.error);
    outcome.channelError = Math.max(outcome.channelError, found.channelError);
  }
  return outcome;
}
