// A proof in shards, verified over the transactions of a session: each within the network's limits, begun by the context's account, gone on with by
// anybody; and everything that a session must refuse, each with its own reason. Source: contracts/cairo/registry.cairo, AIR.md §10 items 18-20, 31,
// 32. Caveat: cheats are asked for in calls, so that a session is as it was after each.
import { hash } from 'starknet';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_CALLDATA } from '../../contracts/class/limits.ts';
import { flatCalldata, packRecord } from '../../contracts/client/calldata.ts';
import { type Chain, connect, invoke, view } from '../../contracts/client/chain.ts';
import { MAX_L2_GAS } from '../../contracts/client/errors.ts';
import { beginCalldata, type SessionCalls, type ShardCall, shardCalldata, verifySession } from '../../contracts/client/session.ts';
import { digestToFelt } from '../../fri/core/digest.ts';
import { ZkvmError } from '../../fri/core/errors.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { TYPE } from '../../vm/chips/machine.ts';
import { type FixedInstance, type ModelRecord, recordWords } from '../../vm/statement/record.ts';
import { inPages } from '../vm/paged.ts';
import { devnetAccount } from './accounts.ts';
import { compiledModel, sampleInput } from './models.ts';
import { network } from './network.ts';
import { backend } from './proofs.ts';
import { lieInShards, type ProvedSession, proveSession } from './sessions.ts';

const P = 2n ** 31n - 1n;
const program = compiledModel('mlp784');
const input = sampleInput('mlp784', program);

let chain: Chain;
let stranger: Chain;
let contract: bigint;
/** one run in four shards for the first account, and another run */
let one: ProvedSession;
let other: ProvedSession;

beforeAll(async () => {
  const url = network().url;
  const credentials = await devnetAccount(url, 7);
  chain = await connect(`${url}/rpc`, credentials);
  stranger = await connect(`${url}/rpc`, await devnetAccount(url, 8));
  contract = BigInt(network().registry);
  const place = { chainId: chain.chainId, registry: contract, caller: BigInt(credentials.address) };
  one = await proveSession(program, input, { ...place, nonce: 1n }, 4);
  const [[name, tensor]] = Object.entries(input) as [[string, Int32Array]];
  const changed = { ...input, [name]: tensor.map((x, i) => (i < 40 ? 0 : x)) };
  other = await proveSession(program, changed, { ...place, nonce: 2n }, 4, one.model);
  await invoke(chain, [{ contract, entrypoint: 'register_model', calldata: one.register }]);
});

const send = (entrypoint: string, calldata: readonly bigint[], by = chain) => invoke(by, [{ contract, entrypoint, calldata }]);
const ask = (entrypoint: string, calldata: readonly bigint[]) => view(chain, { contract, entrypoint, calldata });
/** the code that the contract refuses a call with, or `accepted` */
async function verdictOf(entrypoint: string, calldata: readonly bigint[]): Promise<string> {
  try {
    await ask(entrypoint, calldata);
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError) return `${error.code} ${error.what.replace('the contract refuses: ', '')}`;
    throw error;
  }
}
const begin = (calls: SessionCalls, by = chain) => send('begin', beginCalldata(calls), by);
const shard = (calls: SessionCalls, index: number, by = chain) => send('shard', shardCalldata(calls.session, calls.shards[index]!), by);
/** the flags of a session; none where there is no open one */
const flags = async ({ session }: SessionCalls): Promise<bigint[]> => (await ask('session', [session])).slice(1);
const isFact = async ({ statement }: SessionCalls): Promise<boolean> => (await ask('is_valid', [statement]))[0] === 1n;
/** what the contract says of a shard's call with changes */
const shardVerdict = (calls: SessionCalls, index: number, changes: Partial<ShardCall> = {}): Promise<string> =>
  verdictOf('shard', shardCalldata(calls.session, { ...calls.shards[index]!, ...changes }));
const change = (felts: readonly bigint[], index: number, to: (felt: bigint) => bigint): bigint[] => felts.with(index, to(felts[index]!));

/**
 * `begin` of the context's account cannot be asked for in a call, whose caller is 0, so its refusals are those of transactions; devnet reverts them
 * and the session is not begun.
 */
