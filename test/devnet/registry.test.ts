// The registry on a devnet: models, facts, and everything that it must refuse, each with its own reason.
import { hash } from 'starknet';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_CALLDATA } from '../../contracts/class/limits.ts';
import { flatCalldata, packRecord, registerCalldata, type VerifyCall } from '../../contracts/client/calldata.ts';
import { type Chain, connect, invoke, view } from '../../contracts/client/chain.ts';
import { MAX_L2_GAS } from '../../contracts/client/errors.ts';
import { digestToFelt } from '../../fri/core/digest.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES, type Profile } from '../../fri/pcs/profile.ts';
import { RAM_BASE } from '../../vm/program/isa.ts';
import type { Region } from '../../vm/program/types.ts';
import { type ModelRecord, modelId as recordId, recordWords } from '../../vm/statement/record.ts';
import { treeOf, withTree } from '../vm/one-tree.ts';
import { EXAMPLES } from '../vm/programs.ts';
import { devnetAccount, firstAccount } from './accounts.ts';
import { lawOfVerify } from './law.ts';
import { network } from './network.ts';
import { type ProvedCall, proveFor } from './proofs.ts';
import { proveWeak } from './weak-proof.ts';

const P = 2n ** 31n - 1n;
/** a dense network with one sample, and one with five */
const [single, five] = [EXAMPLES[0]!(), EXAMPLES[2]!()];

let chain: Chain;
let contract: bigint;
let account: bigint;
/** proved for a caller of 0, which is who calls in a view */
let viewed: ProvedCall;
/** another model, proved for the first account */
let other: ProvedCall;

beforeAll(async () => {
  const url = network().url;
  const credentials = await firstAccount(url);
  account = BigInt(credentials.address);
  chain = await connect(`${url}/rpc`, credentials);
  contract = BigInt(network().registry);
  const place = { chainId: chain.chainId, registry: contract };
  viewed = await proveFor(single.program, single.inputs, { ...place, caller: 0n });
  other = await proveFor(five.program, five.inputs, { ...place, caller: account, nonce: 7n });
});

const register = (calldata: readonly bigint[]) => invoke(chain, [{ contract, entrypoint: 'register_model', calldata }]);
const verifyOnChain = (calldata: readonly bigint[]) => invoke(chain, [{ contract, entrypoint: 'verify', calldata }]);
const look = (calldata: readonly bigint[]) => view(chain, { contract, entrypoint: 'verify', calldata });
const ask = async (entrypoint: string, ...calldata: bigint[]): Promise<bigint> =>
  (await view(chain, { contract, entrypoint, calldata }))[0]!;

/** the code that the contract refuses a call with, or `accepted` */
async function verdictOf(call: VerifyCall): Promise<string> {
  try {
    await look(flatCalldata(call));
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError) return error.code;
    throw error;
  }
}

