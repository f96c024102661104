// The client of a session against a contract that is a table in memory: what it sends in which order, that it goes on where others stopped, and what it
// makes of refusals. Source: contracts/client/session.ts. Caveat: the contract itself is asked in test/devnet/sessions.test.ts.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { requireChainShards } from '../../../contracts/class/limits.ts';
import * as client from '../../../contracts/client/chain.ts';
import { chainError } from '../../../contracts/client/errors.ts';
import * as node from '../../../contracts/client/node.ts';
import { beginCalldata, invocationsOf, type SessionCalls, shardCalldata, verifySession } from '../../../contracts/client/session.ts';
import { instanceOf, TYPE } from '../../../vm/chips/machine.ts';
import { code } from '../../failure.ts';

vi.mock('../../../contracts/client/chain.ts', { spy: true });
vi.mock('../../../contracts/client/node.ts', { spy: true });

const shard = (index: number): SessionCalls['shards'][0] => ({
  index,
  instances: [{ type: TYPE.mac, logSize: 9 + index, base: 0, page: 0 }],
  baseRoot: 100n + BigInt(index),
  proof: [7n, BigInt(index)],
  items: [],
});
const calls: SessionCalls = {
  session: 11n,
  statement: 22n,
  modelId: 33n,
  codes: [[41], [42], [43]],
  inputs: [1n],
  outputs: [2n, 3n],
  context: [4n, 5n, 6n, 7n],
  opening: [100n, 101n, 102n, 9n],
  shards: [shard(0), shard(1), shard(2)],
};
const chain = {} as client.Chain;

/** the contract's storage: nothing, or a flag for each shard, or a fact */
let stored: boolean[] | 'fact';
let sent: string[];
/** what happens instead of a transaction, once */
let before: Record<string, () => void>;

beforeEach(() => {
  stored = [];
  sent = [];
  before = {};
  vi.mocked(node.view).mockImplementation(async (_chain, { entrypoint }) => {
    if (entrypoint === 'is_valid') return [stored === 'fact' ? 1n : 0n];
    return stored === 'fact' ? [0n] : [BigInt(stored.length), ...stored.map((flag) => (flag ? 1n : 0n))];
  });
  vi.mocked(client.invoke).mockImplementation(async (_chain, [call]) => {
    const { entrypoint, calldata } = call!;
    const name = entrypoint === 'shard' ? `shard ${calldata[1]}` : entrypoint;
    const other = before[name];
    delete before[name];
    other?.();
    sent.push(name);
    if (entrypoint === 'begin') stored = [false, false, false];
    else if (entrypoint === 'shard') (stored as boolean[])[Number(calldata[1])] = true;
    else stored = 'fact';
    return { transactionHash: `0x${sent.length}`, blockNumber: sent.length, l2Gas: 10 * sent.length, feeFri: 1n, events: [] };
  });
});
const refused = (): never => {
  throw chainError('ZK0332', 'the contract refuses: shard is there twice', 'the transaction was reverted', 'none');
};

describe('transactions', () => {
  test('have lists behind their lengths, instances in full, and their order', () => {
    expect(beginCalldata(calls)).toEqual([
      33n,
      3n,
      1n,
      41n,
      1n,
      42n,
      1n,
      43n,
      1n,
      1n,
      2n,
      2n,
      3n,
      4n,
      4n,
      5n,
      6n,
      7n,
      4n,
      100n,
      101n,
      102n,
      9n,
    ]);
    expect(shardCalldata(11n, shard(2))).toEqual([11n, 2n, 1n, 1n, 11n, 0n, 0n, 102n, 2n, 7n, 2n]);
    expect(invocationsOf(calls).map(({ step }) => step)).toEqual(['begin', 'shard 0', 'shard 1', 'shard 2', 'finish']);
    expect(invocationsOf(calls).at(-1)).toMatchObject({ entrypoint: 'finish', calldata: [11n] });
  });

  test('shards that the contract does not take', () => {
    const tall = [instanceOf(TYPE.cpu, 10)];
    expect(code(() => requireChainShards([tall, tall]))).toBe('accepted');
    for (const wrong of [
      [tall],
      Array(65).fill(tall),
      [tall, [instanceOf(TYPE.mac, 7)]],
      [tall, [instanceOf(TYPE.mac, 21)]],
      [tall, Array(33).fill(instanceOf(TYPE.mac, 9))],
    ])
      expect(code(() => requireChainShards(wrong))).toBe('ZK0732');
  });
});

describe('a session', () => {
  test('is begun, told shard by shard, and finished; each step is told as it is accepted', async () => {
    const told: [string, number][] = [];
    const steps = await verifySession(chain, 1n, calls, ({ step, receipt }) => told.push([step, receipt.l2Gas]));
    expect(sent).toEqual(['begin', 'shard 0', 'shard 1', 'shard 2', 'finish']);
    expect(told).toEqual(steps.map(({ step, receipt }) => [step, receipt.l2Gas]));
    expect(await verifySession(chain, 1n, calls)).toEqual([]);
  });

  test.each<[boolean[], string[]]>([
    [
      [false, false, false],
      ['shard 0', 'shard 1', 'shard 2', 'finish'],
    ],
    [
      [true, false, true],
      ['shard 1', 'finish'],
    ],
    [[true, true, true], ['finish']],
  ])('with shards %j there is gone on with', async (there, missing) => {
    stored = there;
    await verifySession(chain, 1n, calls);
    expect(sent).toEqual(missing);
  });

  test('in which somebody else is faster is gone on with', async () => {
    before['shard 1'] = () => {
      (stored as boolean[])[1] = true;
      refused();
    };
    before.finish = () => {
      stored = 'fact';
      refused();
    };
    expect((await verifySession(chain, 1n, calls)).map(({ step }) => step)).toEqual(['begin', 'shard 0', 'shard 2']);
    stored = [];
    before.begin = () => {
      stored = [true, true, true];
      refused();
    };
    expect((await verifySession(chain, 1n, calls)).map(({ step }) => step)).toEqual(['shard 0', 'shard 1', 'shard 2', 'finish']);
  });

  test('whose transaction is refused ends with the reason, and nothing is sent after it', async () => {
    before['shard 1'] = refused;
    await expect(verifySession(chain, 1n, calls)).rejects.toMatchObject({ code: 'ZK0332', exitCode: 7 });
    expect(sent).toEqual(['begin', 'shard 0']);
    before.finish = () => {
      throw chainError('ZK0210', 'the contract refuses: sum is not zero', 'the transaction was reverted', 'none');
    };
    await expect(verifySession(chain, 1n, calls)).rejects.toMatchObject({ code: 'ZK0210' });
  });

  test('that is finished and makes no fact is refused, with the last transaction', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 2000 });
    try {
      stored = [true, true, true];
      vi.mocked(client.invoke).mockImplementation(async () => ({
        transactionHash: '0x77',
        blockNumber: 1,
        l2Gas: 1,
        feeFri: 1n,
        events: [],
      }));
      await expect(verifySession(chain, 1n, calls)).rejects.toMatchObject({ code: 'ZK0737', why: expect.stringContaining('0x77') });
    } finally {
      vi.useRealTimers();
    }
  });

  test('of another number of shards is not gone on with: the address is of another contract', async () => {
    stored = [true, true];
    await expect(verifySession(chain, 1n, calls)).rejects.toMatchObject({ code: 'ZK0706', exitCode: 7 });
    expect(sent).toEqual([]);
  });
});
