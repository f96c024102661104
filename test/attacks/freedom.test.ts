// After the challenges nothing is left to choose: for every small trace that the constraints of a chip accept, run by anybody or dispatched
// by nobody, full or not, the interaction columns are the only solution of their constraints.
// All cyclic arrangements of up to four rows (two where there is no register), and longer ones that are drawn; `npm test` draws those of four
// too. The mac of protocol version 1 fails here.
// Slow: ten thousand traces are solved for.
// Caveat: one instance at a time; that the sums of all instances fit together is the business of the forgers beside this file.

import { describe, expect, test } from 'vitest';
import { type Cases, casesOf } from '../../air/cases.ts';
import type { Component } from '../../air/recorded.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import { MACHINE, TYPE } from '../../vm/chips/machine.ts';
import { MODES } from '../../vm/program/isa.ts';
import { random } from '../air/toy.ts';
import { brokenLabels, compiledComponent } from '../soundness/compiled.ts';
import { sampled, times } from '../times.ts';
import { Arranger, closedWalks, randomWalk, type Walk } from './arrangements.ts';
import { freedomOf } from './freedom.ts';
import { BAD_MAC } from './known-bad.ts';

/** rows of the longest arrangements of which all are looked at */
const LONGEST = sampled(4, 3);
/** a chip without registers: its equations know one row each, so all pairs of rows are enough (cpu has 300,000 arrangements of four) */
const LONGEST_WITHOUT_REGISTERS = 2;
/** drawn walks of 5 to 16 rows, by chip */
const DRAWN = times(600);
const LONGEST_DRAWN = 16;
/** half a minute for the 4,700 arrangements of four mac rows; other tests run beside it */
const PATIENCE_MS = 300_000;

interface Count {
  walks: number;
  /** accepted by every stated constraint */
  traces: number;
  /** with something left to choose, by the rows they have */
  free: number[];
  impossible: number;
}

const known = new Map<Component, Cases>();

/** the kinds of rows and their pairs, once a component */
function casesOfAll(component: Component): Cases {
  const { preprocessed, base } = component;
  const column = (name: string): number => preprocessed.length + base.indexOf(name);
  // where constraints connect neighbours the kinds are theirs; modes of operands only multiply them, so they are drawn
  const cases =
    known.get(component) ??
    casesOf(
      component,
      base.map((_, i) => preprocessed.length + i),
      base.includes('im') ? MODES.map(column) : base.filter((name) => /^m\d/.test(name)).map(column),
    );
  known.set(component, cases);
  return cases;
}

function survey(component: Component, walksOf: (arranger: Arranger, next: () => number) => Iterable<Walk>): Count {
  const next = random(17);
  const arranger = new Arranger(component, casesOfAll(component), next);
  const compiled = compiledComponent(component);
  const count: Count = { walks: 0, traces: 0, free: [], impossible: 0 };
  for (const walk of walksOf(arranger, next)) {
    count.walks++;
    const cells = arranger.fill(walk);
    if (!cells) continue;
    const rows = walk.map((_, row) => cells.map((column) => column[row]!));
    expect(brokenLabels(compiled, rows)).toEqual([]);
    count.traces++;
    const parameters = component.graph.parameters.map((): QM31 => [next(), next(), next(), next()]);
    const { registers, sums, impossible } = freedomOf(component, cells, parameters, next);
    if (impossible) count.impossible++;
    else if (registers > 0 || sums > 0) count.free.push(walk.length);
  }
  return count;
}

const longest = ({ registers }: Component): number => (registers.length ? LONGEST : LONGEST_WITHOUT_REGISTERS);
const all = function* ({ cases, component }: Arranger): Generator<Walk> {
  for (let rows = 1; rows <= longest(component); rows++) yield* closedWalks(cases, rows);
};
const drawn = function* ({ cases, component }: Arranger, next: () => number): Generator<Walk> {
  const least = longest(component) + 1;
  for (let i = 0; i < DRAWN; i++) {
    const walk = randomWalk(cases, least + (next() % (LONGEST_DRAWN - least + 1)), next);
    if (walk) yield walk;
  }
};

describe('no freedom after the challenges', { timeout: PATIENCE_MS }, () => {
  test('words: every round of a range, wherever it starts', () => {
    const next = random(18);
    const component = MACHINE.components[TYPE.words]!;
    for (let rows = 1; rows <= 8; rows++)
      for (let start = 0; start < rows; start++) {
        const cells = [...component.preprocessed, ...component.base].map((name) =>
          Uint32Array.from({ length: rows }, (_, row) => (name === 'addr' ? 100 + ((row + start) % rows) : next() % 1000)),
        );
        const parameters = component.graph.parameters.map((): QM31 => [next(), next(), next(), next()]);
        expect(freedomOf(component, cells, parameters, next)).toEqual({ registers: 0, sums: 0, impossible: false });
      }
  });

  // the constraints of words read the range of the instance: its tables are those of test/vm/chips/words.test.ts
  const surveyed = MACHINE.components.filter((_, type) => type !== TYPE.words);
  test.each(surveyed.map((c) => [c.name, c] as const))('%s: all short arrangements', (name, component) => {
    const { walks, traces, free, impossible } = survey(component, all);
    console.log(`${name}: ${walks} arrangements of up to ${longest(component)} rows, ${traces} accepted, ${free.length} with freedom`);
    expect({ free, impossible }).toEqual({ free: [], impossible: 0 });
    expect(traces).toBeGreaterThan(0);
  });

  test.each([TYPE.mac, TYPE.store, TYPE.cpu].map((type) => [MACHINE.components[type]!.name, MACHINE.components[type]!] as const))(
    '%s: longer ones, drawn',
    (name, component) => {
      const { walks, traces, free, impossible } = survey(component, drawn);
      console.log(
        `${name}: ${walks} drawn arrangements of ${longest(component) + 1} to ${LONGEST_DRAWN} rows, ${traces} accepted, ${free.length} with freedom`,
      );
      expect({ free, impossible }).toEqual({ free: [], impossible: 0 });
      expect(traces).toBeGreaterThan(0);
    },
  );
});

test('the mac of protocol version 1 is found: full instances of two one-row MULs', () => {
  const { free } = survey(BAD_MAC, ({ cases }) => closedWalks(cases, 2));
  console.log(`mac of version 1: ${free.length} arrangements of two rows with freedom`);
  expect(free.length).toBeGreaterThan(0);
});
