import { expect, test } from 'vitest';
import { check } from '../../air/check.ts';
import { PROFILES } from '../../fri/profile.ts';
import { execute } from '../../vm/executor.ts';
import { fillTraces } from '../../vm/fill.ts';
import { cellCount, requireInstances } from '../../vm/instances.ts';
import { MACHINE, TYPE } from '../../vm/machine.ts';
import { planInstances } from '../../vm/split.ts';
import { publicTerms } from '../../vm/statement.ts';
import { EXAMPLES } from './programs.ts';

test.each(EXAMPLES.map((make) => make()))(
  '$name: cut at run ends it has no more cells, and every row and the sum still hold',
  ({ program, inputs }) => {
    const run = execute(program, inputs);
    const whole = fillTraces(run);
    const cut = fillTraces(run, planInstances(run, { repeatedChips: true, minSavedCells: 0 }));
    expect(cellCount(cut)).toBeLessThanOrEqual(cellCount(whole));
    // the plan counts rows by the instruction table, the executor while it runs
    const used = (type: number, mark: (row: Map<string, number>) => boolean): number =>
      cut
        .filter((i) => i.type === type)
        .reduce((sum, { columns, logSize }) => {
          const names = MACHINE.components[type]!.base;
          const rows = Array.from({ length: 2 ** logSize }, (_, r) => new Map(names.map((name, c) => [name, columns[c]![r]!])));
          return sum + rows.filter(mark).length;
        }, 0);
    expect(used(TYPE.mac, (row) => ['A1', 'A2', 'B1', 'B2', 'S', 'H'].some((kind) => row.get(kind) === 1))).toBe(run.macRows);
    expect(used(TYPE.store, (row) => row.get('en') === 1)).toBe(run.storeRows);
    const report = check(MACHINE, cut, publicTerms(program, run.inputs, run.outputs));
    expect(report).toMatchObject({ failures: [], sumIsZero: true });
  },
);

test('cuts are made where they save cells, and only a profile with repeated chips allows them', () => {
  const runs = EXAMPLES.map((make) => make()).map(({ program, inputs }) => execute(program, inputs));
  const cut = runs
    .map((run) => fillTraces(run, planInstances(run, { repeatedChips: true, minSavedCells: 0 })))
    .find((list) => list.length > 6)!;
  const fixed = cut.filter((i) => i.type >= TYPE.ram).map(({ type, logSize, base }) => ({ type, logSize, base }));
  requireInstances(cut, fixed, PROFILES.local);
  expect(() => requireInstances(cut, fixed, PROFILES.chain)).toThrow('1 to 1 are allowed');
});

test('a run that is cut in its middle breaks a constraint', () => {
  const { program, inputs } = EXAMPLES[0]!();
  const run = execute(program, inputs);
  const whole = fillTraces(run);
  const mac = whole.find((i) => i.type === TYPE.mac)!;
  const half = 2 ** (mac.logSize - 1);
  const last = mac.columns[MACHINE.components[TYPE.mac]!.base.indexOf('last')]!;
  const middle = Array.from({ length: half }, (_, i) => half - 1 - i).find((row) => last[row] === 0)! + 1;
  const pieces = [
    mac.columns.map((c) => c.map((x, i) => (i < middle ? x : 0))),
    mac.columns.map((c) => c.map((x, i) => (i >= middle ? x : 0))),
  ];
  const cut = whole.flatMap((i) => (i === mac ? pieces.map((columns) => ({ ...mac, columns })) : [i]));
  expect(check(MACHINE, cut, publicTerms(program, run.inputs, run.outputs)).failures.length).toBeGreaterThan(0);
});
