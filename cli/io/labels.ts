// Class names for --labels: a,b,c on the command line, or a file with one a line or a JSON list. They become part of the model id.
// Caveat: a text without a comma that names an existing file is read as that file; one that looks like a file and is none is refused.
import fs from 'node:fs';
import { usage } from '../../fri/core/errors.ts';
import { readText } from './files.ts';
import { parseJson } from './tensors.ts';

const MAX_LABELS = 100_000;

/** a folder in it, or an ending that files of texts have */
const LOOKS_LIKE_FILE = /[\\/]|\.(txt|json|csv|names|labels|lst|tsv|md|ya?ml)$/i;

/** An output as far as labels are concerned. */
interface Labelled {
  name: string;
  shape: readonly (number | string | undefined)[];
  /** its elements may be places in the list */
  whole: boolean;
}

/**
 * Labels name the elements of an output's last axis, or are what its integers are places in.
 * @throws ZK0824 where no output has as many; one whose size is open may
 */
export function requireFitting(labels: readonly string[], outputs: readonly Labelled[]): void {
  if (labels.length === 0 || outputs[0]?.whole) return;
  const sizes = outputs.map(({ shape }) => (shape.length ? shape.at(-1) : 1));
  if (sizes.some((size) => typeof size !== 'number' || size === labels.length)) return;
  throw usage('ZK0824', {
    what: `${labels.length} labels, and no output has as many elements in its last axis`,
    where: '--labels',
    why: outputs.map(({ name, shape }) => `output "${name}" [${shape.join(', ')}]`).join(', '),
    fix: 'give one label for each element of an output',
  });
}

/** @throws ZK0824 for a file that there is not, for an empty or repeated label, or a list that is none */
export function readLabels(text: string): string[] {
  const where = `--labels ${text.slice(0, 80)}`;
  const refuse = (what: string): Error => usage('ZK0824', { what, where, fix: 'write a,b,c or a file with one label a line' });
  if (!text.includes(',') && LOOKS_LIKE_FILE.test(text) && !fs.existsSync(text))
    throw usage('ZK0824', {
      what: 'there is no such file of labels',
      where,
      fix: 'check the path; a single label has no "/" and no ending',
    });
  const labels =
    !text.includes(',') && fs.existsSync(text) ? labelsOfFile(readText(text), text, refuse) : text.split(',').map((label) => label.trim());
  if (labels.length > MAX_LABELS) throw refuse(`${labels.length} labels, at most ${MAX_LABELS}`);
  if (labels.some((label) => label === '')) throw refuse('a label is empty');
  if (new Set(labels).size !== labels.length) throw refuse('a label stands twice');
  return labels;
}

function labelsOfFile(content: string, file: string, refuse: (what: string) => Error): string[] {
  if (!/^\s*[[{]/.test(content))
    return content
      .replace(/\s+$/, '')
      .split(/\r?\n/)
      .map((line) => line.trim());
  const list = parseJson(content, file);
  if (!Array.isArray(list) || !list.every((label) => typeof label === 'string')) throw refuse('the file does not hold a list of texts');
  return list;
}
