// The oracle: an attester or a contract says what a round is about, and only a proof that was made for the round closes it. Its robbers prove in
// advance, close a round with a blank, or come with an old round's proof; a class without the two checks lets the first two in.
import { beforeAll, expect, test } from 'vitest';
import type { Invocation } from '../../../contracts/client/chain.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { compiledModel, digitInput, digits } from '../models.ts';
import type { ProvedCall } from '../proofs.ts';
import * as on from './stage.ts';

const CLASSES = 10n;
/** how long a round that nobody answers stays open */
const ROUND = 3600n;

let stage: on.Stage;
let prover: on.Person;
let attester: on.Person;
let stranger: on.Person;
let program: Program;
let image: IntegerTensors;
let blank: IntegerTensors;
let inputs: bigint[];
let modelId: bigint;
/** proofs need the oracle's address, and the oracle the model's id, which any proof has */
let first: ProvedCall;

beforeAll(async () => {
  stage = await on.stage();
  [prover, attester, stranger] = stage.people;
  program = compiledModel('digits_mlp');
  image = digitInput(program, [digits().pixels_0_16[0]!]);
  blank = digitInput(program, [new Array<number>(64).fill(0)]);
  inputs = on.packed(program, image);
  first = await on.proofFor(stage, prover, program, image, 1n, 1n);
  modelId = first.call.modelId;
  await on.send(prover, on.registering(stage.registry, first));
});

const calldata = (registry: bigint, source = 0n): bigint[] => [registry, modelId, 0n, 0n, attester.address, source, CLASSES, ROUND];
const update = (oracle: bigint, proved: ProvedCall, outputs = proved.call.outputs): Invocation =>
  on.call(oracle, 'update', ...on.list(proved.call.inputs), ...on.list(outputs));
const verifying = (proved: ProvedCall): Invocation => on.verifying(stage.registry, proved);
const prove = (oracle: bigint, nonce: bigint, about = image): Promise<ProvedCall> =>
  on.proofFor(stage, prover, program, about, oracle, nonce);
const nonceOf = async (oracle: bigint): Promise<bigint> => (await on.ask(prover, oracle, 'nonce'))[0]!;
const open = (oracle: bigint): Invocation => on.call(oracle, 'open', stage.poseidon(inputs));

test('a round is opened by its attester, answered by a proof that was made for it, once, and not with a blank', async () => {
  const oracle = await on.deployed(prover, 'oracle', ...calldata(stage.registry));
  // whoever guesses the first round's nonce proves what it will be about before it is opened
  const early = await prove(oracle, 1n);
  await on.send(prover, verifying(early));
  expect(await on.verdict(prover, update(oracle, early))).toBe('ZK0764');
  expect(await on.verdict(prover, open(oracle))).toBe('ZK0761');
  expect(await on.verdict(prover, on.call(oracle, 'open_from_source'))).toBe('ZK0764');
  await on.send(attester, open(oracle));
  expect(await on.verdict(prover, update(oracle, early))).toBe('ZK0750');

  const nonce = await nonceOf(oracle);
  const empty = await prove(oracle, nonce, blank);
  expect(await on.verdict(prover, verifying(empty), update(oracle, empty))).toBe('ZK0758');
  // no round has a default answer
  await expect(on.ask(prover, oracle, 'answer')).rejects.toMatchObject({ code: 'ZK0764' });
  // nobody puts another round in the place of this one
  expect(await on.verdict(attester, open(oracle))).toBe('ZK0762');

  const proved = await prove(oracle, nonce);
  expect(await on.verdict(prover, update(oracle, proved))).toBe('ZK0750');
  await on.send(prover, verifying(proved));
  expect(await on.verdict(prover, update(oracle, proved, on.lie(proved)))).toBe('ZK0750');
  expect(await on.verdict(stranger, update(oracle, proved))).toBe('ZK0750');
  on.expectGas('oracle, `update`', await on.send(prover, update(oracle, proved)));
  const [answer] = await on.ask(prover, oracle, 'answer');
  const logits = on.scores(proved);
  expect(logits[Number(answer)]).toBe(Math.max(...logits));

  // the same proof again: no round is open, and the next one has another nonce though it is about the same
  expect(await on.verdict(prover, update(oracle, proved))).toBe('ZK0764');
  await on.send(attester, open(oracle));
  expect(await on.verdict(prover, update(oracle, proved))).toBe('ZK0750');
});

test(
  'where the nonce is a count and inputs are free, a proof in advance and a blank close rounds',
  async () => {
    const gaps = [
      [
        '            self.nonce.write(nonce);\n            self.inputs_hash',
        '            self.nonce.write(round);\n            self.inputs_hash',
      ],
      ["assert(poseidon_hash_span(inputs) == self.inputs_hash.read(), 'ZK0758 other inputs');", ''],
    ] as const;
    const oracle = await on.deployedWithGaps(prover, 'oracle', gaps, ...calldata(stage.registry));
    const early = await prove(oracle, 1n);
    const empty = await prove(oracle, 2n, blank);
    await on.send(prover, verifying(early));
    await on.send(attester, open(oracle));
    expect(await on.verdict(prover, update(oracle, early))).toBe('accepted');
    await on.send(attester, open(oracle));
    expect(await on.verdict(prover, verifying(empty), update(oracle, empty))).toBe('accepted');
  },
  on.BUILD_MS,
);

test("a source's round is about what the chain says when it is opened, and a registry of one's own opens nothing", async () => {
  const source = await on.puppet(prover);
  await on.send(prover, on.call(source, 'say', ...on.list(inputs)));
  const oracle = await on.deployed(prover, 'oracle', ...calldata(stage.registry, source));
  await on.send(stranger, on.call(oracle, 'open_from_source'));
  await on.send(prover, on.call(source, 'say', ...on.list(on.packed(program, blank))));
  const nonce = await nonceOf(oracle);
  const empty = await prove(oracle, nonce, blank);
  expect(await on.verdict(prover, update(oracle, empty))).toBe('ZK0758');
  // the source as a registry that says yes to everything: the oracle asks its own
  const proved = await prove(oracle, nonce);
  expect(await on.ask(prover, source, 'is_valid', 1n)).toEqual([1n]);
  expect(await on.verdict(prover, update(oracle, proved))).toBe('ZK0750');
  await on.send(prover, verifying(proved), update(oracle, proved));
  // an oracle that believes that registry takes any answer
  const fooled = await on.deployed(prover, 'oracle', ...calldata(source, source));
  await on.send(attester, open(fooled));
  expect(await on.verdict(stranger, update(fooled, first, on.lie(first)))).toBe('accepted');
});
