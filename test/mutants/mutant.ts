// One weakened verifier: a source file with a few characters changed. Source: mutation testing (DeMillo, Lipton, Sayward 1978).
// Caveat: a mutant is named by the text of its line and of the change, so that a list of names survives changes elsewhere in the file.

export interface Edit {
  /** path from the root of the repository */
  file: string;
  /** characters `from` to `to` of the file become `text` */
  from: number;
  to: number;
  text: string;
}

export interface Mutant {
  /** the file it is counted under: that of the first edit */
  file: string;
  /** what is changed: a rule of the generator, or the sentence of a mutant by hand */
  what: string;
  /** `line | before → after`; the name within the file */
  name: string;
  edits: readonly Edit[];
  /** test files, run one after the other until one fails */
  killers: readonly string[];
}

/** the text of a file with the edits that belong to it */
export function applied(file: string, source: string, edits: readonly Edit[]): string {
  const own = edits.filter((edit) => edit.file === file).sort((a, b) => b.from - a.from);
  return own.reduce((text, { from, to, text: by }) => text.slice(0, from) + by + text.slice(to), source);
}

/** the lines that an edit touches on one line, then what is changed in them */
export function nameOf(source: string, { from, to, text }: Edit): string {
  const start = source.lastIndexOf('\n', from - 1) + 1;
  const end = source.indexOf('\n', to) < 0 ? source.length : source.indexOf('\n', to);
  const flat = (part: string): string => part.replaceAll(/\s+/g, ' ').trim();
  // what an error says is no part of a name
  const line = flat(source.slice(start, end))
    .replace(/ throw .*$/, ' throw …')
    .replaceAll(/`[^`]*`/g, '`…`');
  return `${line} | ${flat(source.slice(from, to)) || 'nothing'} → ${flat(text) || 'nothing'}`;
}
