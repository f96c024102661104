// Class names for --labels: a,b,c on the command line, or a file with one a line or a JSON list. They become part of the model id.
// Caveat: a text without a comma that names an existing file is read as that file.
import fs from 'node:fs';
import { usage } from '../../fri/core/errors.ts';
import { readText } from './files.ts';
import { parseJson } from './tensors.ts';

const MAX_LABELS = 100_000;

/** @throws ZK0824 for an empty or repeated label, or a list that is none */
export function readLabels(text: string): string[] {
  const where = `--labels ${text.slice(0, 80)}`;
  const refuse = (what: string): Error => usage('ZK0824', { what, where, fix: 'write a,b,c or a file with one label a line' });
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
