// The compile report for people, and the cells that a proof will have. Source: DESIGN §6; the compiler's report has the numbers.
// Caveat: cells are an upper bound: the prover may cut a chip into several tables where that saves padding.
import type { CompileReport } from '../../compiler/index.ts';
import { fixedWitnesses } from '../fill.ts';
import { cellCount } from '../instances.ts';
import { checkProgram, paddedLogSize } from '../loader.ts';
import { TYPE } from '../machine.ts';
import type { Program } from '../program.ts';
import { formatCount } from './terminal.ts';

/** Committed cells of a proof of this program with one table a chip. */
export function predictedCells(program: Program, { rows }: CompileReport): number {
  const table = (type: number, count: number) => ({ type, logSize: paddedLogSize(count), base: 0, data: false });
  return cellCount([
    table(TYPE.cpu, rows.cpu),
    table(TYPE.mac, rows.mac),
    table(TYPE.store, rows.store),
    ...fixedWitnesses(checkProgram(program)),
  ]);
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Lines about accuracy, sizes and what was costly. */
export function reportLines(program: Program, report: CompileReport, samples: number): string[] {
  const { outputs, stages, rows, copies } = report;
  const most = stages.reduce((max, stage) => (stage.saturated > max.saturated ? stage : max), { saturated: 0, where: '' });
  return [
    `compiled "${program.metadata.name}"`,
    ...program.inputs.map(
      ({ name, shape, lo, hi, scale }) => `input "${name}" [${shape.join(', ')}] real [${lo * scale}, ${hi * scale}], steps of ${scale}`,
    ),
    ...outputs.map(
      ({ name, relativeError, sameArgmax }) =>
        `output "${name}": largest error ${percent(relativeError)} of the largest output, same largest element in ${percent(sameArgmax)} of ${samples} samples`,
    ),
    most.saturated > 0
      ? `saturated: at most ${percent(most.saturated)} of the results of one stage (${most.where})`
      : 'saturated: nothing on the samples',
    `rows: cpu ${formatCount(rows.cpu)}, mac ${formatCount(rows.mac)}, store ${formatCount(rows.store)}, ram ${formatCount(rows.ram)}, rom ${formatCount(rows.rom)}, table ${formatCount(rows.lut)}`,
    `cells of a proof: about ${formatCount(predictedCells(program, report))}`,
    ...copies.map(({ kind, where, elements }) => `${kind} of ${formatCount(elements)} elements for ${where}`),
  ];
}
