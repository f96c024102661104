// Depth-first enumeration of the runs of mac and store rows that a chip accepts for one dispatch. The honest transition rules propose
// candidates; with a label deleted, the columns of that constraint try other values too, so a second accepted run shows that the label
// is needed. Source: AIR.md §11 (c), (e). Caveat: words and lanes are zero; only control cells are searched, with a budget.
import { toField, toSigned } from '../../vm/program/isa.ts';
import type { Row } from '../vm/chips/forging.ts';
import { type MacDispatch, macRows, mulRows, type StoreDispatch, storeRows } from '../vm/chips/runs.ts';
import { type Cells, type CompiledChip, cellsOf, compiledChip } from './compiled.ts';

export type Shape = { chip: 'mac'; dispatch: MacDispatch; multiply: boolean } | { chip: 'store'; dispatch: StoreDispatch };

export const macShape = (d: Partial<MacDispatch>): Shape => ({
  chip: 'mac',
  multiply: false,
  dispatch: { a: 300, b: 500, k: 7, nw: 1, h: 1, ra: 3, ob: 1, taps: 1, pad: 0, Z: 0, X: 0, ...d },
});
/** `ob` is the row jump of the second operand */
export const mulShape = (d: Partial<MacDispatch>): Shape => ({ ...macShape({ ob: 6, ...d }), multiply: true }) as Shape;
export const storeShape = (d: Partial<StoreDispatch>): Shape => ({
  chip: 'store',
  dispatch: { k: 900, a0: 40, slot: 5, rw: 1, h: 1, O: 1, rj: 4, cj: -9, split: 20, hl: 0, hs: 0, ...d },
});

const CHIPS = { mac: compiledChip('mac'), store: compiledChip('store') };
const CONTROL = {
  mac: CHIPS.mac.columns.filter((name) => !/^[wv]\d+$/.test(name)),
  store: CHIPS.store.columns.filter((name) => !/^[qruym]\d+$/.test(name)),
};

const text = (chip: 'mac' | 'store', run: readonly Cells[]): string =>
  run.map((cells) => CONTROL[chip].map((name) => cells[CHIPS[chip].at.get(name)!]).join()).join('|');

function honestRows(shape: Shape): Row[] {
  if (shape.chip === 'store') return storeRows(shape.dispatch);
  const { dispatch, multiply } = shape;
  return multiply ? mulRows({ ...dispatch, rb: dispatch.ob }) : macRows(dispatch);
}

/** the honest run's control cells */
export const honestText = (shape: Shape): string =>
  text(
    shape.chip,
    honestRows(shape).map((row) => cellsOf(CHIPS[shape.chip], row)),
  );
export const honestLength = (shape: Shape): number => honestRows(shape).length;

/** values to try for a column, given the cells of the row that are chosen already */
type Choice = [string, (row: Row) => number[]];

const PHASES = ['A1', 'A2', 'B1', 'B2', 'S', 'H'];
const CARRIED = {
  mac: ['nw', 'ra', 'ob', 'bb', 'k'],
  store: ['k', 'slot', 'rw', 'h', 'rj', 'cj', 'split', 'a0', 'hl', 'hs'],
};

