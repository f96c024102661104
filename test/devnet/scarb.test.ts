// The Scarb package, compiled by our own pipeline: helpers against TypeScript, both examples of its chapter against its mock registry, honest and not.
import { beforeAll, describe, expect, test } from 'vitest';
import { compileText } from '../../contracts/class/compile.ts';
import { scarbExamples, scarbHelpers, scarbText } from '../../contracts/class/scarb.ts';
import { encodeShortString } from '../../contracts/class/sierra.ts';
import { contextBytes, contextFelts } from '../../contracts/client/calldata.ts';
import { type Chain, connect, deploy, type Invocation, invoke, view } from '../../contracts/client/chain.ts';
import { P } from '../../fri/core/m31.ts';
import { ProofWriter, toCalldata } from '../../fri/pcs/stream.ts';
import { devnetAccount } from './accounts.ts';
import { network } from './network.ts';

const FELT_PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n;
const LARGEST = 2 ** 30 - 1;
const MODEL = 0x77n;

const list = (felts: readonly bigint[]): bigint[] => [BigInt(felts.length), ...felts];
const signed = (numbers: readonly number[]): bigint[] => numbers.map((n) => (n < 0 ? FELT_PRIME + BigInt(n) : BigInt(n)));
/** a tensor as TypeScript packs it */
function packed(numbers: readonly number[]): bigint[] {
  const writer = new ProofWriter();
  writer.felts(
    'tensor',
    numbers.map((n) => (n < 0 ? P + n : n)),
  );
  return toCalldata(writer);
}

let honest: Chain;
let other: Chain;
let account: bigint;
let mock: bigint;

beforeAll(async () => {
  const url = network().url;
  const [first, second] = [await devnetAccount(url, 4), await devnetAccount(url, 5)];
  honest = await connect(`${url}/rpc`, first);
  other = await connect(`${url}/rpc`, second);
  account = BigInt(first.address);
  mock = (await deploy(honest, await compileText('scarb-mock', scarbText()))).address;
});

const deployed = async (name: string, text: string, calldata: readonly bigint[] = []): Promise<bigint> =>
  (await deploy(honest, await compileText(`scarb-${name}`, scarbText(text)), calldata)).address;

/** what a proof would have been made in */
const contextFor = (consumer: bigint, caller: bigint, nonce: bigint): bigint[] =>
  contextFelts(contextBytes({ chainId: honest.chainId, contract: mock, caller, nonce, extra: [consumer] }));

const prove = (consumer: bigint, outputs: readonly bigint[], nonce: bigint, caller = account): Promise<unknown> => {
  const calldata = [MODEL, ...list([1n]), ...list(outputs), ...list(contextFor(consumer, caller, nonce))];
  return invoke(honest, [{ contract: mock, entrypoint: 'set_proven', calldata }]);
};
const act = (contract: bigint, entrypoint: string, outputs: readonly bigint[]): Invocation => ({
  contract,
  entrypoint,
  calldata: [...list([1n]), ...list(outputs)],
});
const one = async (contract: bigint, entrypoint: string, calldata: readonly bigint[] = []): Promise<bigint> =>
  (await view(honest, { contract, entrypoint, calldata }))[0]!;

describe('helpers', () => {
  let helpers: bigint;
  beforeAll(async () => {
    helpers = await deployed('helpers', scarbHelpers());
  });
  const ask = (entrypoint: string, calldata: readonly bigint[]): Promise<bigint[]> =>
    view(honest, { contract: helpers, entrypoint, calldata });

  test.each([[[]], [[5]], [[-1, LARGEST, -LARGEST, 0, 1, 2, 3]], [[1, 2, 3, 4, 5, 6, 7, -8]], [[0, 0, 0, 0, 0, 0, 0, 0, -9, 4]]])(
    'numbers %j are packed as TypeScript packs them, and unpacked',
    async (numbers) => {
      expect(await ask('packed', list(signed(numbers)))).toEqual(list(packed(numbers)));
      expect(await ask('unpacked', [...list(packed(numbers)), BigInt(numbers.length)])).toEqual(list(signed(numbers)));
    },
  );

  test('a number that no tensor holds is not packed, and no numbers come from nothing', async () => {
    // a node tells the reason of a view as a felt
    const reason = (text: string): string => encodeShortString(text).toString(16);
    await expect(ask('packed', list([BigInt(LARGEST) + 1n]))).rejects.toThrow(reason('number beyond 2^30'));
    await expect(ask('packed', list(signed([-LARGEST - 1])))).rejects.toThrow(reason('number beyond 2^30'));
    await expect(ask('unpacked', [...list(packed([1])), 9n])).rejects.toThrow(reason('Option::unwrap failed.'));
  });

  test('the first largest', async () => {
    expect(await ask('largest', list(signed([-3, 4, 4, -9])))).toEqual([1n]);
    expect(await ask('largest', list(signed([-3, -2, -4])))).toEqual([1n]);
  });

  test('contexts are those that a proof takes', async () => {
    const extra = [4n, 9n];
    const felts = contextFelts(contextBytes({ chainId: honest.chainId, contract: mock, caller: account, nonce: 3n, extra }));
    expect(await ask('context', [mock, account, 3n, ...list(extra)])).toEqual(list(felts));
    expect(await ask('context', [mock, account, 4n, ...list(extra)])).not.toEqual(list(felts));
    // a view has no caller
    expect(await ask('own_context', [mock, 3n])).toEqual(list(contextFor(helpers, 0n, 3n)));
  });
});

