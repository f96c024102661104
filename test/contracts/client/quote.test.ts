// What a page shows before a wallet is asked: the calldata by part, and what the verification would cost the account that the proof names; with a real proof
// and a node that is played. What a real node estimates and bills is in test/devnet.
import { afterEach, beforeAll, expect, test } from 'vitest';
import { CLASS_HASHES } from '../../../contracts/class/hashes.ts';
import { contextBytes, verifyCall } from '../../../contracts/client/calldata.ts';
import { chainName, openNode } from '../../../contracts/client/node.ts';
import { partsOf } from '../../../contracts/client/parts.ts';
import { quote } from '../../../contracts/client/quote.ts';
import { firstRegistry, requireRegistry } from '../../../contracts/client/trust.ts';
import { type Verification, verification } from '../../../contracts/client/verification.ts';
import { PROFILES } from '../../../fri/pcs/profile.ts';
import { RUN_CHIPS } from '../../../vm/chips/table.ts';
import { createProver } from '../../../vm/library/proving.ts';
import { inputOf, modelOf } from '../../library/kit.ts';
import { type FakeNode, fakeNode, PRICE } from './fake-node.ts';

const SEPOLIA = 0x534e5f5345504f4c4941n;
const CALLER = 0x1234n;
const GAS = 300_000_000n;
let proof: Uint8Array;
let proven: Verification;
beforeAll(async () => {
  const prover = await createProver({ device: 'wasm' });
  const model = await modelOf('digits_mlp');
  const registry = await firstRegistry();
  const context = contextBytes({ chainId: SEPOLIA, contract: registry, caller: CALLER, nonce: 0n });
  ({ proof } = await prover.prove(model, { input: inputOf('digits_mlp') }, { profile: 'chain', context }));
  proven = await verification(proof, model, registry);
  await prover.close();
});

let node: FakeNode | undefined;
afterEach(() => node?.stop());
const opened = async (answers: Record<string, unknown>) => {
  node = await fakeNode(answers);
  return openNode(node.url);
};

test('the parts of the calldata are all of them, each in one part', async () => {
  const felts = Object.fromEntries(proven.parts.map((part) => [part.name, part.felts]));
  expect(Object.values(felts).reduce((sum, each) => sum + each, 0)).toBe((proven.call.calldata as unknown[]).length);
  // 64 pixels and ten scores eight a felt, four felts of context, model, four sizes of lists and those of the chips that a run sizes
  expect(felts.statement).toBe(8 + 2 + 4 + 1 + 4 + RUN_CHIPS.length);
  for (const name of ['commitments', 'samples', 'cells', 'folds', 'digests']) expect(felts[name], name).toBeGreaterThan(0);
  expect(felts.digests).toBeGreaterThan(1000);
});

test('a group of a proof that no part has is noticed', async () => {
  const { call } = verifyCall(await (await modelOf('digits_mlp')).verifiable(PROFILES.chain), proof);
  const items = [...call.items, { kind: 'felts' as const, label: 'more', at: 0, length: 1 }];
  expect(() => partsOf({ ...call, items })).toThrow('more');
});

test('a quote asks the node and no wallet: gas, fee, what the account must hold, what it holds', async () => {
  const told = await quote(await opened({ starknet_call: ['0x5', '0x1'] }), proven);
  expect(told).toEqual({
    l2Gas: GAS,
    feeFri: GAS * PRICE + 128n,
    mostFri: ((GAS * 12n) / 10n) * ((PRICE * 15n) / 10n) + 154n * 2n,
    balanceFri: 5n + 2n ** 128n,
  });
  expect(node!.asked).toContain('starknet_estimateFee');
  expect(node!.asked.filter((method) => method.startsWith('starknet_add'))).toEqual([]);
});

test("what the contract would refuse is refused in the quote, by the contract's own code", async () => {
  const refusing = await opened({ starknet_estimateFee: new Error('Transaction execution error: ZK0210 sum is not zero') });
  await expect(quote(refusing, proven)).rejects.toMatchObject({ code: 'ZK0210', exitCode: 7 });
});

test('the first registry is one that is believed, and another address of its class is not', async () => {
  const at = await opened({ starknet_getClassHashAt: `0x${CLASS_HASHES.registry.classHash.toString(16)}` });
  expect(await requireRegistry(at, await firstRegistry())).toBe(CLASS_HASHES.registry.classHash);
  await expect(requireRegistry(at, (await firstRegistry()) + 1n)).rejects.toMatchObject({ code: 'ZK0743' });
});

test('chain ids have their names, and stay numbers where they have none', () => {
  expect(chainName(SEPOLIA)).toBe('SN_SEPOLIA');
  expect(chainName(0x1n)).toBe('0x1');
  expect(chainName(0x534e5f534e0an)).toBe('0x534e5f534e0a');
});
