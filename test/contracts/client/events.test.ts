// Events and calls as the registry's ABI types them. The node is played; a real one is in test/devnet/packed.test.ts.
import fs from 'node:fs';
import { afterEach, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { REGISTRY_ABI } from '../../../contracts/class/abi.ts';
import { shippedClass } from '../../../contracts/class/shipped.ts';
import { ABI_JSON, abiText } from '../../../contracts/class/write.ts';
import { type ArgumentsOf, contractCall } from '../../../contracts/client/calls.ts';
import { type FactEvent, type FactFilter, factEvents } from '../../../contracts/client/events.ts';
import { originOf } from '../../../contracts/client/facts.ts';
import { openNode } from '../../../contracts/client/node.ts';
import { type FakeNode, fakeNode } from './fake-node.ts';

let selector: string;
beforeAll(async () => {
  const { hash } = await import('starknet');
  selector = hash.getSelectorFromName('StatementVerified');
});
let fake: FakeNode | undefined;
afterEach(async () => {
  await fake?.stop();
  fake = undefined;
});

interface Question {
  keys: string[][];
  chunk_size: number;
  continuation_token?: string;
  from_block: unknown;
  to_block: unknown;
}
const event = (statement: number) => ({
  from_address: '0x9',
  keys: [selector, `0x${statement.toString(16)}`, '0x2', '0x3'],
  data: ['0x4'],
  transaction_hash: '0x777',
  block_number: 5,
});

/** a node that gives these events in pages of as many as it is asked for */
async function node(
  events: ReturnType<typeof event>[],
  token: (next: number) => string = String,
): Promise<{ asked: Question[]; node: Awaited<ReturnType<typeof openNode>> }> {
  const asked: Question[] = [];
  fake = await fakeNode({
    starknet_getEvents: ({ filter }: { filter: Question }) => {
      asked.push(filter);
      const start = Number(filter.continuation_token ?? 0);
      const next = start + filter.chunk_size;
      return { events: events.slice(start, next), ...(next < events.length && { continuation_token: token(next) }) };
    },
  });
  return { asked, node: await openNode(fake.url) };
}
const all = async (events: AsyncIterable<FactEvent>): Promise<FactEvent[]> => {
  const list: FactEvent[] = [];
  for await (const each of events) list.push(each);
  return list;
};

describe('events', () => {
  test('have the fields of the ABI, and come page by page', async () => {
    const { asked, node: chain } = await node([1, 2, 3, 4, 5].map(event));
    const found = await all(factEvents(chain, 9n, { pageSize: 2 }));
    expect(found.map(({ statement }) => statement)).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect(found[0]).toEqual({ statement: 1n, modelId: 2n, caller: 3n, outputsHash: 4n, transactionHash: '0x777', blockNumber: 5 });
    expect(asked.map(({ continuation_token }) => continuation_token)).toEqual([undefined, '2', '4']);
    expectTypeOf<FactEvent['outputsHash']>().toEqualTypeOf<bigint>();
    expectTypeOf<keyof FactEvent>().toEqualTypeOf<'statement' | 'modelId' | 'caller' | 'outputsHash' | 'transactionHash' | 'blockNumber'>();
  });

  test('that nobody waits for are not asked for', async () => {
    const { asked, node: chain } = await node([1, 2, 3].map(event));
    for await (const _ of factEvents(chain, 9n, { pageSize: 1 })) break;
    expect(asked).toHaveLength(1);
  });

  test.each<[string, FactFilter, string[][]]>([
    ['blocks alone', {}, [[], [], []]],
    ['statement', { statement: 0x11n }, [['0x11'], [], []]],
    ['model and caller', { modelId: 0x12n, caller: 0x13n }, [[], ['0x12'], ['0x13']]],
  ])('are asked for by %s', async (_title, filter, keys) => {
    const { asked, node: chain } = await node([]);
    expect(await all(factEvents(chain, 9n, { ...filter, fromBlock: 7, toBlock: 8 }))).toEqual([]);
    expect(asked[0]).toMatchObject({ keys: [[selector], ...keys], from_block: { block_number: 7 }, to_block: { block_number: 8 } });
  });

  test('of another shape, and pages without an end, are errors', async () => {
    const { node: chain } = await node([{ ...event(1), data: [] }]);
    await expect(all(factEvents(chain, 9n))).rejects.toMatchObject({ code: 'ZK0706', exitCode: 7 });
    await fake!.stop();
    const { node: looping } = await node([1, 2, 3].map(event), () => '1');
    await expect(all(factEvents(looping, 9n, { pageSize: 1 }))).rejects.toMatchObject({ code: 'ZK0706' });
  });

  test('say where a fact comes from; none where it is none', async () => {
    const { node: chain } = await node([event(1)]);
    expect(await originOf(chain, 9n, 1n)).toMatchObject({ modelId: 2n, caller: 3n });
    await fake!.stop();
    const { node: empty } = await node([]);
    expect(await originOf(empty, 9n, 1n)).toBeUndefined();
  });
});

describe('a call', () => {
  test('has the calldata of its typed arguments', async () => {
    const call = await contractCall(REGISTRY_ABI, 9n, 'statement_hash', [1n, [2n, 3n], [], [4n]]);
    expect(call).toMatchObject({ contractAddress: '0x9', entrypoint: 'statement_hash' });
    expect([...(call.calldata as string[])]).toEqual(['1', '2', '2', '3', '0', '1', '4']);
    expectTypeOf<ArgumentsOf<typeof REGISTRY_ABI, 'session'>['length']>().toEqualTypeOf<1>();
    // @ts-expect-error there is no such entry point
    await expect(contractCall(REGISTRY_ABI, 9n, 'is_vallid', [1n])).rejects.toMatchObject({ code: 'ZK0748' });
  });

  test('with other arguments is refused, by TypeScript and here', async () => {
    // @ts-expect-error one is missing
    await expect(contractCall(REGISTRY_ABI, 9n, 'is_valid', [])).rejects.toMatchObject({ code: 'ZK0748', exitCode: 2 });
    // @ts-expect-error one too many
    await expect(contractCall(REGISTRY_ABI, 9n, 'is_valid', [1n, 2n])).rejects.toMatchObject({ code: 'ZK0748' });
    // @ts-expect-error a list where a felt belongs
    await expect(contractCall(REGISTRY_ABI, 9n, 'is_valid', [[1n]])).rejects.toMatchObject({ code: 'ZK0748' });
    await expect(contractCall(REGISTRY_ABI, 9n, 'is_valid', [-1n])).rejects.toMatchObject({ code: 'ZK0748' });
  });
});

test('the ABI is that of the shipped class; if not: npm run build:contracts -- --write', () => {
  const abi = JSON.parse(fs.readFileSync(ABI_JSON, 'utf8')) as unknown[];
  expect(REGISTRY_ABI).toEqual(abi);
  expect(shippedClass('registry').contract.abi).toEqual(abi);
  expect(fs.readFileSync(ABI_JSON.replace('scarb/abi/registry.json', 'class/abi.ts'), 'utf8')).toBe(abiText(abi));
});
