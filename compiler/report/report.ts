// What a compilation reports, as types alone: what programs that compile read of it. Source: summary.ts, measures.ts, which fill it. Caveat: it imports
// nothing but types that import nothing, so that whoever installs the package has not half of the compiler's declarations with it.
import type { RowCounts } from '../layout/rows.ts';
import type { Copy } from '../lower/copy.ts';

/** Figures of one output over all samples. */
export interface OutputMeasure {
  /** largest error over all samples and elements, in real units */
  maxError: number;
  /** the sample that it is in */
  sample: number;
  /** the same, relative to the output's largest absolute value in any sample */
  relativeError: number;
  /** largest error of any channel, relative to the channel's spread: its largest value minus its smallest in any sample */
  channelError: number;
  /** the channel of that; 0 where there is one only */
  channel: number;
  /** share of rows along the last axis whose largest element, the first of equal ones, is the reference's */
  sameArgmax: number;
  /** rows that such a share of is a share of labels: those of at most two axes, with 2 to 1024 classes; 0 where the output has no labels */
  labels: number;
}

export interface OutputAccuracy extends OutputMeasure {
  name: string;
  scale: number;
  /** the stage (or, negative, the input) that it is read from, as in `StageReport.reads` */
  from: number;
}

export interface StageReport {
  where: string;
  /** of its result; older files do not have it */
  shape?: number[];
  /** what it reads: stages by their place in this list, the model's inputs as -1, -2, … */
  reads: number[];
  /** rows of the chips that it causes, copies of what it reads included */
  rows: RowCounts;
  /** divisor of the fine intervals; 1 where nothing is rounded */
  divisor: number;
  /** largest absolute integer weight */
  largestWeight: number;
  /** proved bound of every accumulator coefficient */
  magnitude: number;
  /** share of results outside the calibrated range, over all samples */
  saturated: number;
  /** largest error against the float reference on the first samples, relative to the largest value that the node deals with; -1 if it was not measured */
  error: number;
  /** the same where the node reads the float reference's values, rounded: what the node itself adds */
  ownError: number;
  scale: number;
  lo: number;
  hi: number;
}

/** Errors are relative to an output's largest value; integers that are off count as 1, many lost labels as their share. */
export interface Accuracy {
  target: number;
  error: number;
}

/**
 * What a compilation says of accuracy and cost, in numbers.
 * @example
 * const report = reportOf(model)?.report;
 * for (const { name, relativeError } of report?.outputs ?? []) console.log(name, relativeError);
 */
export interface CompileReport {
  outputs: OutputAccuracy[];
  /** the error that was asked for and the worst of the outputs; a larger one was taken knowingly */
  accuracy: Accuracy;
  stages: StageReport[];
  slots: { name: string; intervals: number }[];
  /** rows of each chip before padding to powers of two */
  rows: RowCounts & { lut: number; rom: number; ram: number };
  /** RAM words in use */
  ramWords: number;
  /** copies that layouts made necessary */
  copies: readonly Copy[];
}
