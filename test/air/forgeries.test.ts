// The forgeries of PCS.md §11 (c): each is an honest proof but for one lie, and is stopped by the check that the page names.
// "A quarter of a vote" shows what the periodicity check is for: without it the proof is accepted.
// Slow: some seventy proofs on the reference backend.
import { describe, expect, test } from 'vitest';
import type { InstanceWitness } from '../../air/columns.ts';
import type { Backend, Block, Layer } from '../../fri/backend/seam.ts';
import { type CirclePoint, vanishing } from '../../fri/core/circle.ts';
import { add, inverse, mul, P } from '../../fri/core/m31.ts';
import type { QM31 } from '../../fri/core/qm31.ts';
import * as Q from '../../fri/core/qm31.ts';
import type { LayoutBlock } from '../../fri/pcs/layout.ts';
import {
  challengeOf,
  type Forgery,
  forgeryVerdict,
  HEIGHTS,
  type Lies,
  type LogSizes,
  layerPlusOne,
  layerWith,
  repeated,
  toyProfile,
  valuesOf,
  withLastColumn,
} from './forger.ts';
import { publicTermsOf, random, type ToyRun } from './toy.ts';

const TABLE = 0;
const USER = 1;
const VOTES = 2;
/** base columns of `user` */
const [X, Y, U, V, ACC, W] = [0, 1, 2, 3, 4, 5];
const L = Math.max(...HEIGHTS);
const USER_ROWS = 2 ** HEIGHTS[USER];

const next = random(77);
const column = (run: ToyRun, instance: number, index: number): Uint32Array => run.instances[instance]!.columns[index]!;
const replace = (run: ToyRun, instance: number, columns: Uint32Array[]): void => {
  run.instances[instance] = { ...run.instances[instance]!, columns } satisfies InstanceWitness;
};
const claim = (run: ToyRun, count: number): void => {
  run.outputs[0]![0] = count;
  run.publicTerms = publicTermsOf([...run.inputs[0]!], count);
};
const plusOneAt = (list: Uint32Array, index: number): void => {
  list[index] = add(list[index]!, 1);
};
/** w = x·u·(acc of the row before) */
const product = (columns: readonly Uint32Array[]): Uint32Array =>
  columns[X]!.map((x, i) => mul(mul(x, columns[U]![i]!), columns[ACC]!.at(i - 1)!));

/** votes has 2^7 rows inside 2^9: one set bit in the four copies is a quarter of a vote */
const VOTES_LOW: LogSizes = [9, 5, 7];
const partOfAVote =
  (copies: number) =>
  (run: ToyRun): void => {
    const b = new Uint32Array(2 ** 9);
    b[77] = 1;
    replace(run, VOTES, [b]);
    claim(run, inverse(copies));
  };
const quarterOfAVote = partOfAVote(4);
/** the smallest step between two heights, and the largest that the toy has */
const VOTES_NEXT: LogSizes = [9, 5, 8];
const VOTES_LOWEST: LogSizes = [9, 5, 1];
/** the last LogUp column of an instance, which is all that must be a lift in its interaction tree */
const stepsOf =
  (instance: number) =>
  (block: LayoutBlock): boolean =>
    block.tree === 'interaction' && block.instance === instance;

/** four different runs of `user` in its four copies, multiplicities averaged */
function fourRuns(run: ToyRun): void {
  const rows = 2 ** L;
  const mult = new Uint32Array(2 ** HEIGHTS[TABLE]);
  const pick = (): number => {
    const i = next() % mult.length;
    mult[i]!++;
    return i;
  };
  const columns = Array.from({ length: 5 }, () => new Uint32Array(rows));
  const [x, y, u, v, acc] = columns as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  for (let i = 0; i < rows; i++) {
    const first = i % USER_ROWS === 0;
    x[i] = pick();
    u[i] = pick();
    if (first) mult[x[i]!]!++;
    y[i] = mul(x[i]!, x[i]!);
    v[i] = mul(u[i]!, u[i]!);
    acc[i] = add(first ? 0 : acc[i - 1]!, add(y[i]!, v[i]!));
  }
  replace(run, USER, [x, y, u, v, acc, product(columns)]);
  const average = mult.map((times) => mul(times, inverse(rows / USER_ROWS)));
  plusOneAt(average, run.inputs[0]![0]!);
  replace(run, TABLE, [average]);
}

