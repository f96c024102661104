// Numbers in lines: a sample a line, separated by commas, semicolons or tabs; a first line of names is passed over. Source: RFC 4180, for numbers.
// Caveat: no quotes but in the line of names, no empty fields, and a decimal point, not a comma.
import { usage } from '../../fri/core/errors.ts';
import type { RealTensor } from '../../vm/library/tensors.ts';

const numberOf = (field: string): number => (field.trim() === '' ? Number.NaN : Number(field));

export const isCsv = (file: string): boolean => /\.(csv|tsv)$/i.test(file);

/**
 * Reads lines one after the other.
 * @returns the numbers of a line; nothing for an empty one, and for names in the first
 * @throws ZK0808 for lines of different lengths, ZK0809 for a field that is no finite number
 */
export function csvLines(file: string): (line: string, number: number) => Float64Array | undefined {
  let separator: string | undefined;
  let width: number | undefined;
  return (line, number) => {
    const text = line.replace(/^\uFEFF/, '').replace(/\r$/, '');
    if (text.trim() === '') return undefined;
    const isFirst = separator === undefined;
    separator ??= [',', ';', '\t'].find((one) => text.includes(one)) ?? ',';
    const fields = text.split(separator);
    if (isFirst && fields.every((field) => Number.isNaN(numberOf(field)))) return undefined;
    width ??= fields.length;
    if (fields.length !== width)
      throw usage('ZK0808', {
        what: 'the lines have different lengths',
        where: `${file}, line ${number}`,
        why: `expected ${width} numbers, got ${fields.length}`,
        fix: 'make all lines equally long',
      });
    return Float64Array.from(fields, (field, j) => {
      const value = numberOf(field);
      if (!Number.isFinite(value))
        throw usage('ZK0809', {
          what: 'a field is no finite number',
          where: `${file}, line ${number}, field ${j + 1} = ${JSON.stringify(field.slice(0, 40))}`,
          fix: 'replace it with a finite number',
        });
      return value;
    });
  };
}

/** @throws ZK0807 */
const noNumbers = (file: string): Error =>
  usage('ZK0807', {
    what: 'the file does not hold numbers',
    where: file,
    fix: 'write a sample a line, its numbers separated by commas',
  });

/** The lines as one tensor, a row each. @throws as `csvLines`, ZK0807 for none */
export function readCsv(text: string, file: string): RealTensor {
  const read = csvLines(file);
  const rows = text
    .split('\n')
    .map((line, i) => read(line, i + 1))
    .filter((row) => row !== undefined);
  const width = rows[0]?.length;
  if (width === undefined) throw noNumbers(file);
  const data = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) data.set(row, i * width);
  return { shape: [rows.length, width], data };
}