async function beginVerdict(calls: SessionCalls): Promise<string> {
  try {
    await begin(calls);
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError) return `${error.code} ${error.what.replace('the contract refuses: ', '')}`;
    throw error;
  }
}

test('the model is cut as the tests need it: two shards alike, of two instances of one chip each; all queries of four shards', () => {
  const types = one.calls.shards.map(({ instances }) => instances.map(({ type }) => type));
  expect(types).toEqual([
    [TYPE.cpu, TYPE.store],
    [TYPE.mac, TYPE.mac],
    [TYPE.mac, TYPE.mac],
    [TYPE.ram, TYPE.rom, TYPE.lut, TYPE.lut],
  ]);
  expect(one.calls.shards[1]!.instances).toEqual(one.calls.shards[2]!.instances);
  expect(one.verdict.security.conjecturedBits).toBeGreaterThan(PROFILES.chain.floor.bits);
  expect(one.calls.session).not.toBe(other.calls.session);
});

describe('what begins no session', () => {
  const codes =
    (to: (list: number[][]) => number[][]): (() => SessionCalls) =>
    () => ({
      ...one.calls,
      codes: to(one.calls.codes.map((own) => [...own])),
    });
  const [CPU, LUT] = [32 * TYPE.cpu, 32 * TYPE.lut];
  const cases: [string, () => SessionCalls, RegExp][] = [
    ['one shard', codes((list) => [list.flat().sort((a, b) => a - b)]), /^ZK0350 shards/],
    ['65 shards', codes((list) => [...list, ...Array<number[]>(61).fill([40])]), /^ZK0350 shards/],
    ['33 instances in a shard', codes((list) => list.with(1, Array<number>(33).fill(42))), /^ZK0350 instances of a shard/],
    ['a shard left out', codes((list) => list.slice(0, 3)), /^ZK0350 instance list/],
    ['the cpu left out', codes((list) => list.with(0, list[0]!.slice(1))), /^ZK0350 instance list/],
    ['two cpus', codes((list) => list.with(1, [CPU + 8, ...list[1]!])), /^ZK0350 instance list/],
    ['a shard of nothing', codes((list) => [...list, []]), /^ZK0130/],
    ['a shard of 2^7 rows', codes((list) => [...list, [32 * TYPE.mac + 7]]), /^ZK0130/],
    ['2^21 rows', codes((list) => list.with(1, [32 * TYPE.mac + 21])), /^ZK0350 instance size/],
    ['one row', codes((list) => list.with(0, [CPU, 32 * TYPE.store + 9])), /^ZK0350 instance size/],
    ['a chip that there is not', codes((list) => list.with(3, [...list[3]!, 32 * 7 + 8])), /^ZK0350 instance type/],
    [
      'a committed input that the model has not',
      codes((list) => list.with(3, [...list[3]!, 32 * TYPE.words + 8])),
      /^ZK0350 not in the model/,
    ],
    ['chips in another order', codes((list) => list.with(3, [...list[3]!].reverse())), /^ZK0350 instance type/],
    ['a page of the model twice', codes((list) => [...list, [list[3]!.at(-1)!]]), /^ZK0350 not in the model/],
    [
      'a table of another size',
      codes((list) =>
        list.with(
          3,
          list[3]!.map((code) => (code >= LUT ? code + 1 : code)),
        ),
      ),
      /^ZK0350 instance size/,
    ],
    ["the model's tree torn", codes((list) => [...list.slice(0, 3), list[3]!.slice(0, 2), list[3]!.slice(2)]), /^ZK0212/],
    ['another list than was proved', codes((list) => list.with(1, [list[1]![0]!])), /^ZK0107/],
    ['shards in another order', codes((list) => [list[1]!, list[0]!, ...list.slice(2)]), /^ZK0107/],
    ['base roots exchanged', () => ({ ...one.calls, opening: [0, 2, 1, 3, 4].map((i) => one.calls.opening[i]!) }), /^ZK0107/],
    ['the base root of another run', () => ({ ...one.calls, opening: one.calls.opening.with(1, other.calls.opening[1]!) }), /^ZK0107/],
    [
      'a base root of more than 248 bits',
      () => ({ ...one.calls, opening: change(one.calls.opening, 0, (f) => f + 2n ** 248n) }),
      /^ZK0102/,
    ],
    ['another nonce', () => ({ ...one.calls, opening: change(one.calls.opening, 4, (f) => f + 1n) }), /^ZK0107/],
    ['a felt less', () => ({ ...one.calls, opening: one.calls.opening.slice(0, -1) }), /^ZK0104/],
    ['a felt more', () => ({ ...one.calls, opening: [...one.calls.opening, 0n] }), /^ZK0105/],
    ['a changed output', () => ({ ...one.calls, outputs: change(one.calls.outputs, 0, (f) => (f & 1n ? f - 1n : f + 1n)) }), /^ZK0107/],
    ['an input that is p', () => ({ ...one.calls, inputs: change(one.calls.inputs, 0, (f) => f | P) }), /^ZK0101/],
    ['another model', () => ({ ...one.calls, modelId: one.calls.modelId + 1n }), /^ZK0710/],
    ['another nonce of the context', () => ({ ...one.calls, context: change(one.calls.context, 3, (f) => f + 1n) }), /^ZK0107/],
    ['another account', () => ({ ...one.calls, context: change(one.calls.context, 2, (f) => f + 1n) }), /^ZK0714/],
  ];
  test.each(cases)('%s', async (_what, forge, expected) => {
    expect(await beginVerdict(forge())).toMatch(expected);
    expect(await flags(one.calls)).toEqual([]);
  });

  test('the right call from another account', async () => {
    await expect(begin(one.calls, stranger)).rejects.toMatchObject({ code: 'ZK0714' });
  });

  test('shards and an end without a beginning', async () => {
    expect(await shardVerdict(one.calls, 0)).toBe('ZK0718 no such session');
    expect(await verdictOf('finish', [one.calls.session])).toBe('ZK0718 no such session');
  });
});

