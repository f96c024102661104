// Moving to another registry: an owner after a delay, or nobody, as deployed. The robbers move at once, move what is not theirs, come with a fact of the
// wrong registry; a class without the delay follows its owner to a registry that says yes to everything.
import { beforeAll, expect, test } from 'vitest';
import { buildClass } from '../../../contracts/class/compile.ts';
import { deploy, type Invocation } from '../../../contracts/client/chain.ts';
import type { Program } from '../../../vm/program/types.ts';
import { network } from '../network.ts';
import type { ProvedCall } from '../proofs.ts';
import { activityModel, integers } from './models.ts';
import * as on from './stage.ts';

let stage: on.Stage;
let prover: on.Person;
let owner: on.Person;
let attester: on.Person;
let program: Program;
let modelId: bigint;
let any: ProvedCall;
/** one that says yes to everything */
let fake: bigint;

beforeAll(async () => {
  stage = await on.stage();
  [prover, owner, attester] = stage.people;
  program = activityModel();
  any = await on.proofFor(stage, prover, program, inputs(), 1n, 0n);
  modelId = any.call.modelId;
  fake = await on.puppet(prover);
  await on.send(prover, on.registering(stage.registry, any));
});

const inputs = (): ReturnType<typeof integers> => integers(program, [1, 2, 3, 4, 5, 6, 7, 8]);
const calldata = (who: bigint, delay: bigint): bigint[] => [stage.registry, modelId, who, delay, attester.address, 0n, 1n, 60n];
const announce = (oracle: bigint, registry: bigint, id = modelId): Invocation => on.call(oracle, 'announce_move', registry, id);
const finish = (oracle: bigint): Invocation => on.call(oracle, 'finish_move');
const open = (oracle: bigint): Promise<unknown> => on.send(attester, on.call(oracle, 'open', stage.poseidon(on.packed(program, inputs()))));
const update = (oracle: bigint, { call }: ProvedCall, outputs = call.outputs): Invocation =>
  on.call(oracle, 'update', ...on.list(call.inputs), ...on.list(outputs));

test('the registry says its version, and the hash of the constraints that ids of models rest on', async () => {
  const [version, airHash] = await on.ask(prover, stage.registry, 'version');
  expect(version).toBe(3n);
  const { digestToFelt } = await import('../../../fri/core/digest.ts');
  expect(airHash).toBe(digestToFelt(any.model.record.airHash));
});

test('a consumer without an owner believes its registry for good, and a hasty owner cannot be had', async () => {
  const oracle = await on.deployed(prover, 'oracle', ...calldata(0n, 0n));
  expect(await on.ask(prover, oracle, 'believes')).toEqual([stage.registry, modelId]);
  for (const person of stage.people) expect(await on.verdict(person, announce(oracle, fake))).toBe('ZK0761');
  expect(await on.verdict(prover, finish(oracle))).toBe('ZK0764');
  await expect(on.deployed(prover, 'oracle', ...calldata(owner.address, on.DAY - 1n))).rejects.toMatchObject({ code: 'ZK0768' });
});

test('an owner moves after the delay that he announced; facts of the old registry are worth nothing then', async () => {
  const oracle = await on.deployed(prover, 'oracle', ...calldata(owner.address, on.DAY));
  const { address: next } = await deploy(prover.chain, await buildClass('registry'));
  expect(next).not.toBe(BigInt(network().registry));
  expect(await on.verdict(attester, announce(oracle, next))).toBe('ZK0761');
  // one that does not know the model yet
  expect(await on.verdict(owner, announce(oracle, next))).toBe('ZK0768');
  await on.send(prover, on.registering(next, any));
  await on.send(owner, announce(oracle, next));
  expect(await on.verdict(owner, finish(oracle))).toBe('ZK0762');
  // called off, and announced again: the delay begins anew
  await on.send(owner, announce(oracle, 0n));
  await on.sleep(on.DAY + 60n);
  expect(await on.verdict(owner, finish(oracle))).toBe('ZK0764');
  await on.send(owner, announce(oracle, next));
  expect(await on.verdict(owner, finish(oracle))).toBe('ZK0762');
  await on.sleep(on.DAY + 60n);

  await open(oracle);
  const nonce = (await on.ask(prover, oracle, 'nonce'))[0]!;
  const old = await on.proofFor(stage, prover, program, inputs(), oracle, nonce);
  await on.send(prover, on.verifying(stage.registry, old));
  await on.send(prover, finish(oracle));
  expect(await on.ask(prover, oracle, 'believes')).toEqual([next, modelId]);
  expect(await on.verdict(prover, update(oracle, old))).toBe('ZK0750');
  const proved = await on.proofFor({ ...stage, registry: next }, prover, program, inputs(), oracle, nonce);
  expect(await on.verdict(prover, update(oracle, proved))).toBe('ZK0750');
  // a proof for one registry is nothing to another
  expect(await on.verdict(prover, on.verifying(stage.registry, proved))).toBe('ZK0713');
  await on.send(prover, on.verifying(next, proved), update(oracle, proved));
});

test(
  'where the delay is not asked for, the owner follows a registry of his own in one transaction',
  async () => {
    const gaps = [["assert(get_block_timestamp() >= self.moves_at.read(), 'ZK0762 too early to move');", '']] as const;
    const oracle = await on.deployedWithGaps(prover, 'oracle', gaps, ...calldata(owner.address, on.DAY));
    await open(oracle);
    expect(await on.verdict(owner, update(oracle, any, on.lie(any)))).toBe('ZK0750');
    expect(await on.verdict(owner, announce(oracle, fake), finish(oracle), update(oracle, any, on.lie(any)))).toBe('accepted');
  },
  on.BUILD_MS,
);
