// The canonical traces of every example program: all constraints hold on all rows, the global sum vanishes, and one changed cell is found.
// Slow: every constraint is checked on every row of every example program.
import { describe, expect, test } from 'vitest';
import { challengesFrom, check, checkInstance } from '../../../air/check.ts';
import type { InstanceWitness } from '../../../air/columns.ts';
import { fillTraces } from '../../../vm/chips/fill.ts';
import { MACHINE, TYPE } from '../../../vm/chips/machine.ts';
import { execute } from '../../../vm/executor/run.ts';
import { publicTerms } from '../../../vm/statement/claim.ts';
import { EXAMPLES, loop, mlp, strided } from '../programs.ts';

const filled = (make: () => ReturnType<typeof mlp>) => {
  const { name, program, inputs } = make();
  const run = execute(program, inputs);
  return { name, run, instances: fillTraces(run), terms: publicTerms(program, inputs, run.outputs) };
};
/** a copy with one cell changed */
function forge(
  instances: InstanceWitness[],
  chip: keyof typeof TYPE,
  column: string,
  row: number,
  change: (cell: number) => number,
): InstanceWitness[] {
  return instances.map((instance) => {
    if (instance.type !== TYPE[chip]) return instance;
    const columns = instance.columns.map((c) => c.slice());
    const cells = columns[MACHINE.components[instance.type]!.base.indexOf(column)]!;
    cells[row] = change(cells[row]!);
    return { ...instance, columns };
  });
}

describe('canonical traces', () => {
  for (const make of EXAMPLES) {
    const { name, instances, terms } = filled(make);
    test(`${name}: every constraint holds on every row and the global sum vanishes`, () => {
      const report = check(MACHINE, instances, terms);
      expect(report.failures).toEqual([]);
      expect(report.failureCount).toBe(0);
      expect(report.sumIsZero).toBe(true);
    });
  }

  test('without the HALT term, or with an output changed, the sum does not vanish', () => {
    const { instances, terms } = filled(() => mlp(1));
    expect(check(MACHINE, instances, terms.slice(1)).sumIsZero).toBe(false);
    const last = terms.at(-1)!;
    const changed = [...terms.slice(0, -1), { ...last, values: [...last.values.slice(0, -1), 1] }];
    expect(check(MACHINE, instances, changed).sumIsZero).toBe(false);
  });

  test.each<[keyof typeof TYPE, string, string]>([
    ['cpu', 'pc', 'pc'],
    ['mac', 'c', 'unit step'],
    ['store', 'wa', 'write address'],
    ['ram', 'used', 'read needs write'],
  ])('a changed cell %s.%s breaks "%s"', (chip, column, label) => {
    const { instances } = filled(strided);
    const forged = forge(instances, chip, column, 2, (cell) => (column === 'used' ? 1 - cell : cell + 1));
    const instance = forged.find(({ type }) => type === TYPE[chip])!;
    const { failures } = checkInstance(MACHINE.components[instance.type]!, instance, 0, challengesFrom('test'));
    expect(failures.map((failure) => failure.label)).toContain(label);
  });

  test.each<[keyof typeof TYPE]>([['rom'], ['lut'], ['ram']])('a changed multiplicity of %s keeps the rows but not the sum', (chip) => {
    const { instances, terms } = filled(loop);
    const report = check(
      MACHINE,
      forge(instances, chip, 'mult', 3, (cell) => cell + 1),
      terms,
    );
    expect(report.sumIsZero).toBe(false);
  });
});
