// What a mistyped option was meant to be: the nearest of a command's options. Source: Damerau, "A technique for computer detection and
// correction of spelling errors", 1964 (insertion, deletion, change, swap). Caveat: nothing is said where nothing is near.

/** number of insertions, deletions, changes and swaps of neighbours between two words */
function distance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const changed = table[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? table[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY;
      table[i]![j] = Math.min(table[i - 1]![j]! + 1, table[i]![j - 1]! + 1, changed, swapped);
    }
  return table[a.length]![b.length]!;
}

/** a word that begins like this is meant, however much is missing */
const PREFIX_LETTERS = 3;

/** The nearest of these names, if one is near: a third of its letters wrong at most, or cut short. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const word = given.toLowerCase();
  const [best] = names
    .map((name) => ({ name, far: word.length >= PREFIX_LETTERS && name.startsWith(word) ? 0 : distance(word, name) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(1, Math.floor(best.name.length / 3)) && best.far < best.name.length ? best.name : undefined;
}
