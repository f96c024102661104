// A committed input on the chain: its root is one felt of the calldata where its elements would be, for the registry and for a consumer. The oracle
// takes it as it is: its attester opens a round on what stands in the calldata, so his opening is the attestation of a root. What nobody can prove
// (elements out of range, words in another order) is in test/attacks/committed.test.ts; here is what the contract refuses by name.
import { beforeAll, describe, expect, test } from 'vitest';
import { rgbNetwork, rgbSample } from '../../bench/committed-network.ts';
import { compileModel } from '../../compiler/index.ts';
import { ACCOUNT_FELTS, MAX_CALLDATA } from '../../contracts/class/limits.ts';
import { flatCalldata, packRecord, type VerifyCall } from '../../contracts/client/calldata.ts';
import { beginCalldata, sessionOf, shardCalldata, verifySession } from '../../contracts/client/session.ts';
import { digestToFelt } from '../../fri/core/digest.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { TYPE } from '../../vm/chips/machine.ts';
import { planInstances } from '../../vm/chips/split.ts';
import { execute } from '../../vm/executor/run.ts';
import { DATA_BASE, RAM_BASE } from '../../vm/program/isa.ts';
import type { Region } from '../../vm/program/types.ts';
import { proveExecution } from '../../vm/prove.ts';
import { recordWords } from '../../vm/statement/record.ts';
import { committedRoots } from '../../vm/statement/roots.ts';
import { ANY_ERROR, integersOf } from '../compiler/check.ts';
import { committedRegion, doubling } from '../vm/committed-program.ts';
import * as on from './consumers/stage.ts';
import { backend, type ProvedCall, proveFor } from './proofs.ts';
import { contextOf } from './sessions.ts';

const { program, inputs } = doubling();
const elsewhere = { x: inputs.x!.map((x) => (x === 7 ? 6 : x)) };

let stage: on.Stage;
let prover: on.Person;
let attester: on.Person;
let stranger: on.Person;
let viewed: ProvedCall;
let root: bigint;
let other: bigint;

const rootOf = async (tensors: typeof inputs): Promise<bigint> =>
  digestToFelt((await committedRoots(program, tensors, PROFILES.chain, await backend())).x!);

beforeAll(async () => {
  stage = await on.stage();
  [prover, attester, stranger] = stage.people;
  viewed = await proveFor(program, inputs, { chainId: prover.chain.chainId, registry: stage.registry, caller: 0n });
  [root, other] = [await rootOf(inputs), await rootOf(elsewhere)];
  await on.send(prover, on.registering(stage.registry, viewed));
});

/** the code that the registry refuses a call with in a view, or `accepted` */
async function seen(changes: Partial<VerifyCall>): Promise<string> {
  try {
    await on.ask(prover, stage.registry, 'verify', ...flatCalldata({ ...viewed.call, ...changes }));
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the registry', () => {
  test('takes the root in the place of the elements, and gives the statement hash that TypeScript gives', async () => {
    expect(viewed.call.inputs).toEqual([root]);
    expect(await seen({})).toBe('accepted');
    const { modelId, inputs: felts, outputs, context } = viewed.call;
    const hash = await on.ask(prover, stage.registry, 'statement_hash', modelId, ...[felts, outputs, context].flatMap(on.list));
    expect(hash).toEqual([digestToFelt(viewed.verdict.statementHash)]);
    expect(await on.ask(prover, stage.registry, 'inputs_hash', modelId, ...on.list(felts))).toEqual([
      digestToFelt(viewed.verdict.inputsHash),
    ]);
  });

  test('refuses another root, none, two, one that is no digest, and elements', async () => {
    expect(await seen({ inputs: [other] })).toMatch(/^ZK01/);
    expect(await seen({ inputs: [root + 1n] })).toMatch(/^ZK01/);
    expect(await seen({ inputs: [] })).not.toBe('accepted');
    expect(await seen({ inputs: [root, root] })).toBe('ZK0320');
    expect(await seen({ inputs: [root + 2n ** 248n] })).toBe('ZK0102');
    expect(await seen({ inputs: Array<bigint>(15).fill(0n) })).toBe('ZK0320');
  });

  test('registers no committed input whose addresses meet others, or RAM', async () => {
    const { record } = viewed.model;
    const registered = (regions: readonly Region[]): Promise<string> => {
      const felts = packRecord(recordWords({ ...record, inputs: regions }));
      return on.verdict(prover, on.call(stage.registry, 'register_model', ...felts));
    };
    const at = (address: number): Region => committedRegion(address);
    expect(await registered([at(DATA_BASE), at(DATA_BASE + 16)])).toBe('accepted');
    expect(await registered([at(RAM_BASE - 16)])).toBe('accepted');
    for (const wrong of [
      [at(DATA_BASE), at(DATA_BASE + 15)],
      [at(DATA_BASE + 16), at(DATA_BASE)],
      [at(DATA_BASE - 1)],
      [at(0)],
      [at(RAM_BASE - 15)],
      [{ ...at(DATA_BASE), channelStep: 5 }],
      [{ ...at(DATA_BASE), channelStep: 2 ** 24 }],
    ])
      expect(await registered(wrong)).toMatch(/^ZK03(43|50)$/);
  });

  test('verifies such a proof in a session of two shards, with the roots that the session began with', async () => {
    const place = { chainId: prover.chain.chainId, registry: stage.registry, caller: prover.address };
    const run = execute(program, inputs);
    // each shard has an instance of the least height: the cpu grows to it
    const all = planInstances(run, PROFILES.chain).map((one) =>
      one.type === TYPE.cpu ? { ...one, logSize: Math.max(one.logSize, PROFILES.chain.minLogSize) } : one,
    );
    const shards = [all.filter(({ type }) => type < TYPE.ram), all.filter(({ type }) => type >= TYPE.ram)];
    const { bytes } = await proveExecution(viewed.model, run, { context: contextOf(place), shards });
    const { calls, verdict } = sessionOf(viewed.model, bytes);
    expect(calls.inputs).toEqual([root]);
    const lie = on.call(stage.registry, 'begin', ...beginCalldata({ ...calls, inputs: [other] }));
    expect(await on.verdict(prover, lie)).toMatch(/^ZK01/);
    await verifySession(prover.chain, stage.registry, calls);
    expect(await on.ask(prover, stage.registry, 'is_valid', digestToFelt(verdict.statementHash))).toEqual([1n]);
    expect(await on.verdict(stranger, on.call(stage.registry, 'shard', ...shardCalldata(calls.session, calls.shards[1]!)))).toBe('ZK0718');
  });
});