/** x and u, y and v change places in every second copy, but on the first row: other one-point columns, the same sums */
function exchangedOperands(run: ToyRun): void {
  const columns = run.instances[USER]!.columns.map((c) => repeated(c, 4));
  for (const [a, b] of [
    [X, U],
    [Y, V],
  ] as const)
    for (let i = 0; i < 2 ** L; i++)
      if (i % USER_ROWS !== 0 && Math.floor(i / USER_ROWS) % 2 === 1) {
        const left = columns[a]!;
        const right = columns[b]!;
        [left[i], right[i]] = [right[i]!, left[i]!];
      }
  replace(run, USER, columns);
}

const wrongInOneCopy = (run: ToyRun): void => {
  const columns = run.instances[USER]!.columns.map((c) => repeated(c, 4));
  plusOneAt(columns[Y]!, 300);
  replace(run, USER, columns);
};

/** interaction columns of one copy of an instance's rows, sent as if all copies were equal */
const interactionOfCopy =
  (name: string, copy: number): Lies =>
  (backend) => ({
    async interaction(instance) {
      if (instance.circuit.name !== name) return backend.interaction(instance);
      const rows = 2 ** instance.logSize;
      const columns = valuesOf(instance.base).map((c) => c.slice(copy * rows, (copy + 1) * rows));
      return backend.interaction({ ...instance, base: await backend.upload(columns, instance.logSize) });
    },
  });

/** what a backend's method gives the n-th time it is called, changed */
const nth = <T>(n: number, change: (given: T) => T): ((given: T) => T) => {
  let calls = 0;
  return (given) => (calls++ === n ? change(given) : given);
};

/** adds to the column-th of all samples, block after block */
function addTo(values: QM31[][], column: number, what: QM31): void {
  let rest = column;
  for (const block of values) {
    if (rest < block.length) {
      block[rest] = Q.add(block[rest]!, what);
      return;
    }
    rest -= block.length;
  }
}

/** changes the samples at the first point (or the n-th) */
function changedSample(
  backend: Backend,
  change: (values: QM31[][], at: { point: CirclePoint; acc: number }) => void,
  n = 0,
): Backend['sample'] {
  let calls = 0;
  // acc follows three preprocessed columns, mult and x, y, u, v
  const acc = 8;
  return async (coefficients, logSize, point) => {
    const values = await backend.sample(coefficients, logSize, point);
    if (calls++ !== n) return values;
    const felts = values.map(Q.fromWords);
    change(felts, { point, acc });
    return felts.map(Q.toWords);
  };
}

/** the positions in the other half of a domain */
const opposite = (positions: readonly number[], logSize: number): number[] =>
  positions.map((p) => p ^ (2 ** (logSize - 1))).sort((a, b) => a - b);

/** the votes have one more, 1/(z - 2) in one row: of their last LogUp column, or only of what the running sum takes from it */
const oneVoteMore =
  (place: 'interaction' | 'addSteps'): Lies =>
  (backend) => {
    const more = (rows: Block, z: QM31): Block =>
      withLastColumn(rows, (column, c) => {
        const changed = column.slice();
        changed[7] = add(changed[7]!, Q.inverse(Q.sub(z, Q.from(2)))[c]!);
        return changed;
      });
    let votes: { rows: Block; z: QM31 } | undefined;
    return {
      async interaction(instance) {
        const rows = await backend.interaction(instance);
        if (instance.circuit.name !== 'votes') return rows;
        const z = challengeOf(instance, 'z');
        if (place === 'interaction') return more(rows, z);
        votes = { rows, z };
        return rows;
      },
      addSteps(rows, logSize, steps) {
        return backend.addSteps(rows === votes?.rows ? more(rows, votes.z) : rows, logSize, steps);
      },
    };
  };

/** the n-th block of four columns is of words that nobody computed: 0 the table's last LogUp column, 1 that of the votes, 2 the running sum */
const randomFelt =
  (n: number): Lies =>
  (backend) => {
    let met = 0;
    return {
      async extend(coefficients, logBlowup) {
        const evaluations = await backend.extend(coefficients, logBlowup);
        if (coefficients.columns === 4 && met++ === n) for (const values of valuesOf(evaluations)) values.set(values.map(next));
        return evaluations;
      },
    };
  };

type Case = [name: string, verdict: string, forgery: Omit<Forgery, 'profile'>];

