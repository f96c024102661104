// Outputs in real units with labels, for people and as JSON. Source: the metadata of the model, which its id covers.
// Caveat: a label is the largest element of a row of as many elements as there are labels; it is read off the proved numbers, not proved itself.
import type { IntegerTensors, Metadata, Program, Region } from '../../vm/program/types.ts';
import { toReals } from './integers.ts';

/** values of a row that are printed for people */
const SHOWN = 16;

export interface RealOutput {
  shape: number[];
  data: number[];
}

/** Outputs by name, flattened row-major, in real units. */
export const realOutputs = (regions: readonly Region[], tensors: IntegerTensors): Record<string, RealOutput> =>
  Object.fromEntries(regions.map((region) => [region.name, { shape: region.shape, data: toReals(region, tensors[region.name]!) }]));

/** index of the largest element; the first of several */
const largest = (row: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
};

/** rows along the last dimension */
function rowsOf({ shape }: Region, tensor: Int32Array): Int32Array[] {
  const width = shape.at(-1) ?? 1;
  return Array.from({ length: tensor.length / width }, (_, i) => tensor.subarray(i * width, (i + 1) * width));
}

/** The label of each row of the first output; undefined where the model has no labels or they do not fit. */
export function predictions(
  { outputs, metadata }: Pick<Program, 'outputs'> & { metadata: Metadata },
  tensors: IntegerTensors,
): string[] | undefined {
  const region = outputs[0];
  if (!region || metadata.labels.length === 0 || region.shape.at(-1) !== metadata.labels.length) return undefined;
  return rowsOf(region, tensors[region.name]!).map((row) => metadata.labels[largest(row)]!);
}

const number = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(6).replace(/\.?0+$/, ''));

/** Lines for people: every output, its rows, the label or position of the largest element. */
export function outputLines(program: Program, tensors: IntegerTensors): string[] {
  const { labels } = program.metadata;
  return program.outputs.flatMap((region, i) => {
    const rows = rowsOf(region, tensors[region.name]!);
    const lines = rows.slice(0, SHOWN).map((row) => {
      const values = toReals(region, row.subarray(0, SHOWN)).map(number).join(', ');
      const best = largest(row);
      const label = i === 0 && labels.length === row.length ? `  label ${JSON.stringify(labels[best])}` : '';
      return `  [${values}${row.length > SHOWN ? ', …' : ''}]${row.length > 1 ? `  largest at ${best}` : ''}${label}`;
    });
    return [`output "${region.name}" [${region.shape.join(', ')}]`, ...lines, ...(rows.length > SHOWN ? [`  … ${rows.length} rows`] : [])];
  });
}