test('of a false statement: every shard is right, and the end refuses their sum', async () => {
  const [[name, tensor]] = Object.entries(one.run.outputs) as [[string, Int32Array]];
  const outputs = { [name]: tensor.with(0, tensor[0]! + (tensor[0]! < program.outputs[0]!.hi ? 1 : -1)) };
  const place = { chainId: chain.chainId, registry: contract, caller: BigInt(chain.account.address), nonce: 3n };
  const lie = await lieInShards(one, outputs, place, 4);
  await begin(lie);
  for (const index of lie.shards.keys()) await shard(lie, index);
  expect(await verdictOf('finish', [lie.session])).toBe('ZK0210 sum is not zero');
  await expect(send('finish', [lie.session])).rejects.toMatchObject({ code: 'ZK0210', exitCode: 7 });
  expect([await isFact(lie), await flags(lie)]).toEqual([false, [1n, 1n, 1n, 1n]]);
});

describe('a session', () => {
  test('two of them interleaved, gone on with by anybody and out of order, end in a fact each; every transaction is within the limits', async () => {
    const [a, b] = [one.calls, other.calls];
    const receipts = [await begin(a)];
    expect(await flags(a)).toEqual([0n, 0n, 0n, 0n]);
    expect(receipts[0]!.events.find(({ from }) => from === contract)!.keys.slice(1)).toEqual([a.session, a.statement]);
    expect(await beginVerdict(a)).toBe('ZK0719 session began already');
    await begin(b);
    receipts.push(await shard(a, 2, stranger), await shard(b, 0));
    expect([await flags(a), await flags(b)]).toEqual([
      [0n, 0n, 1n, 0n],
      [1n, 0n, 0n, 0n],
    ]);

    // doubled, swapped, mixed
    expect(await shardVerdict(a, 2)).toBe('ZK0332 shard is there twice');
    expect(await shardVerdict(a, 1)).toBe('accepted');
    expect(await verdictOf('shard', shardCalldata(a.session, { ...a.shards[1]!, index: 4 }))).toBe('ZK0332 no such shard');
    expect(await shardVerdict(a, 1, { baseRoot: a.shards[2]!.baseRoot, proof: a.shards[2]!.proof })).toBe('ZK0332 shard of another proof');
    expect(await shardVerdict(a, 1, { proof: a.shards[2]!.proof })).toMatch(/^ZK0(107|2)/);
    expect(await shardVerdict(a, 1, { instances: a.shards[3]!.instances })).toBe('ZK0332 shard of another proof');
    expect(await verdictOf('shard', shardCalldata(a.session, b.shards[1]!))).toBe('ZK0332 shard of another proof');
    expect(await shardVerdict(a, 1, { proof: b.shards[1]!.proof })).toMatch(/^ZK0(107|2)/);
    for (const key of ['type', 'logSize', 'base', 'page'] as const) {
      const [first, ...rest] = a.shards[3]!.instances as [ShardCall['instances'][0], ...ShardCall['instances']];
      expect(await shardVerdict(a, 3, { instances: [{ ...first, [key]: first[key] + 1 }, ...rest] })).toBe('ZK0332 shard of another proof');
    }
    expect(await shardVerdict(a, 1, { proof: a.shards[1]!.proof.slice(0, -1) })).toMatch(/^ZK0104/);
    expect(await shardVerdict(a, 1, { proof: [...a.shards[1]!.proof, 0n] })).toMatch(/^ZK0105/);

    // sums moved from one shard to another, with the same total
    const moved = (index: number, by: bigint): Promise<string> => {
      const { proof, items } = a.shards[index]!;
      // the interaction root stands before it
      expect(items.slice(0, 2).map(({ label }) => label)).toEqual(['interaction root', 'sum']);
      return shardVerdict(a, index, { proof: change(proof, 1, (felt) => felt + by) });
    };
    expect([await moved(0, 1n), await moved(1, -1n)]).toEqual(['ZK0211 composition at z', 'ZK0211 composition at z']);

    // missing, and nothing is stored by what was refused
    expect(await verdictOf('finish', [a.session])).toBe('ZK0332 a shard is missing');
    expect(await flags(a)).toEqual([0n, 0n, 1n, 0n]);
    for (const index of [3, 0]) receipts.push(await shard(a, index, stranger));
    expect(await verdictOf('finish', [a.session])).toBe('ZK0332 a shard is missing');
    receipts.push(await shard(a, 1));
    expect(await isFact(a)).toBe(false);
    const end = await send('finish', [a.session], stranger);
    // a stranger finished it: the fact is the caller's who began
    const { keys, data } = end.events.find(({ from }) => from === contract)!;
    expect([keys.slice(1), data]).toEqual([
      [a.statement, a.modelId, BigInt(chain.account.address)],
      [BigInt(hash.computePoseidonHashOnElements(a.outputs))],
    ]);
    expect([await isFact(a), await isFact(b)]).toEqual([true, false]);
    expect(a.statement).toBe(digestToFelt(one.verdict.statementHash));

    // closed: no replay of any transaction
    expect(await flags(a)).toEqual([]);
    expect(await beginVerdict(a)).toBe('ZK0719 session began already');
    expect(await shardVerdict(a, 0)).toBe('ZK0718 no such session');
    expect(await verdictOf('finish', [a.session])).toBe('ZK0718 no such session');

    // the client goes on with the other one, and has nothing to do afterwards
    const steps = await verifySession(stranger, contract, b);
    expect(steps.map(({ step }) => step)).toEqual(['shard 1', 'shard 2', 'shard 3', 'finish']);
    expect(await isFact(b)).toBe(true);
    expect(await verifySession(stranger, contract, b)).toEqual([]);
    for (const { l2Gas } of [...receipts, end, ...steps.map(({ receipt }) => receipt)])
      expect(BigInt(l2Gas)).toBeLessThanOrEqual(MAX_L2_GAS);
    for (const felts of [beginCalldata(a), ...a.shards.map((each) => shardCalldata(a.session, each))])
      expect(felts.length).toBeLessThanOrEqual(MAX_CALLDATA);
  });
});

