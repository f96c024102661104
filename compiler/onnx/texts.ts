// Texts as numbers: a text is its place in a list without repetitions, so that labels can be chosen, moved and compared like integers.
// Source: onnx/onnx.proto3 (string_data). Caveat: what looks into a text (its length, its parts, its order) has no meaning here.

/** The list, which grows. */
export class Texts {
  readonly list: string[];
  readonly #codes = new Map<string, number>();

  constructor(known: readonly string[] = []) {
    this.list = [...known];
    for (const [code, text] of known.entries()) this.#codes.set(text, code);
  }

  /** The text's place in the list. */
  code(text: string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.list.push(text) - 1;
      this.#codes.set(text, code);
    }
    return code;
  }
}
