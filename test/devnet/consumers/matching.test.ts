// Matching: both consent, each with a proof, to these two profiles. Its robbers come without a proof, with another's, or with a consent to a profile that is
// no more; a class whose nonces do not name the versions takes that one.
import { beforeAll, expect, test } from 'vitest';
import type { Invocation } from '../../../contracts/client/chain.ts';
import type { Program } from '../../../vm/program/types.ts';
import type { ProvedCall } from '../proofs.ts';
import { barOf, compatibilityModel, integers } from './models.ts';
import * as on from './stage.ts';

const SALT = 77n;
const ADA = [15, 3, 9, 0, 1, 2, 3, 4];
const BEN = [14, 3, 8, 1, 9, 9, 9, 9];
/** answers the other way round */
const ODD = [0, 15, 0, 15, 5, 5, 5, 5];

let stage: on.Stage;
let ada: on.Person;
let ben: on.Person;
let attester: on.Person;
let program: Program;
let modelId: bigint;

beforeAll(async () => {
  stage = await on.stage();
  [ada, ben, attester] = stage.people;
  program = compatibilityModel();
  const any = await on.proofFor(stage, ada, program, integers(program, [...ADA, ...BEN]), 1n, 0n);
  modelId = any.call.modelId;
  await on.send(ada, on.registering(stage.registry, any));
});

const calldata = (): bigint[] => [stage.registry, modelId, 0n, 0n, attester.address, barOf(program, 0.2)];
const felt = (profile: readonly number[]): bigint => profile.reduce((sum, value, i) => sum + (BigInt(value) << BigInt(31 * i)), 0n);
const verifying = (proved: ProvedCall): Invocation => on.verifying(stage.registry, proved);
const join = (matching: bigint, profile: readonly number[]): Invocation => on.call(matching, 'join', felt(profile), SALT);
const attest = (matching: bigint, { address }: on.Person, profile: readonly number[]): Invocation =>
  on.call(matching, 'attest', address, stage.poseidon([address, felt(profile), SALT]));
const nonceOf = async (matching: bigint, one: on.Person, other: on.Person): Promise<bigint> =>
  (await on.ask(one, matching, 'nonce', one.address, other.address))[0]!;
const consent = (matching: bigint, other: on.Person, { call }: ProvedCall, outputs = call.outputs): Invocation =>
  on.call(matching, 'consent', other.address, ...on.list(outputs));
const matched = async (matching: bigint): Promise<bigint> => (await on.ask(ada, matching, 'matched', ben.address, ada.address))[0]!;

/** both are there with their profiles */
async function met(matching: bigint): Promise<void> {
  await on.send(attester, attest(matching, ada, ADA), attest(matching, ben, BEN));
  await on.send(ada, join(matching, ADA));
  await on.send(ben, join(matching, BEN));
}
const proofOf = async (matching: bigint, one: on.Person, other: on.Person, profiles: readonly number[]): Promise<ProvedCall> =>
  on.proofFor(stage, one, program, integers(program, profiles), matching, await nonceOf(matching, one, other));

test('two match when each has proven that the other suits him, and a new profile makes consents void', async () => {
  const matching = await on.deployed(ada, 'matching', ...calldata());
  expect(await on.verdict(ada, attest(matching, ada, ADA))).toBe('ZK0761');
  await on.send(attester, attest(matching, ada, ADA));
  expect(await on.verdict(ada, join(matching, ODD))).toBe('ZK0765');
  await on.send(ada, join(matching, ADA));
  await expect(nonceOf(matching, ada, ben)).rejects.toMatchObject({ code: 'ZK0764' });
  await on.send(attester, attest(matching, ben, ODD));
  await on.send(ben, join(matching, ODD));

  // who does not suit
  const unsuited = await proofOf(matching, ada, ben, [...ADA, ...ODD]);
  expect(await on.verdict(ada, verifying(unsuited), consent(matching, ben, unsuited))).toBe('ZK0759');
  await on.send(attester, attest(matching, ben, BEN));
  await on.send(ben, join(matching, BEN));

  const ours = await proofOf(matching, ada, ben, [...ADA, ...BEN]);
  expect(await on.verdict(ada, consent(matching, ben, ours))).toBe('ZK0750');
  await on.send(ada, verifying(ours));
  expect(await on.verdict(ada, consent(matching, ben, ours, on.lie(ours)))).toBe('ZK0750');
  expect(await on.verdict(ben, consent(matching, ada, ours))).toBe('ZK0750');
  expect(await on.verdict(ada, consent(matching, ada, ours))).toBe('ZK0768');
  on.expectGas('matching, `consent`', await on.send(ada, consent(matching, ben, ours)));
  expect(await matched(matching)).toBe(0n);

  // Ben joins again before he consents: hers was to what he was
  await on.send(ben, join(matching, BEN));
  const his = await proofOf(matching, ben, ada, [...BEN, ...ADA]);
  await on.send(ben, verifying(his), consent(matching, ada, his));
  expect(await matched(matching)).toBe(0n);
  expect(await on.verdict(ada, consent(matching, ben, ours))).toBe('ZK0750');
  const again = await proofOf(matching, ada, ben, [...ADA, ...BEN]);
  // he thinks again, and again
  await on.send(ben, on.call(matching, 'withdraw', ada.address));
  await on.send(ada, verifying(again), consent(matching, ben, again));
  expect(await matched(matching)).toBe(0n);
  await on.send(ben, consent(matching, ada, his));
  expect(await matched(matching)).toBe(1n);
  expect(await on.verdict(ada, consent(matching, ben, again))).toBe('ZK0766');
  expect(await on.verdict(ada, on.call(matching, 'withdraw', ben.address))).toBe('ZK0766');
});

test(
  'where nonces do not name the versions, a consent to an old profile makes a match',
  async () => {
    const gaps = [['array![account.into(), other.into(), own, others]', 'array![account.into(), other.into()]']] as const;
    const matching = await on.deployedWithGaps(ada, 'matching', gaps, ...calldata());
    await met(matching);
    const ours = await proofOf(matching, ada, ben, [...ADA, ...BEN]);
    await on.send(ada, verifying(ours), consent(matching, ben, ours));
    await on.send(ben, join(matching, BEN));
    const his = await proofOf(matching, ben, ada, [...BEN, ...ADA]);
    await on.send(ben, verifying(his), consent(matching, ada, his));
    expect(await matched(matching)).toBe(1n);
  },
  on.BUILD_MS,
);