const TRACE: Case[] = [
  ['one cell of a base running sum', 'composition at z, samples', { run: (run) => plusOneAt(column(run, USER, ACC), 3) }],
  ['one cell of a product of degree 3', 'composition at z, samples', { run: (run) => plusOneAt(column(run, USER, W), 3) }],
  [
    'a boolean that is 2 and counted as 2',
    'composition at z, samples',
    {
      run: (run) => {
        const b = column(run, VOTES, 0);
        claim(run, run.outputs[0]![0]! + 2 - b[7]!);
        b[7] = 2;
      },
    },
  ],
  [
    'a looked-up pair that is not in the table',
    'composition at z, samples',
    {
      run: (run) => {
        const columns = [...run.instances[USER]!.columns];
        plusOneAt(columns[X]!, 3);
        columns[W] = product(columns);
        replace(run, USER, columns);
      },
    },
  ],
  ['a wrong output', 'composition at z, samples', { run: (run) => claim(run, run.outputs[0]![0]! + 1) }],
  [
    'a wrong output, and a row of that last LogUp column makes up for it',
    'composition at z, samples',
    { run: (run) => claim(run, run.outputs[0]![0]! + 1), lies: oneVoteMore('interaction') },
  ],
  [
    'a wrong output, and a step of the running sum makes up for it',
    'composition at z, samples',
    { run: (run) => claim(run, run.outputs[0]![0]! + 1), lies: oneVoteMore('addSteps') },
  ],
  [
    'a row of the running sum moved',
    'composition at z, samples',
    {
      lies: (backend) => ({
        async runningSum(steps) {
          const sum = await backend.runningSum(steps);
          plusOneAt(valuesOf(steps)[0]!, 5);
          return sum;
        },
      }),
    },
  ],
];

const LIFTING: Case[] = [
  ['a quarter of a vote', 'last layer', { run: quarterOfAVote, logSizes: VOTES_LOW }],
  [
    'a quarter of a vote, without the periodicity check',
    'accepted',
    { run: quarterOfAVote, logSizes: VOTES_LOW, checks: { periodicity: () => false } },
  ],
  ['half a vote, one height below the largest', 'last layer', { run: partOfAVote(2), logSizes: VOTES_NEXT }],
  [
    'half a vote, without the periodicity check',
    'accepted',
    { run: partOfAVote(2), logSizes: VOTES_NEXT, checks: { periodicity: () => false } },
  ],
  ['a quarter of a vote, beside another chip of the same height', 'last layer', { run: quarterOfAVote, logSizes: [9, 7, 7] }],
  ['a 256th of a vote', 'last layer', { run: partOfAVote(256), logSizes: VOTES_LOWEST }],
  ...[0, 1, 2, 3].map(
    (coordinate): Case => [
      `a quarter of a vote, periodicity of coordinate ${coordinate} of that last LogUp column alone`,
      'last layer',
      {
        run: quarterOfAVote,
        logSizes: VOTES_LOW,
        checks: { periodicity: (block, c) => stepsOf(VOTES)(block) && c === coordinate },
      },
    ],
  ),
  [
    'a quarter of a vote, periodicity of all but that last LogUp column',
    'accepted',
    { run: quarterOfAVote, logSizes: VOTES_LOW, checks: { periodicity: (block) => !stepsOf(VOTES)(block) } },
  ],
  ['four different runs in the copies', 'last layer', { run: fourRuns }],
  ['four different runs in the copies, without the periodicity check', 'accepted', { run: fourRuns, checks: { periodicity: () => false } }],
  [
    'four different runs in the copies, periodicity of acc alone',
    'last layer',
    { run: fourRuns, checks: { periodicity: (block, c) => block.tree === 'base' && block.instance === USER && c === ACC } },
  ],
  [
    'four different runs in the copies, periodicity of all but that acc and last LogUp column',
    'accepted',
    { run: fourRuns, checks: { periodicity: (block) => block.instance !== USER } },
  ],
  [
    'one-point columns that are no lifts, every copy another valid row (harmless)',
    'accepted',
    { run: exchangedOperands, lies: interactionOfCopy('user', 0) },
  ],
  [
    'a one-point column wrong in one copy, sums of the honest one',
    'composition at z, samples',
    { run: wrongInOneCopy, lies: interactionOfCopy('user', 0) },
  ],
  ['a one-point column wrong in one copy, sums rebuilt', 'composition at z, samples', { run: wrongInOneCopy }],
  [
    'a counted one-point column that is no lift, its average kept',
    'composition at z, samples',
    {
      logSizes: VOTES_LOW,
      run: (run) => {
        const honest = column(run, VOTES, 0);
        const b = repeated(honest, 4);
        b[honest.indexOf(0)] = 1;
        b[honest.indexOf(1)] = 0;
        replace(run, VOTES, [b]);
      },
      lies: interactionOfCopy('votes', 1),
    },
  ],
];