describe('a model', () => {
  test('is not known before it is registered, and no proof of it is accepted', async () => {
    const { run } = viewed;
    expect(await ask('is_registered', 12345n)).toBe(0n);
    expect(await verdictOf({ ...viewed.call, modelId: 12345n })).toBe('ZK0710');
    expect(run.outputs).toBeDefined();
  });

  test('gets the id that TypeScript gives it; registering again changes nothing', async () => {
    // one that no other test has registered: of other names
    const renamed = { ...record(), metadataHash: record().metadataHash.map((word) => word ^ 1) };
    const id = digestToFelt(recordId(renamed));
    const first = await register(packRecord(recordWords(renamed)));
    expect(first.events.filter(({ from }) => from === contract).map(({ keys }) => keys[1])).toEqual([id]);
    expect(await ask('is_registered', id)).toBe(1n);
    await register(viewed.register);
    const again = await register(viewed.register);
    expect(again.events.filter(({ from }) => from === contract)).toEqual([]);
  });

  const record = (): ModelRecord => viewed.model.record;
  /** calldata of a changed record, packed without the checks of `registerCalldata` */
  const forge = (changes: Partial<ModelRecord>): bigint[] => packRecord(recordWords({ ...record(), ...changes }));
  const changed = (kind: 'inputs' | 'outputs', change: (region: Region) => Partial<Region>): bigint[] =>
    forge({ [kind]: record()[kind].map((region) => ({ ...region, ...change(region) })) });
  const resized = (index: number, logSize: number): bigint[] =>
    forge(withTree(record(), { instances: treeOf(record()).instances.map((i, n) => (n === index ? { ...i, logSize } : i)) }));
  const ramEnd = (): number => RAM_BASE + 2 ** treeOf(record()).instances[0]!.logSize;
  const forgeries: [string, () => bigint[], string, string][] = [
    ['another AIR', () => forge({ airHash: record().airHash.map((w) => w ^ 1) }), 'ZK0302', 'another AIR'],
    ['another profile', () => forge({ profile: PROFILES.fast }), 'ZK0355', 'another profile'],
    ['the profile of the tests', () => forge({ profile: PROFILES.test }), 'ZK0355', 'another profile'],
    ['another blowup', () => forge({ profile: { ...PROFILES.chain, logBlowup: 1 } }), 'ZK0355', 'another profile'],
    ['a tree of another height', () => forge(withTree(record(), { logSize: treeOf(record()).logSize + 1 })), 'ZK0301', 'record height'],
    [
      'a root of more than 248 bits',
      () => forge(withTree(record(), { root: treeOf(record()).root.map((w, i) => (i === 7 ? w | (1 << 24) : w)) })),
      'ZK0102',
      'digest',
    ],
    [
      'RAM at another base',
      () => forge(withTree(record(), { instances: treeOf(record()).instances.map((i) => (i.base ? { ...i, base: RAM_BASE + 16 } : i)) })),
      'ZK0350',
      'instance base',
    ],
    ['two instances', () => forge(withTree(record(), { instances: treeOf(record()).instances.slice(1) })), 'ZK0350', 'instance type'],
    [
      'its tables in another order',
      () => forge(withTree(record(), { instances: [...treeOf(record()).instances].reverse() })),
      'ZK0350',
      'instance type',
    ],
    ['a table of 2^21 rows', () => resized(2, 21), 'ZK0350', 'instance size'],
    ['a table of one row', () => resized(2, 0), 'ZK0350', 'instance size'],
    ['17 inputs', () => forge({ inputs: Array<Region>(17).fill(record().inputs[0]!) }), 'ZK0301', 'too many regions'],
    ['a word too many', () => [...viewed.register.slice(0, -1), viewed.register.at(-1)! + 1n], 'ZK0301', 'record length'],
    ['a word too few', () => [...viewed.register.slice(0, -1), viewed.register.at(-1)! - 1n], 'ZK0301', 'record padding'],
    ['an input below RAM', () => changed('inputs', () => ({ address: RAM_BASE - 1 })), 'ZK0343', 'region outside RAM'],
    ['an input that ends behind RAM', () => changed('inputs', () => ({ address: ramEnd() - 1 })), 'ZK0343', 'region outside RAM'],
    ['an output that ends behind RAM', () => changed('outputs', () => ({ address: ramEnd() })), 'ZK0343', 'region outside RAM'],
    ['an output whose addresses wrap to ROM', () => changed('outputs', () => ({ address: 2 ** 31 - 2 })), 'ZK0343', 'region outside RAM'],
    ['another number of elements', () => changed('inputs', ({ width }) => ({ width: width + 1 })), 'ZK0343', 'region shape'],
    ['an empty tensor', () => changed('inputs', () => ({ shape: [0], width: 0 })), 'ZK0343', 'region size'],
    ['2^34 elements', () => changed('inputs', () => ({ shape: [2 ** 17, 2 ** 17] })), 'ZK0343', 'region size'],
    ['elements that no word holds', () => changed('inputs', () => ({ strides: [0, 0, 0] })), 'ZK0343', 'region strides'],
    [
      'elements that stand twice',
      () => changed('inputs', () => ({ shape: [4], channels: 2, rows: 1, width: 2, channelStep: 1, strides: [1, 0, 1] })),
      'ZK0343',
      'region strides',
    ],
    ['words that hold two channels', () => changed('inputs', () => ({ channelStep: 0 })), 'ZK0343', 'region overlaps'],
    ['an empty range', () => changed('inputs', () => ({ lo: 5, hi: 4 })), 'ZK0343', 'region range'],
    ['a range around the largest number', () => changed('inputs', () => ({ lo: 2 ** 29, hi: -(2 ** 29) })), 'ZK0343', 'region range'],
    ['two inputs in one place', () => forge({ inputs: [record().inputs[0]!, record().inputs[0]!] }), 'ZK0343', 'inputs overlap'],
  ];
  test.each(forgeries)('with %s is refused', async (_what, calldata, code, reason) => {
    await expect(register(calldata())).rejects.toMatchObject({ code, what: `the contract refuses: ${reason}`, exitCode: 7 });
  });

  test('with another root is another model: its id differs, and the proof says nothing about it', async () => {
    const { record: known } = viewed.model;
    const other = { ...known, ...withTree(known, { root: treeOf(known).root.map((w, i) => (i === 0 ? w ^ 1 : w)) }) };
    const { events } = await register(registerCalldata(other));
    const id = events.find(({ from }) => from === contract)!.keys[1]!;
    expect(id).not.toBe(viewed.call.modelId);
    expect(await verdictOf({ ...viewed.call, modelId: id })).toBe('ZK0107');
  });
});