describe('the door in thirty lines', () => {
  const seven = packed([0, -5, 1, 2, 3, 0, 0, 90, 8, 7]);
  const three = packed([0, -5, 1, 92, 3, 0, 0, 90, 8, 7]);
  let gate: bigint;
  beforeAll(async () => {
    gate = await deployed('gate', scarbExamples()[0]!, [mock, MODEL]);
  });

  test('opens once for who proved a seven; not for what is not proven, nor another answer, nor with the proof of another', async () => {
    await expect(invoke(honest, [act(gate, 'enter', seven)])).rejects.toMatchObject({ code: 'ZK0750' });
    await prove(gate, three, 1n);
    await expect(invoke(honest, [act(gate, 'enter', three)])).rejects.toThrow('not a seven');
    await prove(gate, seven, 1n);
    await expect(invoke(other, [act(gate, 'enter', seven)])).rejects.toMatchObject({ code: 'ZK0750' });
    expect(await one(gate, 'has_entered', [account])).toBe(0n);
    await invoke(honest, [act(gate, 'enter', seven)]);
    expect(await one(gate, 'has_entered', [account])).toBe(1n);
    await expect(invoke(honest, [act(gate, 'enter', seven)])).rejects.toThrow('entered already');
  });

  test('does not take a proof that was made for another contract', async () => {
    const second = await deployed('gate', scarbExamples()[0]!, [mock, MODEL]);
    await prove(gate, seven, 1n);
    await expect(invoke(honest, [act(second, 'enter', seven)])).rejects.toMatchObject({ code: 'ZK0750' });
  });
});

describe('the component', () => {
  let scores: bigint;
  const text = scarbExamples()[1]!;
  beforeAll(async () => {
    scores = await deployed('scores', text, [mock, MODEL]);
  });

  test('says its registry, its model and the next nonce', async () => {
    expect(await one(scores, 'proven_registry')).toBe(mock);
    expect(await one(scores, 'proven_model')).toBe(MODEL);
    expect(await one(scores, 'proven_nonce', [account])).toBe(1n);
  });

  test('takes a proof once: the nonce moves on, a replay is refused, a new proof is taken', async () => {
    const [good, better] = [packed([-12]), packed([40])];
    await prove(scores, better, 1n);
    await expect(invoke(honest, [act(scores, 'submit', good)])).rejects.toMatchObject({ code: 'ZK0750' });
    const { events } = await invoke(honest, [act(scores, 'submit', better)]);
    expect(await one(scores, 'best')).toBe(40n);
    expect(await one(scores, 'proven_nonce', [account])).toBe(2n);
    expect(events.some(({ from, keys, data }) => from === scores && keys.includes(account) && data[0] === 1n)).toBe(true);
    await expect(invoke(honest, [act(scores, 'submit', better)])).rejects.toMatchObject({ code: 'ZK0750' });
    await prove(scores, good, 2n);
    await invoke(honest, [act(scores, 'submit', good)]);
    expect(await one(scores, 'best')).toBe(40n);
    expect(await one(scores, 'proven_nonce', [account])).toBe(3n);
  });

  test("another account's proof is not taken, and its nonce is its own", async () => {
    const outputs = packed([7]);
    await prove(scores, outputs, await one(scores, 'proven_nonce', [account]));
    await expect(invoke(other, [act(scores, 'submit', outputs)])).rejects.toMatchObject({ code: 'ZK0750' });
  });

  test('is not made without a registry or a model', async () => {
    await expect(deployed('scores', text, [0n, MODEL])).rejects.toThrow('registry is zero');
    await expect(deployed('scores', text, [mock, 0n])).rejects.toThrow('model is zero');
  });
});
