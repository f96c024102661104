// The compile report for people: accuracy, sizes, and what a proof will cost. Source: DESIGN §6; compiler/report/summary.ts and vm/estimate/cost.ts.
// Caveat: a proof's size varies by a few percent with its query positions.
import type { CompileReport } from '../../compiler/index.ts';
import { fewSamples } from '../../compiler/report/few-samples.ts';
import { type Cost, cellsOfRows } from '../../vm/estimate/cost.ts';
import { encodingOf, realRange } from '../../vm/program/encoding.ts';
import type { Encoding, Program, Region } from '../../vm/program/types.ts';
import { formatCount } from '../io/terminal.ts';

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Lines about accuracy, sizes and what was costly. */
export function reportLines(program: Program, report: CompileReport, cost: Cost, samples: number): string[] {
  const { rows, copies } = report;
  return [
    `compiled "${program.metadata.name}"`,
    ...program.inputs.map((region) => {
      const rule = encodingOf(program.metadata, 'input', region.name);
      return `input "${region.name}" [${region.shape.join(', ')}] real ${realRange(region, rule)}, ${stepText(region, rule)}`;
    }),
    ...accuracyLines(report, samples),
    `rows: cpu ${formatCount(rows.cpu)}, mac ${formatCount(rows.mac)}, store ${formatCount(rows.store)}, ram ${formatCount(rows.ram)}, rom ${formatCount(rows.rom)}, table ${formatCount(rows.lut)}`,
    `a proof: ${formatCount(cost.cells)} cells, about ${formatCount(cost.proof.bytes)} bytes`,
    ...copies.map(
      ({ kind, where, elements, rows: own }) =>
        `${kind} of ${formatCount(elements)} elements, ${formatCount(cellsOfRows(own))} cells, for ${where}`,
    ),
  ];
}

/** How far apart the numbers are that an input is rounded to. */
export function stepText({ scale }: Pick<Region, 'scale'>, rule: Encoding | undefined): string {
  if (!rule) return `steps of ${scale}`;
  return 'thresholds' in rule ? 'only compared: buckets between thresholds' : `steps of its own for each index of axis ${rule.axis}`;
}

/** How far the integers are from the float model on the calibration samples. */
export function accuracyLines(report: CompileReport, samples: number): string[] {
  const { outputs, stages } = report;
  const most = stages.reduce((max, stage) => (stage.saturated > max.saturated ? stage : max), { saturated: 0, where: '' });
  return [
    ...outputs.map(
      ({ name, relativeError, channel, channelError, sameArgmax }) =>
        `output "${name}": largest error ${percent(relativeError)} of the largest output, ${percent(channelError)} of the spread of channel ${channel}, same largest element in ${percent(sameArgmax)} of the rows of ${samples} samples`,
    ),
    ...fewSamples(samples),
    ...missLines(report, samples),
    most.saturated > 0
      ? `saturated: at most ${percent(most.saturated)} of the results of one stage (${most.where})`
      : 'saturated: nothing on the samples',
  ];
}

/** An error that was taken knowingly; nothing where the target is met. */
export const missLines = ({ accuracy: { target, error } }: CompileReport, samples: number): string[] =>
  error > target
    ? [`LESS ACCURATE THAN USUAL: off by ${percent(error)} on ${samples} calibration samples, ${percent(target)} was the target`]
    : [];

/** What is said while compiling of channels that the target does not look at. */
export const channelWarnings = ({ outputs, accuracy: { target } }: CompileReport): string[] =>
  outputs
    .filter(({ channelError }) => channelError > target)
    .map(
      ({ name, channel, channelError }) =>
        `warning: channel ${channel} of output "${name}" is off by ${percent(channelError)} of its own spread (largest minus smallest on the samples); if it matters, ask for a smaller --accuracy`,
    );