describe('a model in pages', () => {
  const options = { oneTreeCells: 0, pageLogSize: 11 };
  const small = compiledModel('digits_mlp');
  let paged: ProvedSession;
  beforeAll(async () => {
    const place = { chainId: chain.chainId, registry: contract, caller: BigInt(chain.account.address), nonce: 4n };
    const model = await inPages(small, { ...PROFILES.chain, ...options }, await backend());
    paged = await proveSession(small, sampleInput('digits_mlp', small), place, 3, model, options);
  });
  type Trees = ModelRecord['trees'];
  const registering = (to: (trees: Trees) => Trees): bigint[] =>
    packRecord(recordWords({ ...paged.model.record, trees: to(paged.model.record.trees) }));
  const changed =
    (at: number, change: Partial<FixedInstance>): ((trees: Trees) => Trees) =>
    (trees) =>
      trees.map((tree, i) => {
        const instances = tree.instances.map((instance) => ({ ...instance, ...change }));
        return i === at ? { ...tree, logSize: instances[0]!.logSize, instances } : tree;
      });

  test('has shards that open several trees, and one for each page in all', () => {
    const pages = paged.calls.shards.map(({ instances }) => instances.filter(({ type }) => type >= TYPE.ram).map(({ page }) => page));
    expect(pages.flat().sort((a, b) => a - b)).toEqual(paged.model.record.trees.map((_, i) => i));
    expect(Math.max(...pages.map((own) => own.length))).toBeGreaterThan(2);
  });

  test('is registered under its id; a record whose pages are no model’s is refused', async () => {
    const cases: [to: (trees: Trees) => Trees, code: string][] = [
      [(trees) => trees.slice(1), 'ZK0350 instance type'],
      [(trees) => trees.slice(0, 2), 'ZK0350 instance list'],
      [(trees) => trees.filter((_, i) => i !== 1), 'ZK0350 instance type'],
      [(trees) => [trees[1]!, trees[0]!, ...trees.slice(2)], 'ZK0350 instance type'],
      [(trees) => [...trees, ...Array(92).fill(trees.at(-1)!)], 'ZK0350 instance list'],
      [(trees) => [...trees, trees[0]!], 'ZK0350 instance type'],
      [(trees) => [trees[0]!, ...trees], 'ZK0350 instance base'],
      [changed(0, { base: 2 ** 28 + 1 }), 'ZK0350 instance base'],
      [changed(3, { base: 2048 }), 'ZK0350 instance base'],
      [changed(3, { logSize: 21 }), 'ZK0350 instance size'],
      [(trees) => trees.map((tree, i) => (i === 2 ? { ...tree, logSize: tree.logSize + 1 } : tree)), 'ZK0301 record height'],
    ];
    for (const [to, code] of cases) expect([await verdictOf('register_model', registering(to)), to]).toEqual([code, to]);
    const { events } = await send('register_model', paged.register);
    expect(events.find(({ from }) => from === contract)!.keys[1]).toBe(paged.calls.modelId);
  });

  test('a page left out, twice, or at the place of another begins no session', async () => {
    const { calls } = paged;
    const last = calls.codes.length - 1;
    const codes = (own: number[]): SessionCalls => ({ ...calls, codes: calls.codes.with(last, own) });
    const own = calls.codes[last]!;
    expect(await beginVerdict(codes(own.slice(0, -1)))).toBe('ZK0350 instance list');
    expect(await beginVerdict(codes([...own, own.at(-1)!]))).toBe('ZK0350 not in the model');
    expect(await beginVerdict({ ...calls, codes: calls.codes.map((list, i) => (i === 0 ? list : [...list, own.at(-1)!])) })).toBe(
      'ZK0350 not in the model',
    );
    expect(await beginVerdict({ ...calls, codes: [...calls.codes.slice(1), calls.codes[0]!] })).toMatch(/^ZK0107/);
  });

  test('takes no single transaction, and a session verifies its shards, each with the pages that it was proved with', async () => {
    const { modelId, inputs, outputs, context } = paged.calls;
    const call = { modelId, inputs, outputs, context, logSizes: { cpu: 8, mac: 8, store: 8 }, proof: [], items: [] };
    await expect(send('verify', flatCalldata(call))).rejects.toMatchObject({ code: 'ZK0732' });
    await begin(paged.calls);
    const [first] = paged.calls.shards;
    const moved = first!.instances.map((instance) => ({ ...instance, page: instance.page + (instance.type === TYPE.lut ? 1 : 0) }));
    expect(moved).not.toEqual(first!.instances);
    expect(await shardVerdict(paged.calls, 0, { instances: moved })).toBe('ZK0332 shard of another proof');
    const steps = await verifySession(chain, contract, paged.calls);
    expect(steps.map(({ step }) => step)).toEqual(['shard 0', 'shard 1', 'shard 2', 'finish']);
    expect(await isFact(paged.calls)).toBe(true);
    for (const { receipt, calldataFelts } of steps)
      expect([receipt.l2Gas <= Number(MAX_L2_GAS), calldataFelts <= MAX_CALLDATA]).toEqual([true, true]);
  });
});
