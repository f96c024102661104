// Outputs in real units with labels. Source: the metadata of the model, which its id covers.
// Caveat: a label is the largest element of a row of as many elements as there are labels; it is read off the proved numbers, not proved itself.
import { encodingOf } from '../program/encoding.ts';
import type { IntegerTensors, Metadata, Program, Region } from '../program/types.ts';
import { toReals } from './integers.ts';

export interface RealOutput {
  shape: number[];
  data: number[];
}

/** Inputs or outputs by name, flattened row-major, in real units. */
export const realTensors = (
  program: Pick<Program, 'inputs' | 'outputs' | 'metadata'>,
  kind: 'input' | 'output',
  tensors: IntegerTensors,
): Record<string, RealOutput> =>
  Object.fromEntries(
    program[`${kind}s`].map((region) => [
      region.name,
      { shape: region.shape, data: toReals(region, tensors[region.name]!, kind, program.metadata) },
    ]),
  );

/** index of the largest element; the first of several */
export const largest = (row: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
};

/** rows along the last dimension */
export function rowsOf({ shape }: Region, tensor: readonly number[]): number[][] {
  const width = shape.at(-1) ?? 1;
  return Array.from({ length: tensor.length / width }, (_, i) => tensor.slice(i * width, (i + 1) * width));
}

/** How an output tells labels: by a score for each of them in every row, or by the place of one in the list. */
export type Labelling = { region: Region; by: 'scores' | 'places' };

/** The output that the labels are about; undefined where the model has no labels or they do not fit. */
export function labelling(
  { outputs, metadata }: Pick<Program, 'outputs'> & { metadata: Metadata },
  tensors: IntegerTensors,
): Labelling | undefined {
  const { length } = metadata.labels;
  if (length === 0) return undefined;
  const rows = outputs.filter(({ shape }) => shape.at(-1) === length);
  // a classifier gives its labels first; as many samples as labels are no row of scores
  const scores = rows.find(({ shape }) => shape.length > 1) ?? rows[0];
  if (scores) return { region: scores, by: 'scores' };
  const [first] = outputs;
  // places are integers that stand for themselves
  const places =
    first?.scale === 1 &&
    !encodingOf(metadata, 'output', first.name) &&
    tensors[first.name]!.every((place) => place >= 0 && place < length);
  return places ? { region: first!, by: 'places' } : undefined;
}

/** The label of each row of scores, or of each element that is a label's place; undefined where the model has no labels or they do not fit. */
export function predictions(program: Pick<Program, 'outputs'> & { metadata: Metadata }, tensors: IntegerTensors): string[] | undefined {
  const found = labelling(program, tensors);
  if (!found) return undefined;
  const { labels } = program.metadata;
  const tensor = tensors[found.region.name]!;
  if (found.by === 'places') return Array.from(tensor, (place) => labels[place]!);
  return rowsOf(found.region, toReals(found.region, tensor, 'output', program.metadata)).map((row) => labels[largest(row)]!);
}
