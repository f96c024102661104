// Names that people read: those of the model, its inputs and its outputs stand in reports, in records on chain and on terminals, long after the file
// is gone, so one that acts on a terminal or hides or reorders text is refused. Source: Unicode general categories Cc, Cf, Zl, Zp and Cs.
// Caveat: names inside the graph are taken as they are, and so are letters that look alike; the joiners U+200C and U+200D belong to words.
import { usage } from '../../fri/core/errors.ts';
import type { OnnxGraph } from './graph.ts';

/** what acts on a terminal (C0, DEL, C1), hides or reorders other text, or ends a line */
export const ACTS = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const hexadecimal = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** A character as an escape that can be read. */
export const escaped = (character: string): string => {
  const code = character.codePointAt(0)!;
  return (
    SHORT[character] ??
    (code < 0x100 ? `\\x${hexadecimal(code, 2)}` : code < 0x10000 ? `\\u${hexadecimal(code, 4)}` : `\\u{${hexadecimal(code, 6)}}`)
  );
};

/** a longer name is shown by its beginning */
const MOST_SHOWN = 80;

/** @throws ZK0507 for a name of the graph, an input or an output that is more than a text */
export function requirePlainNames({ name, inputs, outputs }: Pick<OnnxGraph, 'name' | 'inputs' | 'outputs'>): void {
  const places: [what: string, name: string][] = [
    ['the graph', name],
    ...inputs.map((input, i): [string, string] => [`input ${i}`, input.name]),
    ...outputs.map((output, i): [string, string] => [`output ${i}`, output.name]),
  ];
  for (const [what, name] of places) {
    const [first] = name.match(ACTS) ?? [];
    if (first === undefined) continue;
    const shown = name.replace(ACTS, escaped);
    throw usage('ZK0507', {
      what: `the name of ${what} has control characters: "${shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown}"`,
      where: what,
      why: `${escaped(first)} acts on terminals or hides or reorders text, wherever the name is shown`,
      fix: 'rename it in the model',
    });
  }
}
