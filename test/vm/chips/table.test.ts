// A row of the table of chips cannot leave anything out: types ask for every entry, and what they cannot say is asked when the module loads.
// Source: vm/chips/chip.ts, vm/chips/machine.ts. Caveat: the first test fails in `npm run check:types`, not when it runs.
import { expect, test } from 'vitest';
import type { Chip, InputChip, ProgramChip, RunChip } from '../../../vm/chips/chip.ts';
import { requireChips } from '../../../vm/chips/machine.ts';
import { CHIP_NAMES, CHIPS, INPUT_CHIPS, PROGRAM_CHIPS, RUN_CHIPS } from '../../../vm/chips/table.ts';

/** what becomes of a row that leaves an entry out */
type LeftOut<Row> = { [K in keyof Row]: Omit<Row, K> extends Chip ? 'compiles' : 'does not compile' };
const REFUSED = 'does not compile';

test('a row without one of its entries does not compile', () => {
  const common = {
    component: REFUSED,
    base: REFUSED,
    accumulatorDegree: REFUSED,
    wordsKept: REFUSED,
    sizedBy: REFUSED,
  } as const;
  const run: LeftOut<RunChip> = { ...common, rows: REFUSED, instances: REFUSED, padded: REFUSED };
  const program: LeftOut<ProgramChip> = { ...common, rows: REFUSED };
  const input: LeftOut<InputChip> = { ...common };
  for (const [rows, names] of [
    [run, RUN_CHIPS],
    [program, PROGRAM_CHIPS],
    [input, INPUT_CHIPS],
  ] as const)
    for (const name of names) expect(Object.keys(CHIPS[name]).sort()).toEqual(Object.keys(rows).sort());
  expect([...RUN_CHIPS, ...PROGRAM_CHIPS, ...INPUT_CHIPS].sort()).toEqual([...CHIP_NAMES].sort());
});

const { mac, ram } = CHIPS;
test.each<[string, Record<string, Chip>, RegExp]>([
  ['a name that Cairo would not take', { 'm-c': mac }, /table.ts: m-c .*no lower-case word/],
  ['the component of another chip', { mac: { ...mac, component: ram.component } }, /table.ts: mac .*holds the component ram/],
  [
    'preprocessed columns in a chip that a run sizes',
    { ram: { ...mac, component: ram.component } },
    /table.ts: ram .*sized by the run, with 1/,
  ],
  [
    'no preprocessed columns in a chip that a program sizes',
    { mac: { ...ram, component: mac.component } },
    /table.ts: mac .*by the program, with 0/,
  ],
  ['a base that no constraint reads', { mac: { ...mac, base: 1 } }, /table.ts: mac .*starts at 1, and its constraints do not read a base/],
  ['no base where the constraints read one', { ram: { ...ram, base: 0 } }, /table.ts: ram .*starts at 0, and its constraints read a base/],
  ['accumulators without their degree', { mac: { ...mac, accumulatorDegree: undefined } }, /table.ts: mac .*lacks the degree/],
  ['a degree without accumulators', { ram: { ...ram, accumulatorDegree: () => 1 } }, /table.ts: ram .*has the degree/],
  ['a padded chip that may be cut', { ...CHIPS, mac: { ...mac, padded: true } }, /table.ts: mac .*padded, and may be cut/],
  ['no padded chip', { mac }, /0 chips .*padded/],
  ['no chip of committed inputs', { cpu: CHIPS.cpu }, /0 chips .*committed inputs/],
])('%s: the module does not load', (_, chips, reason) => {
  expect(() => requireChips(CHIPS)).not.toThrow();
  expect(() => requireChips(chips)).toThrow(reason);
});
