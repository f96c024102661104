// Nodes that hang, stop, die, speak another version, and a contract that is not what it says: each with an error of its own, and nothing sent.
// The real ones are in test/devnet/commands.test.ts.
import { afterEach, describe, expect, test } from 'vitest';
import { KNOWN_CLASSES } from '../../../contracts/class/known.ts';
import { type Chain, connect, invoke } from '../../../contracts/client/chain.ts';
import { isFact, requireFact } from '../../../contracts/client/facts.ts';
import { openNode } from '../../../contracts/client/node.ts';
import { REGISTRY_SALTS, registryAddress, requireRegistry } from '../../../contracts/client/trust.ts';
import { CLASS, DIES, type FakeNode, fakeNode, HANGS, PRICE, STOPS } from './fake-node.ts';

const ACCOUNT = { address: '0x1234', key: '0x1' };
const CALL = { contract: 0x99n, entrypoint: 'verify', calldata: [1n, 2n] };
const nodes: FakeNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});
async function played(answers: Record<string, unknown> = {}): Promise<FakeNode> {
  nodes.push(await fakeNode(answers));
  return nodes.at(-1)!;
}
const chainOf = async ({ url }: FakeNode, timeoutSeconds = 5): Promise<Chain> => connect(url, ACCOUNT, { timeoutSeconds });
/** STRK of the account in the token's two words */
const holds = (fri: bigint) => ({ starknet_call: [`0x${fri.toString(16)}`, '0x0'] });
const RICH = holds(10n ** 24n);
const SENT = 'starknet_addInvokeTransaction';

