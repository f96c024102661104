// Every register of the machine is proved to forget what was before its run, and registers that do not are build errors: the one that
// made protocol version 1 worthless among them. Source: air/registers.ts, SECURITY.md.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { component, componentDigest, relation } from '../../../air/component.ts';
import type { Expression } from '../../../air/expression.ts';
import { PROVED } from '../../../air/proved.ts';
import { requireForgetting } from '../../../air/registers.ts';
import { PROVED_FILE, provedText } from '../../../bench/proved.ts';
import { inverse } from '../../../fri/core/m31.ts';
import { MACHINE } from '../../../vm/chips/machine.ts';
import { BAD_MAC, withCarry } from '../../attacks/known-bad.ts';

const some = relation('some', 1);
const ROOT = path.join(import.meta.dirname, '../../..');

test('the registers of the machine are proved, and air/proved.ts lists them; if it does not: npm run gen', () => {
  const registers = MACHINE.components.flatMap((c) => c.registers.map(({ name }) => `${c.name} ${name}`));
  expect(registers).toEqual(['mac hold', 'mac acc', 'store acc', 'store tot']);
  for (const c of MACHINE.components) requireForgetting(c);
  expect(fs.readFileSync(path.join(import.meta.dirname, '../../..', PROVED_FILE), 'utf8')).toBe(provedText());
});

const urlOf = (file: string): string => pathToFileURL(path.join(ROOT, file)).href;

/** what a process prints that records a component with a register, unlisted as it is */
function recordedAlone(before: string): string {
  const code = `${before}
    const { component, relation } = await import('${urlOf('air/component.ts')}');
    const some = relation('some', 1);
    component('unlisted', (c) => {
      const { on, left } = c.columns('on', 'left');
      c.boolean({ on });
      c.zero('count', on.mul(left.sub(left.previous()).add(1)));
      c.register('r').define({ carry: on, add: left, reset: on.not() });
      c.use(some, on, [left]);
    });
    console.log('recorded');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

test('a component that nobody has proved is not recorded in a product', () => {
  expect(recordedAlone('')).toMatch(/nobody has proved that the registers of unlisted forget: npm run gen/);
  expect(recordedAlone(`await import('${urlOf('bench/prove-registers.ts')}');`)).toBe('recorded\n');
});

describe('a register that is not proved to end is a build error', () => {
  test('hold of protocol version 1: a last H row carries -1, over its reset', () => {
    expect(PROVED.has(componentDigest(BAD_MAC))).toBe(false);
    expect(() => requireForgetting(BAD_MAC)).toThrow(/mac: register hold is carried over its reset where "H last[^"]*" follows/);
  });

  test('the same without a claim about H rows: the cycle is named', () => {
    // the reset says what was true then: padding and last B rows
    const claim = withCarry(BAD_MAC, 'hold', (_, carry) => carry);
    const { nodes } = claim.graph;
    const push = (node: (typeof nodes)[number]): number => nodes.push(node) - 1;
    const column = (name: string): number => push({ op: 'cell', index: claim.base.indexOf(name), back: false, ext: false });
    const hold = claim.registers[0]!;
    const reset = push({ op: 'sub', a: hold.reset, b: column('H'), ext: false });
    expect(() => requireForgetting({ ...claim, registers: [{ ...hold, reset }, ...claim.registers.slice(1)] })).toThrow(
      /mac: register hold is never reset along the rows "H last" -> "H last"/,
    );
  });

  const bad: [string, RegExp, (on: Expression, left: Expression) => { carry: Expression; reset: Expression }][] = [
    [
      'one that decays: half of what was before stays, for ever',
      /register r is never reset along the rows "padding" -> "padding"/,
      (on) => ({ carry: on.add(on.not().mul(inverse(2))), reset: on.sub(on) }),
    ],
    [
      'one that resets on padding only, in a table that may have none',
      /register r is never reset along the rows "on" -> "on"/,
      (on) => ({ carry: on, reset: on.not() }),
    ],
    [
      'one that is carried over its reset',
      /register r is carried over its reset where "on" follows/,
      (on) => ({ carry: on.mul(2), reset: on }),
    ],
    ['one whose reset is no bit', /reset that is neither 0 nor 1/, (on) => ({ carry: on, reset: on.not().mul(2) })],
  ];
  test.each(bad)('%s', (_, reason, rule) => {
    expect(() =>
      component('bad', (c) => {
        const { on, left } = c.columns('on', 'left');
        c.boolean({ on });
        c.register('r').define({ ...rule(on, left), add: left });
        c.use(some, on, [left]);
      }),
    ).toThrow(reason);
  });

  test('one that reads a register of its own row that is declared after it, or any register of the row before', () => {
    for (const back of [false, true])
      expect(() =>
        component('bad', (c) => {
          const { x } = c.columns('x');
          const first = c.register('first');
          const second = c.register('second');
          first.define({ carry: c.constant(0), add: back ? second.value.previous() : second.value, reset: c.constant(1) });
          second.define({ carry: c.constant(0), add: x, reset: c.constant(1) });
          c.use(some, x, [x]);
        }),
      ).toThrow(/register first adds an interaction column that is not an earlier register of its own row/);
  });

  // the good twins: a counter that falls, and the same register
  const counted = (step: number, condition: (on: Expression, before: Expression) => Expression) =>
    component('counted', (c) => {
      const { on, left } = c.columns('on', 'left');
      c.boolean({ on });
      c.zero('count', condition(on, on.previous()).mul(left.sub(left.previous()).add(step)));
      c.register('r').define({ carry: on, add: left, reset: on.not() });
      c.use(some, on, [left]);
    });

  test('a counter that falls on every row it is carried over is enough; one that stands still, or is not bound on some of them, is not', () => {
    expect(counted(1, (on) => on).registers).toHaveLength(1);
    expect(counted(-3, (on) => on).registers).toHaveLength(1);
    expect(() => counted(0, (on) => on)).toThrow(/never reset along the rows "on" -> "on"/);
    expect(() => counted(1, (on) => on.not())).toThrow(/never reset/);
    // steps that could come round modulo p
    expect(() => counted(2 ** 20, (on) => on)).toThrow(/never reset/);
  });
});
