// A Starknet node that is played (rpc-server.ts): each method has an answer, hangs, or the node dies at it. Caveat: it answers with what it is
// told, so it shows what is done with an answer, never that a node gives it; test/devnet has a real one.
import { type RpcServer, rpcServer } from './rpc-server.ts';

/** no answer at all; the beginning of one; the connection and all later ones are cut */
export const HANGS = Symbol('hangs');
export const STOPS = Symbol('stops in the middle');
export const DIES = Symbol('dies');

type Answer = unknown | ((params: Record<string, unknown>) => unknown);

export type FakeNode = RpcServer;

/** 10^10 fri a unit of L2 gas */
export const PRICE = 10n ** 10n;
export const CLASS = '0x5';
const price = (fri: bigint) => ({ price_in_fri: `0x${fri.toString(16)}`, price_in_wei: '0x1' });

/** what a node of a chain with one account answers whose transactions take 300 million L2 gas */
export const HONEST: Readonly<Record<string, Answer>> = {
  starknet_specVersion: '0.10.2',
  starknet_chainId: '0x534e5f5345504f4c4941',
  starknet_getClassHashAt: CLASS,
  starknet_getClassAt: { sierra_program: ['0x1', '0x6', '0x0'], contract_class_version: '0.1.0', entry_points_by_type: {}, abi: '[]' },
  starknet_getNonce: '0x0',
  starknet_getBlockWithTxHashes: { l1_gas_price: price(1n), l2_gas_price: price(PRICE), l1_data_gas_price: price(1n) },
  starknet_call: ['0x1', '0x0'],
  starknet_estimateFee: [
    {
      l1_gas_consumed: '0x0',
      l1_gas_price: '0x1',
      l2_gas_consumed: `0x${(300_000_000).toString(16)}`,
      l2_gas_price: `0x${PRICE.toString(16)}`,
      l1_data_gas_consumed: '0x80',
      l1_data_gas_price: '0x1',
      overall_fee: `0x${(300_000_000n * PRICE + 128n).toString(16)}`,
      unit: 'FRI',
    },
  ],
  starknet_addInvokeTransaction: { transaction_hash: '0x777' },
  starknet_getTransactionReceipt: {
    transaction_hash: '0x777',
    finality_status: 'ACCEPTED_ON_L2',
    execution_status: 'SUCCEEDED',
    execution_resources: { l2_gas: 290_000_000 },
    actual_fee: { amount: '0xde0b6b3a7640000', unit: 'FRI' },
    block_number: 12,
    events: [],
  },
};

/** Starts one, with these answers instead of the honest ones. */
export function fakeNode(answers: Readonly<Record<string, Answer>> = {}): Promise<FakeNode> {
  let dead = false;
  return rpcServer(async ({ id, method, params }) => {
    const answer = { ...HONEST, ...answers }[method];
    if (answer === HANGS) return { not: 'silence' };
    if (answer === DIES) dead = true;
    if (dead) return { not: 'cut' };
    if (answer === STOPS) return { not: 'half' };
    const result = typeof answer === 'function' ? answer(params) : answer;
    const told = result instanceof Error ? { error: { code: 1, message: result.message } } : { result };
    return JSON.stringify({ jsonrpc: '2.0', id, ...told });
  });
}
