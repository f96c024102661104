// A toy machine with everything the commitment layer meets: preprocessed, base and interaction trees, a base column read one row
// back, degree 3, two fractions in a column, public terms. The same AIR as the model that made test/fri/vectors.json.

import type { InstanceWitness } from '../../air/columns.ts';
import { component, relation } from '../../air/component.ts';
import type { MachineDefinition, PublicTerm } from '../../air/machine.ts';
import { add, mul } from '../../fri/core/m31.ts';

const square = relation('square', 1);
const vote = relation('vote', 2);

const table = component('table', (c) => {
  const t = c.preprocessed('t');
  const s = c.preprocessed('s');
  const { mult } = c.columns('mult');
  c.yield(square, mult, [t, s]);
});

const user = component('user', (c) => {
  const first = c.preprocessed('first');
  const { x, y, u, v, acc, w } = c.columns('x', 'y', 'u', 'v', 'acc', 'w');
  c.zero('running sum', acc.sub(first.not().mul(acc.previous()).add(y.add(v))));
  c.zero('product', w.sub(x.mul(u).mul(acc.previous())));
  c.use(square, c.constant(1), [x, y]);
  c.use(square, c.constant(1), [u, v]);
  c.use(square, first, [x, y]);
});

const votes = component('votes', (c) => {
  const { b } = c.columns('b');
  c.boolean({ b });
  c.use(vote, b, []);
});

export const toyMachine: MachineDefinition = { name: 'toy', components: [table, user, votes] };

export interface ToyRun {
  instances: InstanceWitness[];
  publicTerms: PublicTerm[];
  inputs: Uint32Array[];
  outputs: Uint32Array[];
}

/** deterministic small numbers */
export const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    state ^= state >>> 15;
    return (state >>> 0) % 2147483647;
  };
};

export const publicTermsOf = (input: readonly number[], count: number): PublicTerm[] => [
  { count: 1, relation: 1, values: input },
  { count: -count, relation: 2, values: [] },
];

/** an honest run; the public input (x, x²) must be in the table */
export function toyRun(logSizes: readonly [number, number, number], seed = 5, x = 3): ToyRun {
  const next = random(seed);
  const rows = logSizes.map((k) => 2 ** k);
  const [T, U, V] = rows as [number, number, number];
  const mult = new Uint32Array(T);
  const pick = (): number => {
    const i = next() % T;
    mult[i]!++;
    return i;
  };
  mult[x]!++;
  const c = {
    x: new Uint32Array(U),
    y: new Uint32Array(U),
    u: new Uint32Array(U),
    v: new Uint32Array(U),
    acc: new Uint32Array(U),
    w: new Uint32Array(U),
  };
  for (let i = 0; i < U; i++) {
    c.x[i] = pick();
    c.u[i] = pick();
    if (i === 0) mult[c.x[0]!]!++;
    c.y[i] = mul(c.x[i]!, c.x[i]!);
    c.v[i] = mul(c.u[i]!, c.u[i]!);
    c.acc[i] = add(i ? c.acc[i - 1]! : 0, add(c.y[i]!, c.v[i]!));
  }
  for (let i = 0; i < U; i++) c.w[i] = mul(mul(c.x[i]!, c.u[i]!), c.acc[(i + U - 1) % U]!);
  const b = Uint32Array.from({ length: V }, () => next() & 1);
  const count = b.reduce((s, e) => s + e, 0);
  const ramp = Uint32Array.from({ length: T }, (_, i) => i);
  const first = new Uint32Array(U);
  first[0] = 1;
  const instance = (type: number, preprocessed: Uint32Array[], columns: Uint32Array[]): InstanceWitness => ({
    type,
    logSize: logSizes[type]!,
    base: 0,
    data: false,
    preprocessed,
    columns,
  });
  return {
    instances: [
      instance(0, [ramp, ramp.map((i) => mul(i, i))], [mult]),
      instance(1, [first], [c.x, c.y, c.u, c.v, c.acc, c.w]),
      instance(2, [], [b]),
    ],
    publicTerms: publicTermsOf([x, mul(x, x)], count),
    inputs: [Uint32Array.from([x, mul(x, x)])],
    outputs: [Uint32Array.from([count])],
  };
}
