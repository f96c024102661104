// Wallets of every kind that the ecosystem has, played here: each sends the same calls, and what they refuse, or are wrong about, is said before anything
// is sent. The node is played too; a real one and a real proof are in test/devnet/packed.test.ts.
import type { Account, Call, WalletAccount, WalletAccountV5, WalletAccountV6 } from 'starknet';
import { afterEach, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { KNOWN_CLASSES } from '../../../contracts/class/known.ts';
import { type Node, openNode } from '../../../contracts/client/node.ts';
import { registryAddress } from '../../../contracts/client/trust.ts';
import { type Verification, verifyAndClaim } from '../../../contracts/client/verification.ts';
import type { Wallet, WalletApi, WalletQuestion } from '../../../contracts/client/wallet.ts';
import { type FakeNode, fakeNode } from './fake-node.ts';

const SEPOLIA = '0x534e5f5345504f4c4941';
const OWNER = '0x1234';
const { classHash } = KNOWN_CLASSES.find(({ refused }) => !refused)!;
const CLAIM: Call = { contractAddress: '0x99', entrypoint: 'claim', calldata: ['0x7', '8'] };
let registry: bigint;
let proven: Verification;
beforeAll(async () => {
  registry = await registryAddress(classHash, 0);
  proven = {
    registry,
    call: { contractAddress: `0x${registry.toString(16)}`, entrypoint: 'verify', calldata: ['0x5'] },
    statement: 0x51n,
    modelId: 0x52n,
    inputs: [1n],
    outputs: [2n],
    context: { chainId: BigInt(SEPOLIA), contract: registry, caller: BigInt(OWNER), nonce: 0n },
    parts: [],
  };
});

const nodes: FakeNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});
/** a chain on which the statement becomes a fact when a wallet has sent something; accounts are rich */
async function chain(state: { fact: boolean }, answers: Record<string, unknown> = {}): Promise<{ node: Node; asked: string[] }> {
  const { hash } = await import('starknet');
  const isValid = BigInt(hash.getSelectorFromName('is_valid'));
  const fake = await fakeNode({
    starknet_getClassHashAt: `0x${classHash.toString(16)}`,
    starknet_call: ({ request }: { request: { entry_point_selector: string } }) =>
      BigInt(request.entry_point_selector) === isValid ? [state.fact ? '0x1' : '0x0'] : ['0xfffffffffffffffffffffffff', '0x0'],
    ...answers,
  });
  nodes.push(fake);
  return { node: await openNode(fake.url), asked: fake.asked };
}

/** a wallet that answers, and notes what it was to send */
function wallet(
  state: { fact: boolean },
  answers: Partial<Record<WalletQuestion['type'], unknown>> = {},
): { api: WalletApi; sent: unknown[] } {
  const sent: unknown[] = [];
  const usual = {
    wallet_requestAccounts: [OWNER],
    wallet_requestChainId: SEPOLIA,
    wallet_addInvokeTransaction: { transaction_hash: '0x777' },
  };
  const api: WalletApi = {
    request: async (question) => {
      const answer = { ...usual, ...answers }[question.type];
      if (answer instanceof Error || (answer as { code?: number }).code !== undefined) throw answer;
      if (question.type === 'wallet_addInvokeTransaction') {
        sent.push(question.params.calls);
        state.fact = true;
      }
      return answer;
    },
  };
  return { api, sent };
}

test('what a wallet throws with a question of thousands of felts is told by its end', async () => {
  const state = { fact: false };
  const { node } = await chain(state);
  const long = { code: -32603, message: `RPC: starknet_estimateFee with params ${'0x5, '.repeat(5000)} 41: the reason` };
  const told = verifyAndClaim(node, wallet(state, { wallet_addInvokeTransaction: long }).api, proven);
  await expect(told).rejects.toMatchObject({ code: 'ZK0706', why: expect.stringMatching(/^.{1,220}the reason$/) });
});

