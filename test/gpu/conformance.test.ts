// All tiers give the same proof bytes: the toy machine at mixed heights and both blowups, accepted by the verifier.
// Slow: proofs on every backend.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verify } from '../../air/verify.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { ProofReader } from '../../fri/pcs/stream.ts';
import type { StartedBackend } from '../../gpu/kind/kind.ts';
import { TIERS } from './tiers.ts';
import { toyProof } from './toy-proof.ts';

const CASES = [
  [[4, 6, 8], 1],
  [[8, 6, 4], 1],
  [[6, 8, 4], 1],
  [[6, 6, 6], 1],
  [[2, 1, 6], 1],
  [[11, 6, 4], 1],
  [[4, 9, 9], 1],
  [[5, 7, 9], 4],
  [[2, 8, 3], 2],
] as const;

describe('proof bytes', () => {
  const started: StartedBackend[] = [];
  const backends: Backend[] = [];
  beforeAll(async () => {
    for (const tier of TIERS) started.push(await tier.start());
    backends.push(...started.map(({ backend }) => backend));
  });
  afterAll(async () => {
    for (const { close } of started) await close();
  });

  test.each(CASES)('of heights %j at log blowup %i are the same on all tiers, and accepted', async (logSizes, logBlowup) => {
    const [law, ...others] = await Promise.all(backends.map((backend) => toyProof(backend, logSizes, logBlowup)));
    for (const [i, other] of others.entries()) expect(other.words, TIERS[i + 1]!.name).toEqual(law!.words);
    verify(law!.request, new ProofReader(others[0]!.words));
  });

  test('of another trace differ', async () => {
    const [law, other] = await Promise.all([toyProof(backends[0]!, [4, 6, 8], 1), toyProof(backends[1]!, [4, 7, 8], 1)]);
    expect(other.words).not.toEqual(law.words);
  });

  test('do not depend on values that were given back before the composition', async () => {
    const [law, wasm] = [backends[0]!, backends.find(({ name }) => name === 'wasm')!];
    let freed = 0;
    const forgetful: Backend = {
      ...wasm,
      async composition(instances, logSize) {
        for (const { base, interaction } of instances)
          for (const coefficients of [base, interaction]) {
            wasm.free(await wasm.extend(coefficients, 1));
            freed++;
          }
        return wasm.composition(instances, logSize);
      },
    };
    expect((await toyProof(forgetful, [4, 6, 8], 1)).words).toEqual((await toyProof(law, [4, 6, 8], 1)).words);
    expect(freed).toBeGreaterThan(0);
  });

  test('leave no memory behind', async () => {
    const counting = started.filter(({ usedBytes }) => usedBytes);
    expect(counting).not.toEqual([]);
    for (const { backend, usedBytes } of counting) {
      const before = usedBytes!();
      for (let i = 0; i < 3; i++) await toyProof(backend, [4, 6, 8], 1);
      expect(usedBytes!()).toBe(before);
    }
  });
});
