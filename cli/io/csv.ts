// Numbers in lines: a sample a line, separated by commas, semicolons or tabs; a first line of names is passed over. Source: RFC 4180, for numbers.
// Caveat: no quotes but in the line of names, no empty fields, and a decimal point, not a comma.
import { usage } from '../../fri/core/errors.ts';
import type { RealTensor } from '../../vm/library/tensors.ts';

const numberOf = (field: string): number => (field.trim() === '' ? Number.NaN : Number(field));

/** The lines as one tensor, a row each. @throws ZK0808 for lines of different lengths, ZK0809 for a field that is no finite number, ZK0807 for none */
export function readCsv(text: string, file: string): RealTensor {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const separator = [',', ';', '\t'].find((one) => lines[0]?.line.includes(one)) ?? ',';
  const rows = lines.map(({ line, number }) => ({ number, fields: line.split(separator) }));
  if (rows[0]?.fields.every((field) => Number.isNaN(numberOf(field)))) rows.shift();
  const [first] = rows;
  if (!first)
    throw usage('ZK0807', {
      what: 'the file does not hold numbers',
      where: file,
      fix: 'write a sample a line, its numbers separated by commas',
    });
  const width = first.fields.length;
  const data = new Float64Array(rows.length * width);
  for (const [i, { number, fields }] of rows.entries()) {
    if (fields.length !== width)
      throw usage('ZK0808', {
        what: 'the lines have different lengths',
        where: `${file}, line ${number}`,
        why: `expected ${width} numbers, got ${fields.length}`,
        fix: 'make all lines equally long',
      });
    for (const [j, field] of fields.entries()) {
      const value = numberOf(field);
      if (!Number.isFinite(value))
        throw usage('ZK0809', {
          what: 'a field is no finite number',
          where: `${file}, line ${number}, field ${j + 1} = ${JSON.stringify(field.slice(0, 40))}`,
          fix: 'replace it with a finite number',
        });
      data[i * width + j] = value;
    }
  }
  return { shape: [rows.length, width], data };
}