const DEEP_AND_FRI: Case[] = [
  [
    'layer 0 is another word of low degree',
    'fri 0: root',
    { lies: (backend) => ({ deep: async (...given) => layerPlusOne(await backend.deep(...given)) }) },
  ],
  [
    'the first fold is another word of low degree',
    'fri 1: root',
    {
      lies: (backend) => {
        const first = nth(0, layerPlusOne);
        return { fold: async (...given) => first(await backend.fold(...given)) };
      },
    },
  ],
  [
    'the first fold is a random word',
    'fri 1: root',
    {
      lies: (backend) => {
        const first = nth(0, (layer: Layer) =>
          layerWith(
            layer,
            valuesOf(layer).map((c) => c.map(next)),
          ),
        );
        return { fold: async (...given) => first(await backend.fold(...given)) };
      },
    },
  ],
  ['another last layer', 'last layer', { lies: (backend) => ({ read: async (layer) => backend.read(layerPlusOne(layer)) }) }],
  [
    'another sample',
    'composition at z, samples',
    { lies: (backend) => ({ sample: changedSample(backend, (values) => addTo(values, 3, Q.ONE)) }) },
  ],
  [
    'another sample of a two-point column at z',
    'composition at z, samples',
    { lies: (backend) => ({ sample: changedSample(backend, (values, { acc }) => addTo(values, acc, Q.ONE)) }) },
  ],
  [
    'another sample of a two-point column at z - g',
    'composition at z, samples',
    {
      lies: (backend) => ({
        sample: changedSample(
          backend,
          (values) => {
            for (const block of values) for (let i = 0; i < block.length; i++) block[i] = Q.add(block[i]!, Q.ONE);
          },
          1,
        ),
      }),
    },
  ],
  [
    'two composition samples changed so that the identity at z holds',
    'last layer',
    {
      lies: (backend) => ({
        sample: changedSample(backend, (values, { point }) => {
          addTo(values, values.flat().length - 8, vanishing(point, L));
          addTo(values, values.flat().length - 4, [P - 1, 0, 0, 0]);
        }),
      }),
    },
  ],
  [
    'a base column is a random word, all else follows from it',
    'last layer',
    {
      lies: (backend) => ({
        async extend(coefficients, logBlowup) {
          const evaluations = await backend.extend(coefficients, logBlowup);
          if (coefficients.columns === 6) valuesOf(evaluations)[X] = valuesOf(evaluations)[X]!.map(next);
          return evaluations;
        },
      }),
    },
  ],
  [
    'samples of the running sum at z and at z - g changed alike, so that the identity at z holds',
    'last layer',
    {
      lies: (backend) => {
        let lied = changedSample(backend, (values) => addTo(values, values.flat().length - 12, [5, 6, 7, 8]));
        const previous = changedSample(backend, (values) => addTo(values, values.flat().length - 4, [5, 6, 7, 8]));
        return {
          sample: (...given) => {
            const own = lied;
            lied = previous;
            return own(...given);
          },
        };
      },
    },
  ],
  ['the running sum is a random word', 'last layer', { lies: randomFelt(2) }],
  ['a last LogUp column of the largest height is a random word', 'last layer', { lies: randomFelt(1) }],
  ['a last LogUp column below the largest height is a random word', 'last layer', { lies: randomFelt(0) }],
  [
    'positions chosen by the prover',
    'preprocessed tree: root, 12 openings',
    {
      lies: (backend) => ({
        open: (tree, positions) => backend.open(tree, opposite(positions, tree.height)),
        openLayer: (tree, layer, cosets, known) =>
          backend.openLayer(tree, layer, opposite(cosets, tree.height), new Set(opposite([...known], layer.logSize))),
      }),
    },
  ],
];

for (const logBlowup of [1, 4])
  describe(`log blowup ${logBlowup}`, () => {
    const profile = toyProfile(logBlowup);
    test('the honest proof through the lying backend that tells no lie is accepted', async () => {
      expect(await forgeryVerdict({ profile })).toBe('accepted');
      expect(await forgeryVerdict({ profile, checks: { periodicity: () => false } })).toBe('accepted');
      expect(await forgeryVerdict({ profile, logSizes: VOTES_LOW })).toBe('accepted');
    });
    test.each([...TRACE, ...LIFTING, ...DEEP_AND_FRI])('%s: %s', async (_, expected, forgery) => {
      expect(await forgeryVerdict({ ...forgery, profile })).toBe(expected);
    });
  });
