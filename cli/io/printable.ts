// Text of files as text only: what acts on a terminal, hides or reorders other text, or ends a line is shown as an escape.
// Source: Unicode general categories Cc (C0, DEL, C1), Cf (bidirectional overrides, invisible marks), Zl, Zp and lone surrogates.
// Caveat: letters that look alike are left alone, and so are the joiners U+200C and U+200D, which ordinary words have.

import { ACTS, escaped } from '../../compiler/onnx/names.ts';

/** One line of text: a line break in it is an escape too, so that no name can begin a line of its own. */
export const printable = (line: string): string => line.replace(ACTS, escaped);

/** A value as JSON on one line, with the same characters (and the joiners) as \uXXXX; every parser reads the value back. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
