// Test 39 of AIR.md §10: every label is needed. It is deleted, and a forged trace is found that breaks this label and no other stated
// constraint of its chip: a second accepted run for one dispatch, a honest trace with a repaired mutation, or rows by hand.
// Caveat: this speaks of one chip at a time; the other chips' part of such a forgery is not built. For ten labels no trace is known:
// they are implied by others or argued in AIR.md §11 (c), and kept so that every numerator is boolean in plain sight.
import { describe, expect, test } from 'vitest';
import { CHIP_NAMES } from '../../vm/chips/table.ts';
import { P } from '../../vm/program/isa.ts';
import { random } from '../air/toy.ts';
import { type Chip, honestRun, type Row, rows, witnessOf } from '../vm/chips/forging.ts';
import { macRows } from '../vm/chips/runs.ts';
import { loop, pitchGrowth, squareSum, strided } from '../vm/programs.ts';
import { brokenLabels, type Cells, type CompiledChip, cellsOf, compiledChip } from './compiled.ts';
import { repair } from './repair.ts';
import { acceptedRuns, honestLength, honestText, macShape, mulShape, type Shape, storeShape } from './search.ts';

/** for loaded programs (counts ≥ 1) implied by the others, with the reason; or contrived and only argued */
const IMPLIED: Record<string, string> = {
  'cpu: bool rl': 'rl = 2 forces n = 0',
  'cpu: bool tk': 'take and the two rules of JNZ',
  'cpu: bool HLT': '-1 forces en ≥ 2 on the next row, 2 forces MAC < 0',
  'mac: bool e': 'e other than 0, 1 forces nw or ob = 0',
  'mac: bool last': 'the next row is a first with nw = 0',
  'store: bool last': 'first and end are boolean',
  'store: even or odd': 'od is ev of the row before, and ev + od is 0 or 1',
  'cpu: bool en': 'argued: needs a program that jumps to 0',
  'cpu: bool start': 'argued: needs a program that jumps to 0',
  'store: bool en': 'argued: a run cut at the end of a channel with cj = 0',
};

const SHAPES: Partial<Record<Chip, Shape[]>> = {
  mac: [
    macShape({ nw: 3, h: 2, ob: 3, taps: 2, pad: 1 }),
    macShape({ nw: 1, h: 2, taps: 2, Z: 1 }),
    macShape({ nw: 2, ob: 2 }),
    mulShape({ nw: 2, h: 2 }),
  ],
  store: [storeShape({ rw: 2, h: 2, O: 2 }), storeShape({ rw: 2, O: 2, hl: 1, hs: 1 }), storeShape({ h: 2 })],
};

const [rowA, rowS, rowB] = macRows({ a: 300, b: 500, k: 7, nw: 1, h: 1, ra: 3, ob: 2, taps: 1, pad: 1, Z: 0, X: 0 }) as [Row, Row, Row];
const BY_HAND: Record<string, Row[]> = {
  // the last tap counts twice
  'mac: one end': [rowA, rowS, { ...rowB, e: 1 }, { c: -1, aw: rowB.aw! + 2 }],
  // cells of padding rows: harmless, kept for clarity
  'mac: end needs en': [{ e: 1 }, { c: -1, aw: 1 }],
  // a tap of one word instead of two
  'mac: S is a unit': [rowA, { ...rowS, e: 0, c: 1, aw: 499 }, { ...rowB, B2: 0, B1: 1, av: 0 }],
};

const PATIENT = 3500;
const ATTEMPTS = 4000;
const runs = [loop(), squareSum(), pitchGrowth(16), strided()].map(honestRun);

/** honest traces of a chip, padding included, small enough to search */
const tracesOf = (chip: CompiledChip): Cells[][] =>
  runs
    .map((run) => {
      const witness = witnessOf({ chip: chip.chip, rows: rows(run, chip.chip) });
      const columns = [...witness.preprocessed, ...witness.columns];
      // the constraints of ram speak of one row alone, so a part of it will do
      const length = chip.chip === 'ram' ? 64 : 2 ** witness.logSize;
      return Array.from({ length }, (_, row): Cells => columns.map((column) => column[row]!));
    })
    .filter((trace) => trace.length <= 128);

function bySecondRun(chip: CompiledChip, label: string): boolean {
  return (SHAPES[chip.chip] ?? []).some((shape) =>
    acceptedRuns(shape, label, honestLength(shape) + 2, 3, 150_000).some((run) => run !== honestText(shape)),
  );
}

/** a cell of the constraint is changed and the other constraints repaired */
function byRepair(chip: CompiledChip, label: string): boolean {
  const next = random(label.length + 7 * chip.columns.length);
  const pick = <T>(list: readonly T[]): T => list[next() % list.length]!;
  const constraint = chip.constraints.find((c) => c.label === label)!;
  const columns = [...new Set(constraint.reads.map(({ index }) => index))].filter((index) => index >= chip.preprocessed);
  const traces = tracesOf(chip);
  for (let n = 0; n < ATTEMPTS; n++) {
    const honest = pick(traces);
    const trace = honest.map((cells) => [...cells]);
    const row = next() % trace.length;
    const index = pick(columns);
    const old = trace[row]![index]!;
    trace[row]![index] = pick([1 - old + P, old + 1, old - 1 + P, old + 5]) % P;
    const changed = new Set([`${row}:${index}`]);
    const broken = (): boolean =>
      [...changed].some((cell) => {
        const at = Number(cell.split(':')[0]);
        return [at, (at + 1) % trace.length].some((i) => constraint.value(trace[i]!, trace[(i + trace.length - 1) % trace.length]!) !== 0);
      });
    if (!broken()) continue;
    if (!repair(chip, trace, label, changed, 5, n < PATIENT ? 40 : 400) || !broken()) continue;
    expect(brokenLabels(chip, trace)).toEqual([label]);
    return true;
  }
  return false;
}

function byHand(chip: CompiledChip, label: string): boolean {
  const list = BY_HAND[`${chip.chip}: ${label}`];
  if (!list) return false;
  const trace = Array.from({ length: 16 }, (_, i) => cellsOf(chip, list[i] ?? {}));
  return brokenLabels(chip, trace).join() === label;
}

const CHIPS: Chip[] = ['cpu', 'mac', 'store', 'ram'];

test('there are 165 stated labels in cpu, mac, store and ram, and none in rom and lut', () => {
  expect(CHIPS.reduce((count, chip) => count + compiledChip(chip).constraints.length, 0)).toBe(165);
  // those of words speak of the instance's range: test/vm/chips/words.test.ts goes through all of its small tables
  for (const chip of CHIP_NAMES.filter((name) => !CHIPS.includes(name) && name !== 'words'))
    expect(compiledChip(chip).constraints).toEqual([]);
  for (const chip of CHIPS) for (const trace of tracesOf(compiledChip(chip))) expect(brokenLabels(compiledChip(chip), trace)).toEqual([]);
});

describe.each(CHIPS)('%s', (name) => {
  const chip = compiledChip(name);
  test.each(chip.constraints.map(({ label }) => label))('without "%s" a forged trace passes, unless the label is implied', (label) => {
    const found = bySecondRun(chip, label) || byHand(chip, label) || byRepair(chip, label);
    expect(found ? 'needed' : 'no forgery known').toBe(`${name}: ${label}` in IMPLIED ? 'no forgery known' : 'needed');
  });
});
