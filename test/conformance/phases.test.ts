// The digests of phases see everything: one flipped bit in what any operation makes is named with its phase. That the tiers agree is
// test/gpu/programs.test.ts.
// Slow: fifteen proofs on the reference backend.
import { beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../bench/models.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { twice } from '../vm/programs.ts';
import { digestOfPhases, firstDifference, type PhaseDigest } from './phases.ts';
import { EASY_PROFILE } from './profile.ts';
import { proveWatched } from './prove.ts';

type Case = Pick<Job, 'program' | 'inputs'>;

/** a small program, but high enough for two folds */
function small(): Case {
  const { program, inputs } = twice();
  return { program: { ...program, ramLogSize: 9 }, inputs };
}

const digestsOf = async (backend: Backend, { program, inputs }: Case): Promise<PhaseDigest[]> =>
  (await proveWatched(backend, program, inputs, EASY_PROFILE)).digests;

/** a result with one bit flipped in each list of its first member; lists of numbers are copied: they may be constants of the reference */
function flipped(result: unknown): unknown {
  if (result instanceof Uint32Array) {
    result[1]! ^= 1;
    return result;
  }
  if (Array.isArray(result)) return typeof result[1] === 'number' ? [result[0], result[1] ^ 1, ...result.slice(2)] : result.map(flipped);
  const made = result as Record<string, unknown>;
  const key = 'root' in made ? 'root' : Object.keys(made).find((name) => typeof made[name] === 'object')!;
  return { ...made, [key]: flipped(made[key]) };
}

/** the reference with one flipped bit in the result of the `call`-th call of an operation */
function flawed(operation: keyof Backend, call: number): Backend {
  const honest = jsBackend();
  let calls = 0;
  const method = honest[operation] as unknown as (...args: unknown[]) => Promise<unknown>;
  return {
    ...honest,
    [operation]: async (...args: unknown[]) => {
      const result = await method(...args);
      return calls++ === call ? flipped(result) : result;
    },
  };
}

describe('one flipped bit', () => {
  let law: PhaseDigest[];
  beforeAll(async () => {
    law = await digestsOf(jsBackend(), small());
    expect([...new Set(law.map(({ phase }) => phase))]).toEqual(
      expect.arrayContaining([
        ...['model', 'base', 'interaction work', 'interaction', 'composition'],
        ...['samples', 'deep', 'fri', 'query work', 'openings'],
      ]),
    );
    for (const { phase, digest } of law) expect([phase === '', digest.length]).toEqual([false, 62]);
    expect(firstDifference(law, await digestsOf(jsBackend(), small()))).toBeUndefined();
  });

  test.each([
    ['interpolate', 0, 'model', 'values 0'],
    ['commit', 0, 'model', 'values 0'], // the digest of the first block is its first tree
    ['interaction', 0, 'interaction', 'values 0'],
    ['composition', 0, 'composition', 'values 0'],
    ['sample', 0, 'samples', 'samples 0'],
    ['sample', 1, 'samples', 'samples 1'],
    ['deep', 0, 'deep', 'deep quotient 0'],
    ['commitLayer', 0, 'fri', 'layer root 0'],
    ['fold', 1, 'fri', 'folded layer 1'],
    ['grind', 0, 'interaction work', 'nonce 0'],
    ['open', 2, 'openings', 'opening 2'],
    ['openLayer', 0, 'openings', 'layer opening 0'],
  ] as const)('in the result of %s (call %i) is named: %s, %s', async (operation, call, phase, what) => {
    const other = await digestsOf(flawed(operation, call), small());
    expect(firstDifference(law, other)).toMatchObject({ phase, what: expect.stringMatching(new RegExp(`^${what}`)) });
    expect(digestOfPhases(other)).not.toBe(digestOfPhases(law));
  });

  test('in what the shard adds up to is named', async () => {
    const honest = jsBackend();
    const backend: Backend = {
      ...honest,
      async runningSum(steps) {
        const [a, b, c, d] = await (await honest.runningSum(steps))();
        return async () => [a ^ 1, b, c, d];
      },
    };
    expect(firstDifference(law, await digestsOf(backend, small()))).toMatchObject({ phase: 'interaction', what: 'sum 0' });
  });

  test('in an input is named: a trace, the model is the same', async () => {
    const { program, inputs } = small();
    const [region] = program.inputs;
    const changed = { ...inputs, [region!.name]: inputs[region!.name]!.map((x, i) => (i === 0 ? x - 1 : x)) };
    const difference = firstDifference(law, await digestsOf(jsBackend(), { program, inputs: changed }));
    expect(difference).toMatchObject({ what: expect.stringMatching(/^trace/) });
    expect(difference!.phase).not.toBe('model');
  });
});

test('a result that is missing, or one too many, is a difference', () => {
  const list: PhaseDigest[] = ['a', 'b'].map((what) => ({ phase: 'base', what, digest: '00' }));
  expect(firstDifference(list, list)).toBeUndefined();
  expect(firstDifference(list, list.slice(0, 1))).toEqual({ phase: 'base', what: 'b', digest: 'nothing' });
  expect(firstDifference(list.slice(0, 1), list)).toEqual(list[1]);
});
