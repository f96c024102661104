// Outputs as lines for people. Source: vm/library/outputs.ts, which says what they are in real units and what their labels.
// Caveat: long rows and lists are cut; --json has all of them.
import { toReals } from '../../vm/library/integers.ts';
import { labelling, largest, rowsOf } from '../../vm/library/outputs.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';

/** values of a row that are printed for people */
const SHOWN = 16;

const number = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(6).replace(/\.?0+$/, ''));

/** Lines for people: every output, its rows, the label or position of the largest element. */
export function outputLines(program: Pick<Program, 'outputs' | 'metadata'>, tensors: IntegerTensors): string[] {
  const { labels } = program.metadata;
  const labelled = labelling(program, tensors);
  return program.outputs.flatMap((region) => {
    const rows = rowsOf(region, toReals(region, tensors[region.name]!, 'output', program.metadata));
    const lines = rows.slice(0, SHOWN).map((row) => {
      const values = row.slice(0, SHOWN).map(number).join(', ');
      const best = largest(row);
      const names =
        region !== labelled?.region ? [] : labelled.by === 'scores' ? [labels[best]] : row.slice(0, SHOWN).map((place) => labels[place]);
      const label = names.length ? `  label ${names.map((name) => JSON.stringify(name)).join(', ')}` : '';
      return `  [${values}${row.length > SHOWN ? ', …' : ''}]${row.length > 1 ? `  largest at ${best}` : ''}${label}`;
    });
    return [`output "${region.name}" [${region.shape.join(', ')}]`, ...lines, ...(rows.length > SHOWN ? [`  … ${rows.length} rows`] : [])];
  });
}
