// What the fractions of a chip must be, as polynomials: a tuple ⟨relation, v1, v2 …⟩ is z - relation - Σ γ^j v_j. Source: AIR.md §1.
// Caveat: an entry of a tuple is a sum of columns and integers written out here; it is never taken from the chip.

/** column or 1 → coefficient */
export type Entry = string | number | Readonly<Record<string, number>>;

/** z - relation - Σ γ^j v_j; a number is a constant, a string a column */
export function tuple(relation: number, values: readonly Entry[]): [string, number][] {
  const terms: [string, number][] = [
    ['z^1', 1],
    ['', -relation],
  ];
  values.forEach((value, j) => {
    const parts = typeof value === 'number' ? { '': value } : typeof value === 'string' ? { [value]: 1 } : value;
    for (const [column, coefficient] of Object.entries(parts))
      if (coefficient !== 0) terms.push([`gamma^${j + 1} ${column === '1' ? '' : column}`, -coefficient]);
  });
  return terms;
}

export const lanes = (name: string, count = 16): string[] => Array.from({ length: count }, (_, t) => `${name}${t}`);
