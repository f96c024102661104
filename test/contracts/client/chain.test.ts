// Waiting for a transaction, on a node that is played here. The real one is in test/devnet/commands.test.ts.
import { describe, expect, test } from 'vitest';
import { type Chain, invoke } from '../../../contracts/client/chain.ts';

type Answer = Record<string, unknown> | Error;

/** a chain whose node gives these answers about the one transaction that is sent, the last one for ever */
function played(...answers: Answer[]): { chain: Chain; asked: () => number } {
  let asked = 0;
  const none = { max_amount: 0n, max_price_per_unit: 0n };
  const provider = {
    getEstimateFeeBulk: async () => [{ resourceBounds: { l1_gas: none, l2_gas: none, l1_data_gas: none } }],
    callContract: async () => ['0x0', '0x0'],
    getTransactionReceipt: async () => {
      const answer = answers[Math.min(asked++, answers.length - 1)]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const account = {
    address: '0x1',
    accountInvocationsFactory: async () => [],
    execute: async () => ({ transaction_hash: '0x7' }),
  };
  return { chain: { url: 'http://127.0.0.1:1', provider, account, chainId: 1n } as unknown as Chain, asked: () => asked };
}

const call = { contract: 1n, entrypoint: 'verify', calldata: [] };
const accepted = { finality_status: 'ACCEPTED_ON_L2', execution_status: 'SUCCEEDED', execution_resources: { l2_gas: 5 }, events: [] };
const notFound = new Error('29: Transaction hash not found');

describe('a transaction', () => {
  test('is waited for while the node does not know it, and while it is not accepted', async () => {
    const { chain, asked } = played(notFound, notFound, { ...accepted, finality_status: 'PRE_CONFIRMED' }, accepted);
    expect(await invoke(chain, [call])).toMatchObject({ transactionHash: '0x7', l2Gas: 5 });
    expect(asked()).toBe(4);
  });

  test('that is reverted says why', async () => {
    const { chain } = played({ ...accepted, execution_status: 'REVERTED', revert_reason: "('ZK0210 sum is not zero')" });
    await expect(invoke(chain, [call])).rejects.toMatchObject({ code: 'ZK0210', exitCode: 7, where: 'transaction 0x7' });
  });

  test('survives a question that fails, but not a node that is gone', async () => {
    const gone = new TypeError('fetch failed');
    expect(await invoke(played(gone, gone, accepted).chain, [call])).toMatchObject({ l2Gas: 5 });
    const { chain, asked } = played(gone);
    await expect(invoke(chain, [call])).rejects.toMatchObject({ code: 'ZK0742', exitCode: 7, what: expect.stringContaining('0x7') });
    expect(asked()).toBe(5);
  });
});
