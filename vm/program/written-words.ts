// The RAM words that were written so far, with one question: where is the first gap from here on? A forest of pointers to the next word
// that nobody wrote, shortened at every search, answers it almost at once however long the range. Source: Tarjan's union-find, as for
// intervals. Caveat: words are never taken back.

export class WrittenWords {
  /** itself for a word that nobody wrote, else a word further on */
  readonly #next: Int32Array;

  constructor(readonly words: number) {
    this.#next = new Int32Array(words + 1);
    for (let word = 0; word <= words; word++) this.#next[word] = word;
  }

  /** the first word from `word` on that nobody wrote; `words` if there is none */
  firstGap(word: number): number {
    const next = this.#next;
    let at = word;
    while (next[at] !== at) {
      next[at] = next[next[at]!]!;
      at = next[at]!;
    }
    return at;
  }

  has(word: number): boolean {
    return this.#next[word] !== word;
  }

  add(word: number): void {
    this.#next[word] = word + 1;
  }
}
