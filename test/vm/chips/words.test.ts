// The words chip alone: of all ways to give addresses to its rows, the constraints take the one round that starts where the tree says, and none where
// the tree says nothing or several things. Each label is the only one that some other way breaks. Source: AIR.md §5.5. Caveat: small instances, with addresses in and next to the range.
import { expect, test } from 'vitest';
import { check } from '../../../air/check.ts';
import { instanceOf, MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import { DATA_BASE, LANES } from '../../../vm/program/isa.ts';

/** labels that these addresses break, in an instance whose tree has these flags of a first row */
function broken(addresses: readonly number[], flags: readonly number[]): string[] {
  const rows = addresses.length;
  const columns = [Uint32Array.from(addresses, (a) => DATA_BASE + a), new Uint32Array(rows)];
  const preprocessed = [Uint32Array.from(flags), ...Array.from({ length: LANES }, () => new Uint32Array(rows))];
  const instance = { ...instanceOf(TYPE.words, Math.log2(rows)), preprocessed, columns };
  return [...new Set(check(MACHINE, [instance], []).failures.map(({ label }) => label))].sort();
}

/** all lists of so many numbers */
function* lists(length: number, from: readonly number[]): Generator<number[]> {
  if (length === 0) yield [];
  else for (const rest of lists(length - 1, from)) for (const x of from) yield [x, ...rest];
}

test.each([2, 4])('%i rows: one round of the range, and only the one that starts on the first row', (rows) => {
  const near = Array.from({ length: rows + 3 }, (_, i) => i - 1);
  const alone = new Set<string>();
  for (const flags of lists(rows, [0, 1, 2])) {
    // all flags of two rows; of four those that say one thing, nothing, two things, or no bit
    if (rows === 4 && !/^(0,)*[12](,0)*$|^0,0,0,0$|^1,0,1,0$|^1,1,0,0$/.test(flags.join())) continue;
    const accepted: string[] = [];
    for (const addresses of lists(rows, near)) {
      const labels = broken(addresses, flags);
      if (labels.length === 0) accepted.push(addresses.join());
      if (labels.length === 1) alone.add(labels[0]!);
    }
    const round = Array.from({ length: rows }, (_, row) => (row - flags.indexOf(1) + rows) % rows);
    expect(accepted).toEqual(flags.filter((flag) => flag !== 0).join() === '1' ? [round.join()] : []);
  }
  expect([...alone].sort()).toEqual(['after the last', 'first row', 'starts on first']);
});

test('higher addresses, negative ones and the range of another input are no round', () => {
  for (const shift of [1, 4, -1, -DATA_BASE, 2 ** 27])
    expect(
      broken(
        [0, 1, 2, 3].map((a) => (a + shift + 2 ** 31 - 1) % (2 ** 31 - 1)),
        [1, 0, 0, 0],
      ),
    ).not.toEqual([]);
});