/** candidates for the next row after `u`; `loose` are the columns of the deleted constraint */
function choices(shape: Shape, u: Row, loose: ReadonlySet<string>, label: string | undefined, first: boolean): Choice[] {
  const cell = (row: Row, name: string): number => row[name] ?? 0;
  const wide = (name: string, values: number[]): number[] => {
    const more = loose.has(name) ? [...values, cell(u, name) + 1, cell(u, name), 0] : values;
    return [...new Set(more.map(toField))];
  };
  const flag = (name: string): number[] => (label === `bool ${name}` ? [0, 1, 2, -1].map(toField) : [0, 1]);
  const named = shape.dispatch as unknown as Row;
  const carried = (name: string, value: number): Choice => [name, () => (first ? [toField(value)] : wide(name, [cell(u, name)]))];
  const counted = (name: string, value: number, rule: (row: Row) => number[]): Choice => [
    name,
    (row) => (first ? [toField(value)] : wide(name, rule(row))),
  ];
  if (shape.chip === 'mac') {
    const { a, b, k, nw, ra, ob, h, pad, taps, Z, X } = shape.dispatch;
    const dispatched: Row = { nw, ra, ob, bb: b, k };
    const isB = (row: Row): number => cell(row, 'B1') + cell(row, 'B2');
    // free cells of S rows matter only where such a label is gone
    const idle = (row: Row): number[] =>
      label && /^(S is|phase|A unit)/.test(label) ? [0, cell(u, 'aw') + 1 + cell(u, 'A2'), cell(row, 'bb') - 1] : [0];
    const phases: Choice[] = /^bool (en|A1|A2|B1|B2|S|H)$/.test(label ?? '')
      ? PHASES.map((name): Choice => [name, () => flag(name)])
      : [['phase', () => PHASES.map((_, i) => i)], ...PHASES.map((name, i): Choice => [name, (row) => [cell(row, 'phase') === i ? 1 : 0]])];
    return [
      ...phases,
      ['e', () => flag('e')],
      ['last', () => flag('last')],
      ...CARRIED.mac.map((name) => carried(name, dispatched[name]!)),
      ['Z', () => (first ? (label === 'bool Z' ? [] : [Z]) : wide('Z', [cell(u, 'Z')]))],
      carried('X', X),
      [
        'c',
        (row) =>
          wide(
            'c',
            row.S
              ? label === 'S is a unit'
                ? [0, 1]
                : [0]
              : [cell(u, 'c') - 1 - row.A2! - row.B2!, cell(row, 'nw') - 1 - row.A2!, cell(row, 'ob') - 1 - row.B2!],
          ),
      ],
      counted('ch', h - 1, (row) =>
        row.A1! + row.A2! + row.H! > 0 ? [cell(u, 'ch') - cell(u, 'e')] : label === 'phase order' ? [0, 1, 2] : [0],
      ),
      counted('pd', pad, (row) => [cell(u, 'pd') - row.S!]),
      counted('ct', taps - 1, () => [cell(u, 'ct') - cell(u, 'e') * isB(u)]),
      ['ze', (row) => wide('ze', [(row.A1! + row.A2!) * row.e! * row.Z!])],
      counted('aw', a, (row) =>
        row.S ? idle(row) : [cell(u, 'aw') + 1 + cell(u, 'A2') + cell(u, 'B2'), cell(u, 'aw') + cell(u, 'A2') + toSigned(row.ra!), row.bb!],
      ),
      [
        'av',
        (row) =>
          wide('av', row.H ? [cell(u, 'av') + 1, cell(u, 'av') + toSigned(row.ob!), row.bb!] : row.A2! + row.B2! > 0 ? [row.aw! + 1] : [0]),
      ],
    ];
  }
  const { O, k } = shape.dispatch;
  return [
    ...['en', 'ev', 'od', 'ld', 're', 'ce', 'last'].map((name): Choice => [name, () => flag(name)]),
    ...CARRIED.store.map((name) => carried(name, named[name]!)),
    ['cw', (row) => wide('cw', row.ld ? [0] : [cell(u, 'cw') - 1, row.rw! - 1])],
    ['ch', (row) => wide('ch', [row.h! - 1, cell(u, 'ch') - cell(u, 're')])],
    ['co', () => (first ? [O - 1] : wide('co', [cell(u, 'co') - cell(u, 'ce')]))],
    [
      'wa',
      (row) => {
        if (first) return [k];
        const step = u.ev
          ? toSigned(row.split!)
          : (u.od ? -toSigned(row.split!) : 0) + (u.ce ? toSigned(row.cj!) : u.re ? toSigned(row.rj!) : 1);
        return wide('wa', [cell(u, 'wa') + (u.ld ? 0 : step)]);
      },
    ],
  ];
}

function* products(list: readonly Choice[], from = 0, row: Row = {}): Generator<Row> {
  if (from === list.length) {
    yield row;
    return;
  }
  const [name, values] = list[from]!;
  for (const value of values(row)) {
    row[name] = value;
    yield* products(list, from + 1, row);
  }
}

/** Control cells of the accepted runs of at most `longest` rows, as text; stops at `enough` of them or when the budget is spent. */
export function acceptedRuns(shape: Shape, deleted: string | undefined, longest: number, enough = 3, budget = 400_000): string[] {
  const chip: CompiledChip = CHIPS[shape.chip];
  const stated = chip.constraints.filter(({ label }) => label !== deleted && !/^(bool m\d|masked)/.test(label));
  const gone = chip.constraints.find(({ label }) => label === deleted);
  const loose = new Set(gone?.reads.map(({ index }) => chip.columns[index]!));
  const holds = (row: Cells, before: Cells): boolean => stated.every(({ value }) => value(row, before) === 0);
  const padding = cellsOf(chip, {});
  const found: Cells[][] = [];
  let tried = 0;
  const walk = (path: Cells[], u: Row, before: Cells): void => {
    if (path.length && holds(padding, before)) {
      found.push(path);
      return;
    }
    if (path.length >= longest || found.length >= enough || tried > budget) return;
    for (const row of products(choices(shape, u, loose, deleted, path.length === 0))) {
      if (++tried > budget) return;
      if (!path.length && (shape.chip === 'store' ? row.en !== 1 : row.H !== (shape.multiply ? 1 : 0))) continue;
      const cells = cellsOf(chip, row);
      if (!holds(cells, before)) continue;
      walk([...path, cells], { ...row }, cells);
      if (found.length >= enough) return;
    }
  };
  walk([], {}, padding);
  return found.map((run) => text(shape.chip, run));
}
