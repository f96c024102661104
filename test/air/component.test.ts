// What the constraint language refuses, and what it derives: degrees, pairing of fractions, two-point columns.
import { describe, expect, test } from 'vitest';
import { component, relation } from '../../air/component.ts';
import { airHash } from '../../air/machine.ts';

const table = relation('table', 1);

describe('a component is refused', () => {
  test.each<[string, RegExp, Parameters<typeof component>[1]]>([
    [
      // the running sum would have nothing to take from it
      'without a fraction',
      /needs a fraction/,
      (c) => {
        const { x } = c.columns('x');
        c.boolean({ x });
      },
    ],
    [
      'with a constraint of degree 4',
      /"power" has degree 4/,
      (c) => {
        const { x } = c.columns('x');
        c.zero('power', x.mul(x).mul(x).mul(x));
        c.use(table, x, [x]);
      },
    ],
    [
      'with a fraction of degree 4',
      /"sum 0" has degree 4/,
      (c) => {
        const { x } = c.columns('x');
        c.use(table, x, [x.mul(x).mul(x)]);
      },
    ],
    [
      'that reads two rows back',
      /two rows back/,
      (c) => {
        const { x } = c.columns('x');
        c.zero('far', x.previous().sub(1).previous());
      },
    ],
    [
      'that reads a preprocessed column one row back',
      /preprocessed column is read on the row before/,
      (c) => {
        const t = c.preprocessed('t');
        c.zero('back', t.sub(t.previous()));
        c.use(table, c.constant(1), [t]);
      },
    ],
    ['with two columns of one name', /named twice/, (c) => c.columns('x', 'y', 'x')],
    [
      'with two constraints of one label',
      /labelled "same"/,
      (c) => {
        const { x } = c.columns('x');
        c.zero('same', x);
        c.zero('same', x.sub(1));
      },
    ],
    [
      'with a register that has no rule',
      /has no rule/,
      (c) => {
        c.use(table, c.register('r').value, []);
      },
    ],
    [
      'with a preprocessed column after a base column',
      /after a base column/,
      (c) => {
        c.columns('x', 'y');
        c.preprocessed('t');
      },
    ],
  ])('%s', (_, reason, define) => {
    expect(() => component('bad', define)).toThrow(reason);
  });
});

test('two-point columns are those that a constraint, a register or a fraction reads on the row before, and no others', () => {
  const made = component('masks', (c) => {
    const { a, b, d, e, f, on, left } = c.columns('a', 'b', 'd', 'e', 'f', 'on', 'left');
    c.zero('step', a.sub(a.previous()).sub(1));
    c.boolean({ on });
    c.zero('count down', on.mul(left.sub(left.previous()).add(1)));
    const sum = c.register('sum');
    sum.define({ carry: on, add: b.previous(), reset: on.not() });
    c.use(table, d.previous(), [e]);
    c.zero('e', e.sub(f));
  });
  const names = ['a', 'b', 'd', 'left'];
  expect(made.twoPoint.base.map((i) => made.base[i])).toEqual(names);
  // the register; LogUp columns stay in their row
  expect(made.twoPoint.interaction).toEqual([0]);
});

test('neighbouring fractions share a column while the degree stays at 3', () => {
  const degrees = (...numerators: number[]): number[] =>
    component('pairs', (c) => {
      const { x } = c.columns('x');
      for (const degree of numerators)
        c.use(
          table,
          Array.from({ length: degree }, () => x).reduce((p, y) => p.mul(y), c.constant(1)),
          [x],
        );
    }).sums.map((pair) => pair.length);
  expect(degrees(1, 1, 1)).toEqual([2, 1]);
  expect(degrees(3, 1, 1)).toEqual([1, 2]);
  expect(degrees(1, 3, 1)).toEqual([1, 1, 1]);
});

test('the AIR hash changes with a column, a label, a constant, a mask and a relation', () => {
  const machine = (name: string, label: string, value: number, back: boolean, id: number) => ({
    name: 'm',
    components: [
      component('c', (c) => {
        const column = c.columns(name, 'other')[name]!;
        c.zero(label, (back ? column.previous() : column).sub(value));
        c.use(relation('r', id), column, [column]);
      }),
    ],
  });
  const hashes = [
    machine('x', 'l', 1, false, 1),
    machine('y', 'l', 1, false, 1),
    machine('x', 'k', 1, false, 1),
    machine('x', 'l', 2, false, 1),
    machine('x', 'l', 1, true, 1),
    machine('x', 'l', 1, false, 2),
  ].map((m) => airHash(m).join());
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(airHash(machine('x', 'l', 1, false, 1)).join()).toBe(hashes[0]);
});

describe('statements', () => {
  /** what a definition records, as text that evaluators cannot tell apart */
  const recorded = (define: Parameters<typeof component>[1]): string =>
    JSON.stringify(
      component('some', (c) => {
        define(c);
        c.use(table, c.constant(1), [c.constant(2)]);
      }),
    );

  test('`when` multiplies by its flags from left to right, `equal` subtracts a sum term by term', () => {
    const short = recorded((c) => {
      const { f, g, x, y } = c.columns('f', 'g', 'x', 'y');
      c.when(f).zero('zero', x);
      c.when(f, g.not()).equal('step', x, x.previous().add(y).sub(1));
      c.equal('product', x, f.mul(y, g));
      c.equal('number', x, 3);
    });
    const long = recorded((c) => {
      const { f, g, x, y } = c.columns('f', 'g', 'x', 'y');
      c.zero('zero', f.mul(x));
      c.zero('step', f.mul(g.not()).mul(x.sub(x.previous()).sub(y).add(1)));
      c.zero('product', x.sub(f.mul(y).mul(g)));
      c.zero('number', x.sub(3));
    });
    expect(short).toBe(long);
  });

  test.each<[string, (flag: boolean) => string]>([
    [
      'a sum that `let` named is one term',
      (named) =>
        recorded((c) => {
          const { x, y, z } = c.columns('x', 'y', 'z');
          const right = y.add(z);
          c.equal('equal', x, named ? c.let(right) : right);
        }),
    ],
    [
      'an expression is recorded where it is named, else where it is used',
      (named) =>
        recorded((c) => {
          const { x, y, z } = c.columns('x', 'y', 'z');
          const product = named ? c.let(x.mul(y)) : x.mul(y);
          c.zero('other', y.mul(z));
          c.zero('product', product);
        }),
    ],
    [
      'a sum on the left is not taken apart',
      (left) =>
        recorded((c) => {
          const { x, y, z } = c.columns('x', 'y', 'z');
          if (left) c.equal('equal', y.add(z), x);
          else c.equal('equal', x, y.add(z));
        }),
    ],
    [
      'the condition stands before what it is for',
      (when) =>
        recorded((c) => {
          const { f, x, y } = c.columns('f', 'x', 'y');
          if (when) c.when(f.sub(1)).equal('equal', x, y);
          else c.zero('equal', x.sub(y).mul(f.sub(1)));
        }),
    ],
  ])('%s', (_, record) => {
    expect(record(true)).toBe(record(true));
    expect(record(true)).not.toBe(record(false));
  });

  test('a label that is taken is refused by each of them', () => {
    for (const again of ['zero', 'equal', 'when'] as const)
      expect(() =>
        recorded((c) => {
          const { x, y } = c.columns('x', 'y');
          c.equal('same', x, y);
          if (again === 'zero') c.zero('same', x);
          else if (again === 'equal') c.equal('same', y, x);
          else c.when(y).equal('same', x, 1);
        }),
      ).toThrow('two constraints are labelled "same"');
  });
});