test('the oracle: an attester opens a round on a root, and only a proof about that root closes it', async () => {
  const calldata = [stage.registry, viewed.call.modelId, 0n, 0n, attester.address, 0n, 120n, 3600n];
  const oracle = await on.deployed(prover, 'oracle', ...calldata);
  const open = on.call(oracle, 'open', stage.poseidon([root]));
  // nobody else's word is an attestation
  expect(await on.verdict(stranger, open)).toBe('ZK0761');
  await on.send(attester, open);
  const [nonce] = await on.ask(prover, oracle, 'nonce');
  const update = ({ call }: ProvedCall, felts = call.inputs) => on.call(oracle, 'update', ...on.list(felts), ...on.list(call.outputs));
  const proved = await on.proofFor(stage, prover, program, inputs, oracle, nonce!);
  // a proof about an input of his own, and one that says that it was about the attested one
  const lied = await on.proofFor(stage, prover, program, elsewhere, oracle, nonce!);
  expect(lied.call.inputs).toEqual([other]);
  expect(await on.verdict(prover, on.verifying(stage.registry, lied), update(lied))).toBe('ZK0758');
  expect(await on.verdict(prover, on.verifying(stage.registry, lied), update(lied, [root]))).toBe('ZK0750');
  const { l2Gas } = await on.send(prover, on.verifying(stage.registry, proved));
  console.log(`verify, 120 elements by their root: ${l2Gas} gas, ${flatCalldata(proved.call).length} felts`);
  expect(await on.verdict(stranger, update(proved))).toBe('ZK0750');
  await on.send(prover, update(proved));
  const [answer] = await on.ask(prover, oracle, 'answer');
  const scores = [...proved.run.outputs.y0!];
  expect(scores[Number(answer)]).toBe(Math.max(...scores));
});

test('an RGB image of 224 × 224 fits one transaction: 150,528 elements are a felt', async () => {
  const image = compileModel(rgbNetwork(224), {
    calibration: [1, 2, 3].map((seed) => rgbSample(224, seed)),
    commitInputs: ['image'],
    augment: false,
    acceptError: ANY_ERROR,
  }).program;
  const place = { chainId: prover.chain.chainId, registry: stage.registry, caller: prover.address };
  const proved = await proveFor(image, integersOf(image, rgbSample(224, 1)), place);
  const registered = await on.send(prover, on.registering(stage.registry, proved));
  const verified = await on.send(prover, on.verifying(stage.registry, proved));
  const felts = flatCalldata(proved.call).length;
  console.log(
    `RGB 224 × 224 by its root: verify ${verified.l2Gas} gas, ${felts} felts; register ${registered.l2Gas} gas; proved in ${proved.proveMs} ms`,
  );
  expect(felts).toBeLessThanOrEqual(MAX_CALLDATA - ACCOUNT_FELTS);
  expect(await on.ask(prover, stage.registry, 'is_valid', digestToFelt(proved.verdict.statementHash))).toEqual([1n]);
});