describe('a proof', () => {
  test('is one transaction; its statement becomes a fact; a replay changes nothing', async () => {
    const own = other;
    await register(own.register);
    const calldata = flatCalldata(own.call);
    expect(calldata.length).toBeLessThanOrEqual(MAX_CALLDATA);
    const statement = digestToFelt(own.verdict.statementHash);
    expect(await ask('is_valid', statement)).toBe(0n);
    const receipt = await verifyOnChain(calldata);
    expect(BigInt(receipt.l2Gas)).toBeLessThanOrEqual(MAX_L2_GAS);
    const { inputs, outputs, context, modelId } = own.call;
    // what an indexer asks for: statement, model and caller, and the hash of the outputs as they were sent
    const outputsHash = BigInt(hash.computePoseidonHashOnElements(outputs));
    expect(receipt.events.filter(({ from }) => from === contract).map(({ keys, data }) => [keys.slice(1), data])).toEqual([
      [[statement, modelId, account], [outputsHash]],
    ]);
    expect(await ask('is_valid', statement)).toBe(1n);
    const lists = [inputs, outputs, context].flatMap((list) => [BigInt(list.length), ...list]);
    expect(await ask('statement_hash', modelId, ...lists)).toBe(statement);
    expect(await ask('inputs_hash', modelId, BigInt(inputs.length), ...inputs)).toBe(digestToFelt(own.verdict.inputsHash));
    const replay = await verifyOnChain(calldata);
    expect(replay.events.filter(({ from }) => from === contract)).toEqual([]);

    // the same proof from another account
    const url = network().url;
    const stranger = await connect(`${url}/rpc`, await devnetAccount(url, 1));
    await expect(invoke(stranger, [{ contract, entrypoint: 'verify', calldata }])).rejects.toMatchObject({ code: 'ZK0714', exitCode: 7 });
  });

  test('is accepted in a view for the caller that it names', async () => {
    expect(await look(flatCalldata(viewed.call))).toEqual([digestToFelt(viewed.verdict.statementHash)]);
  });

  const change = (list: readonly bigint[], index: number, to: (felt: bigint) => bigint): bigint[] =>
    list.map((felt, i) => (i === index ? to(felt) : felt));
  const plusOne = (felt: bigint): bigint => felt + 1n;
  const sized = (changes: Partial<VerifyCall['logSizes']>): VerifyCall => ({
    ...viewed.call,
    logSizes: { ...viewed.call.logSizes, ...changes },
  });
  const statements: [string, () => VerifyCall, string][] = [
    ['another model', () => ({ ...viewed.call, modelId: viewed.call.modelId + 1n }), 'ZK0710'],
    ['another registered model', () => ({ ...viewed.call, modelId: digestToFelt(other.model.id) }), 'ZK0107'],
    ['a changed input', () => ({ ...viewed.call, inputs: change(viewed.call.inputs, 0, (f) => (f & 1n ? f - 1n : f + 1n)) }), 'ZK0107'],
    ['a changed output', () => ({ ...viewed.call, outputs: change(viewed.call.outputs, 0, (f) => (f & 1n ? f - 1n : f + 1n)) }), 'ZK0107'],
    ['an input that is p', () => ({ ...viewed.call, inputs: change(viewed.call.inputs, 0, (f) => f | P) }), 'ZK0101'],
    ['an input out of range', () => ({ ...viewed.call, inputs: change(viewed.call.inputs, 0, (f) => f - (f & P) + (P >> 1n)) }), 'ZK0322'],
    [
      'an output out of range',
      () => ({ ...viewed.call, outputs: change(viewed.call.outputs, 0, (f) => f - (f & P) + (P >> 1n)) }),
      'ZK0322',
    ],
    ['an input felt too few', () => ({ ...viewed.call, inputs: viewed.call.inputs.slice(1) }), 'ZK0104'],
    ['an input felt too many', () => ({ ...viewed.call, inputs: [...viewed.call.inputs, 0n] }), 'ZK0320'],
    ['another chain', () => ({ ...viewed.call, context: change(viewed.call.context, 0, plusOne) }), 'ZK0712'],
    ['another contract', () => ({ ...viewed.call, context: change(viewed.call.context, 1, plusOne) }), 'ZK0713'],
    ['another caller', () => ({ ...viewed.call, context: change(viewed.call.context, 2, plusOne) }), 'ZK0714'],
    ['another nonce', () => ({ ...viewed.call, context: change(viewed.call.context, 3, plusOne) }), 'ZK0107'],
    ['a longer context', () => ({ ...viewed.call, context: [...viewed.call.context, 0n] }), 'ZK0107'],
    ['no context', () => ({ ...viewed.call, context: [] }), 'ZK0711'],
    ['more cpu rows', () => sized({ cpu: viewed.call.logSizes.cpu + 1 }), 'ZK0107'],
    ['fewer mac rows', () => sized({ mac: viewed.call.logSizes.mac - 1 }), 'ZK0107'],
    ['more store rows', () => sized({ store: viewed.call.logSizes.store + 1 }), 'ZK0107'],
    ['2^21 rows', () => sized({ cpu: 21 }), 'ZK0350'],
    ['one row', () => sized({ cpu: 0 }), 'ZK0350'],
    ['a root of more than 248 bits', () => ({ ...viewed.call, proof: change(viewed.call.proof, 0, (f) => f + 2n ** 248n) }), 'ZK0102'],
    ['a nonce of more than 64 bits', () => ({ ...viewed.call, proof: change(viewed.call.proof, 1, (f) => f + 2n ** 64n) }), 'ZK0103'],
    ['a sample that is p', () => ({ ...viewed.call, proof: change(viewed.call.proof, 4, (f) => f | P) }), 'ZK0101'],
    ['no proof', () => ({ ...viewed.call, proof: [] }), 'ZK0104'],
    ['a felt less', () => ({ ...viewed.call, proof: viewed.call.proof.slice(0, -1) }), 'ZK0104'],
    ['a felt more', () => ({ ...viewed.call, proof: [...viewed.call.proof, 0n] }), 'ZK0105'],
    ['a felt less at the start', () => ({ ...viewed.call, proof: viewed.call.proof.slice(1) }), 'ZK0103'],
  ];
  test.each(statements)('with %s is refused', async (_what, forge, code) => {
    expect(await verdictOf(forge())).toBe(code);
  });

  const { chain: registered, fast, test: none } = PROFILES;
  const less = (work: Partial<Profile['work']>): Profile => ({ ...registered, work: { ...registered.work, ...work } });
  /** the forger's transcript absorbs the profile that is registered, and he follows a weaker one */
  const weaker: [string, Profile, string | undefined][] = [
    ['less work on the queries', less({ query: 20 }), 'ZK0107'],
    ['no work on the queries', less({ query: 0 }), 'ZK0107'],
    ['no work on the interaction', less({ interaction: 0 }), 'ZK0107'],
    ['no work on the DEEP coefficient', less({ deep: 0 }), 'ZK0107'],
    ['no work on the folds', less({ fold: 0 }), 'ZK0107'],
    // what is missed first depends on the drawn positions: a padding, a digest, a root
    ['18 queries instead of 19', { ...registered, queries: 18 }, undefined],
    ['one query', { ...registered, queries: 1 }, undefined],
    ['blowup 2 instead of 16', { ...registered, logBlowup: 1 }, undefined],
    ['the profile `fast` under the name of `chain`', fast, undefined],
    ['the profile `test` under the name of `chain`', none, 'ZK0107'],
  ];
  test.each(weaker)('made with %s is refused, by both verifiers with one code', async (_what, profile, code) => {
    const call = await proveWeak(single.program, single.inputs, viewed, profile);
    const verdict = await verdictOf(call);
    const models = new Map([[viewed.call.modelId, viewed.model]]);
    expect(verdict).toBe(lawOfVerify(flatCalldata(call), { chainId: chain.chainId, contract, caller: 0n, models }));
    expect(verdict).toMatch(/^ZK0(10[1-7]|21[34])$/);
    if (code) expect(verdict).toBe(code);
  });

  test.each([fast, none])('of profile $name that says so is refused', async (profile) => {
    expect(await verdictOf(await proveWeak(single.program, single.inputs, viewed, profile, false))).toBe('ZK0107');
  });
});