describe('a node', () => {
  test('that answers is asked for its version first', async () => {
    const node = await played();
    expect(await openNode(node.url)).toMatchObject({ chainId: BigInt('0x534e5f5345504f4c4941') });
    expect(node.asked).toEqual(['starknet_specVersion', 'starknet_chainId']);
  });

  test.each([
    ['hangs', HANGS],
    ['stops in the middle of an answer', STOPS],
  ])('that %s is given up within the time limit, which the message says how to lengthen', async (_how, answer) => {
    const { url } = await played({ starknet_specVersion: answer });
    const started = performance.now();
    await expect(openNode(url, { timeoutSeconds: 0.3 })).rejects.toMatchObject({
      code: 'ZK0738',
      exitCode: 7,
      why: expect.stringContaining('starknet_specVersion within 0.3 seconds'),
      fix: expect.stringContaining('--rpc-timeout'),
    });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test.each(['0.8.1', '0.9.0', '0.1.0', '1.10.2', '0.100.0', ''])('of version "%s" is refused by that', async (version) => {
    const node = await played({ starknet_specVersion: version });
    await expect(openNode(node.url)).rejects.toMatchObject({ code: 'ZK0739', what: expect.stringContaining(JSON.stringify(version)) });
    expect(node.asked).toEqual(['starknet_specVersion']);
  });

  test('at a port that fetch itself refuses is not said to be away', async () => {
    await expect(openNode('http://127.0.0.1:5061')).rejects.toMatchObject({
      code: 'ZK0701',
      what: expect.stringContaining('port is one that `fetch` refuses'),
      fix: expect.stringContaining('another port'),
    });
    // nobody listens at a port that was just left
    const node = await fakeNode();
    await node.stop();
    await expect(openNode(node.url)).rejects.toMatchObject({ code: 'ZK0701', what: 'the Starknet node cannot be reached' });
  });

  test('that has no such method is no Starknet node', async () => {
    const { url } = await played({ starknet_specVersion: new Error('Method not found') });
    await expect(openNode(url)).rejects.toMatchObject({ code: 'ZK0701', why: expect.stringContaining('Method not found') });
  });
});

describe('a transaction', () => {
  test("has bounds of the node's price and estimate, with a margin and no more", async () => {
    let bounds: Record<string, { max_amount: string; max_price_per_unit: string }> = {};
    const node = await played({
      ...RICH,
      [SENT]: ({ invoke_transaction: { resource_bounds } }: { invoke_transaction: { resource_bounds: typeof bounds } }) => {
        bounds = resource_bounds;
        return { transaction_hash: '0x777' };
      },
    });
    const heard: string[] = [];
    const receipt = await invoke(await chainOf(node), [CALL], undefined, (hash) => heard.push(hash));
    expect(receipt).toMatchObject({ transactionHash: '0x777', blockNumber: 12, l2Gas: 290_000_000, feeFri: 10n ** 18n });
    expect(heard).toEqual(['0x777']);
    expect(BigInt(bounds.l2_gas!.max_amount)).toBe(360_000_000n);
    expect(BigInt(bounds.l2_gas!.max_price_per_unit)).toBe((3n * PRICE) / 2n);
  });

  test('of a poor account is not sent; the message says what it costs and what the account has', async () => {
    const most = 360_000_000n * ((3n * PRICE) / 2n);
    const node = await played(holds(10n ** 17n));
    await expect(invoke(await chainOf(node), [CALL])).rejects.toMatchObject({
      code: 'ZK0705',
      what: 'the account holds 0.1 STRK, and the transaction may cost 5.4 STRK',
      why: expect.stringContaining('about 3 STRK'),
      fix: expect.stringContaining('5.3 STRK'),
    });
    expect(node.asked).not.toContain(SENT);
    const { url } = await played(holds(most + 1000n));
    expect((await invoke(await connect(url, ACCOUNT), [CALL])).transactionHash).toBe('0x777');
  });

  test('that needs more gas than it may use is not sent', async () => {
    const node = await played(RICH);
    await expect(invoke(await chainOf(node), [CALL], 299_999_999n)).rejects.toMatchObject({ code: 'ZK0704' });
    expect(node.asked).not.toContain(SENT);
    expect((await invoke(await chainOf(node), [CALL], 300_000_000n)).transactionHash).toBe('0x777');
  });

  test('after which the node dies, or hangs, is told with its hash and how to ask later', async () => {
    for (const answer of [DIES, HANGS]) {
      const node = await played({ ...RICH, starknet_getTransactionReceipt: answer });
      await expect(invoke(await chainOf(node, 0.5), [CALL])).rejects.toMatchObject({
        code: 'ZK0742',
        what: expect.stringContaining('0x777'),
        fix: expect.stringContaining('zkvm fact'),
      });
    }
  });

  test('at which the node dies is told as one that may have been sent; one that it refuses, with its reason', async () => {
    const dying = await played({ ...RICH, [SENT]: DIES });
    await expect(invoke(await chainOf(dying), [CALL])).rejects.toMatchObject({
      code: 'ZK0742',
      what: expect.stringContaining('not known'),
      fix: expect.stringContaining('zkvm fact'),
    });
    const refusing = await played({ ...RICH, [SENT]: new Error('Invalid transaction nonce') });
    await expect(invoke(await chainOf(refusing), [CALL])).rejects.toMatchObject({ code: 'ZK0715' });
  });

  test('that reverts is told with the reason and its hash', async () => {
    const reverted = { transaction_hash: '0x777', finality_status: 'ACCEPTED_ON_L2', execution_status: 'REVERTED' };
    const node = await played({ ...RICH, starknet_getTransactionReceipt: { ...reverted, revert_reason: "('ZK0210 sum is not zero')" } });
    await expect(invoke(await chainOf(node), [CALL])).rejects.toMatchObject({ code: 'ZK0210', where: 'transaction 0x777' });
  });
});

describe('a contract is believed', () => {
  const { classHash } = KNOWN_CLASSES.find(({ refused }) => !refused)!;
  const at = async (hash: bigint | Error) =>
    openNode((await played({ starknet_getClassHashAt: hash instanceof Error ? hash : `0x${hash.toString(16)}` })).url);

  test('if its class is known and its address follows from it, whatever the salt', async () => {
    for (const salt of [0, 1, REGISTRY_SALTS - 1])
      expect(await requireRegistry(await at(classHash), await registryAddress(classHash, salt))).toBe(classHash);
  });

  test('never if it is another class, whatever it answers', async () => {
    const address = await registryAddress(classHash, 0);
    await expect(requireRegistry(await at(BigInt(CLASS)), address)).rejects.toMatchObject({
      code: 'ZK0735',
      why: expect.stringContaining(CLASS),
      fix: expect.stringContaining('--class'),
    });
    await expect(requireRegistry(await at(new Error('Contract not found')), address)).rejects.toMatchObject({ code: 'ZK0703' });
  });

  test('never if it took the class later: its address is that of another', async () => {
    for (const forged of [await registryAddress(BigInt(CLASS), 0), await registryAddress(classHash, REGISTRY_SALTS), 0x99n])
      await expect(requireRegistry(await at(classHash), forged)).rejects.toMatchObject({ code: 'ZK0743' });
  });

  test('never if its class is refused, by its name, even where it is asked for', async () => {
    const old = KNOWN_CLASSES.filter(({ refused }) => refused);
    expect(old.length).toBeGreaterThan(0);
    for (const { classHash: hash, version, refused } of old)
      for (const expected of [undefined, hash])
        await expect(requireRegistry(await at(hash), await registryAddress(hash, 0), expected)).rejects.toMatchObject({
          code: 'ZK0736',
          what: expect.stringContaining(version),
          why: expect.stringContaining(refused!),
        });
  });

  test('if its class is the one that was given, and then of no other', async () => {
    expect(await requireRegistry(await at(BigInt(CLASS)), 0x99n, BigInt(CLASS))).toBe(BigInt(CLASS));
    await expect(requireRegistry(await at(classHash), await registryAddress(classHash, 0), 6n)).rejects.toMatchObject({ code: 'ZK0735' });
  });
});

describe('a fact', () => {
  test('is what the contract says is one: a single 1', async () => {
    for (const [answer, fact] of [
      [['0x1'], true],
      [['0x0'], false],
      [['0x2'], false],
      [[], false],
      [['0x1', '0x1'], false],
    ] as const)
      expect(await isFact(await openNode((await played({ starknet_call: answer })).url), 0x99n, 7n)).toBe(fact);
  });

  test('that is none after a transaction is told with it; one that the node learns late is one', async () => {
    let asked = 0;
    const late = await openNode((await played({ starknet_call: () => [asked++ < 2 ? '0x0' : '0x1'] })).url);
    await requireFact(late, 0x99n, 7n, '0x777', [0, 1, 1, 1]);
    expect(asked).toBe(3);
    const never = await openNode((await played({ starknet_call: ['0x0'] })).url);
    await expect(requireFact(never, 0x99n, 7n, '0x777', [0, 1])).rejects.toMatchObject({
      code: 'ZK0737',
      why: expect.stringContaining('0x777'),
    });
  });
});