describe('a wallet', () => {
  test('is whatever starknet.js and get-starknet call one', () => {
    expectTypeOf<Account>().toExtend<Wallet>();
    expectTypeOf<WalletAccount>().toExtend<Wallet>();
    expectTypeOf<WalletAccountV5>().toExtend<Wallet>();
    expectTypeOf<WalletAccountV6>().toExtend<Wallet>();
    expectTypeOf<WalletAccount['walletProvider']>().toExtend<Wallet>();
    expectTypeOf<WalletAccountV5['walletProvider']>().toExtend<Wallet>();
    expectTypeOf<WalletAccountV6['walletProvider']>().toExtend<Wallet>();
    expectTypeOf<{ name: string }>().not.toExtend<Wallet>();
  });

  const shapes: [string, (api: WalletApi) => Wallet][] = [
    ["get-starknet's window object", (api) => api],
    ['a wallet of the wallet standard', (api) => ({ features: { 'starknet:walletApi': api } })],
    [
      'a WalletAccount, whose wallet is asked and not what it remembers',
      (api) => ({
        walletProvider: api,
        address: '0x666',
        execute: () => Promise.reject(new Error('not this way')),
        provider: { getChainId: async () => '0x1' },
      }),
    ],
  ];
  test.each(shapes)('%s sends verification and claim in one transaction', async (_title, shaped) => {
    const state = { fact: false };
    const { node } = await chain(state);
    const { api, sent } = wallet(state);
    const heard: string[] = [];
    const receipt = await verifyAndClaim(node, shaped(api), proven, [CLAIM], { onSent: (hash) => heard.push(hash) });
    expect(receipt).toMatchObject({ transactionHash: '0x777', l2Gas: 290_000_000 });
    expect(heard).toEqual(['0x777']);
    expect(sent).toEqual([
      [
        { contract_address: proven.call.contractAddress, entry_point: 'verify', calldata: ['0x5'] },
        { contract_address: '0x99', entry_point: 'claim', calldata: ['0x7', '0x8'] },
      ],
    ]);
  });

  test('with a key of its own sends them as well', async () => {
    const state = { fact: false };
    const { node } = await chain(state);
    const executed: unknown[] = [];
    const account = {
      address: OWNER,
      provider: { getChainId: async () => SEPOLIA },
      execute: async (calls: unknown) => {
        executed.push(calls);
        state.fact = true;
        return { transaction_hash: '0x777' };
      },
    };
    expect(await verifyAndClaim(node, account, proven, [CLAIM])).toMatchObject({ transactionHash: '0x777' });
    expect(executed).toEqual([[proven.call, CLAIM]]);
  });

  test('sends the claim alone where the statement is a fact, and nothing without a claim', async () => {
    const state = { fact: true };
    const { node, asked } = await chain(state);
    const { api, sent } = wallet(state);
    await verifyAndClaim(node, api, proven, [CLAIM]);
    expect(sent).toEqual([[expect.objectContaining({ entry_point: 'claim' })]]);
    asked.length = 0;
    expect(await verifyAndClaim(node, api, proven)).toBeUndefined();
    expect([sent.length, asked.includes('starknet_estimateFee')]).toEqual([1, false]);
  });

  const refusals: [string, string, Parameters<typeof wallet>[1]][] = [
    ['ZK0745', 'does not connect', { wallet_requestAccounts: { code: 113, message: 'An error occurred (USER_REFUSED_OP)' } }],
    ['ZK0745', 'is locked', { wallet_requestAccounts: [] }],
    ['ZK0745', 'does not sign', { wallet_addInvokeTransaction: { code: 113, message: 'no' } }],
    ['ZK0745', 'does not sign, in words', { wallet_addInvokeTransaction: new Error('Execute failed: User rejected the request') }],
    ['ZK0746', 'is on another chain', { wallet_requestChainId: '0x534e5f4d41494e' }],
    ['ZK0746', 'is on another chain, by name', { wallet_requestChainId: 'SN_MAIN' }],
    ['ZK0714', 'is another account', { wallet_requestAccounts: ['0x4321'] }],
    ['ZK0747', 'answers nonsense for an account', { wallet_requestAccounts: ['me'] }],
    ['ZK0747', 'answers nonsense for a chain', { wallet_requestChainId: 7 }],
    ['ZK0747', 'fails', { wallet_requestChainId: { code: 163, message: 'An error occurred (UNKNOWN_ERROR)' } }],
    ['ZK0706', 'fails to sign', { wallet_addInvokeTransaction: { code: 163, message: 'An error occurred (UNKNOWN_ERROR)' } }],
    ['ZK0742', 'tells no hash', { wallet_addInvokeTransaction: {} }],
  ];
  test.each(refusals)('%s: one that %s', async (code, _title, answers) => {
    const state = { fact: false };
    const { node } = await chain(state);
    const { api, sent } = wallet(state, answers);
    await expect(verifyAndClaim(node, api, proven, [CLAIM])).rejects.toMatchObject({ code, exitCode: 7, fix: expect.any(String) });
    if (code !== 'ZK0742') expect(sent).toEqual([]);
  });

  test.each([
    ['chainId', 'ZK0712'],
    ['contract', 'ZK0713'],
    ['caller', 'ZK0714'],
  ])('is not asked to sign a proof of another %s: %s', async (field, code) => {
    const state = { fact: false };
    const { node } = await chain(state);
    const { api, sent } = wallet(state);
    const other = { ...proven, context: { ...proven.context, [field]: 5n } };
    await expect(verifyAndClaim(node, api, other)).rejects.toMatchObject({ code, why: expect.stringContaining('nothing was sent') });
    expect(sent).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['an empty object', {}],
    ['an address', OWNER],
    ['null', null],
    ['a request that is no function', { request: 5 }],
    ['an address without execute', { address: OWNER }],
  ])('is none: %s', async (_title, none) => {
    const { node } = await chain({ fact: false });
    await expect(verifyAndClaim(node, none as never, proven)).rejects.toMatchObject({ code: 'ZK0747' });
  });

  test('of a poor account, or of a claim that the contract refuses, is not asked to sign; the message says what it would cost, or why', async () => {
    const state = { fact: false };
    const poor = await chain(state, { starknet_call: () => ['0x0', '0x0'] });
    const { api, sent } = wallet(state);
    await expect(verifyAndClaim(poor.node, api, proven, [CLAIM])).rejects.toMatchObject({
      code: 'ZK0705',
      what: expect.stringMatching(/holds 0 STRK, and the transaction may cost \S+ STRK/),
    });
    const refusing = await chain(state, { starknet_estimateFee: new Error("('ZK0752 already claimed')") });
    await expect(verifyAndClaim(refusing.node, api, proven, [CLAIM])).rejects.toMatchObject({ code: 'ZK0752' });
    expect(sent).toEqual([]);
  });

  test('is not asked to sign calls that no transaction takes', async () => {
    const state = { fact: false };
    const { node } = await chain(state);
    const { api, sent } = wallet(state);
    const claim = (felts: number): Call => ({ ...CLAIM, calldata: new Array<string>(felts).fill('0x1') });
    await verifyAndClaim(node, api, proven, [claim(4992)]); // 1 + 3 + 1 + 3 of the account and of `verify`
    state.fact = false;
    await expect(verifyAndClaim(node, api, proven, [claim(4993)])).rejects.toMatchObject({ code: 'ZK0733' });
    expect(sent).toHaveLength(1);
  });
});
