// Contracts that use a proven answer: each pays or acts for an honest proof, and refuses every cheat.
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { buildClass } from '../../contracts/class/compile.ts';
import { flatCalldata } from '../../contracts/client/calldata.ts';
import { type Chain, connect, deploy, type Invocation, invoke, view } from '../../contracts/client/chain.ts';
import { digestToFelt } from '../../fri/core/digest.ts';
import type { Program } from '../../vm/program/types.ts';
import { inputsHash } from '../../vm/statement/claim.ts';
import { devnetAccount } from './accounts.ts';
import { compiledModel, digitInput, digits } from './models.ts';
import { type ProvedCall, proveFor } from './proofs.ts';

/** STRK, which devnet predeploys */
const TOKEN = 0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938dn;
const CLASSES = 10;
const u256 = (value: bigint): bigint[] => [value & (2n ** 128n - 1n), value >> 128n];
const list = (felts: readonly bigint[]): bigint[] => [BigInt(felts.length), ...felts];

/** index of the first largest number */
const argmax = (numbers: ArrayLike<number>): number => Array.from(numbers).reduce((best, x, i, all) => (x > all[best]! ? i : best), 0);

let honest: Chain;
let honestAddress: bigint;
let cheat: Chain;
let sponsor: Chain;
let sponsorAddress: bigint;
let registry: bigint;

beforeAll(async () => {
  const url = inject('devnetUrl');
  registry = BigInt(inject('registry'));
  const [first, second, third] = [await devnetAccount(url, 2), await devnetAccount(url, 3), await devnetAccount(url, 7)];
  honest = await connect(`${url}/rpc`, first);
  honestAddress = BigInt(first.address);
  cheat = await connect(`${url}/rpc`, second);
  sponsor = await connect(`${url}/rpc`, third);
  sponsorAddress = BigInt(third.address);
});

const proveFrom = (program: Program, images: number[][], consumer: bigint, nonce: bigint): Promise<ProvedCall> =>
  proveFor(program, digitInput(program, images), { chainId: honest.chainId, registry, caller: honestAddress, nonce, extra: [consumer] });

const registering = (proved: ProvedCall): Invocation => ({ contract: registry, entrypoint: 'register_model', calldata: proved.register });
const verifying = (proved: ProvedCall): Invocation => ({ contract: registry, entrypoint: 'verify', calldata: flatCalldata(proved.call) });
const balance = async (account: bigint): Promise<bigint> =>
  (await view(honest, { contract: TOKEN, entrypoint: 'balance_of', calldata: [account] }))[0]!;
const fund = (consumer: bigint, amount: bigint): Promise<unknown> =>
  invoke(honest, [{ contract: TOKEN, entrypoint: 'transfer', calldata: [consumer, ...u256(amount)] }]);
/** the outputs with one element changed */
const lie = (call: ProvedCall['call']): bigint[] => call.outputs.map((felt, i) => (i === 0 ? felt ^ 1n : felt));

describe('oracle', () => {
  test('acts on a proven answer for the open round, once; not on a lie, an old round, or another account', async () => {
    const program = compiledModel('digits_mlp');
    const id = (await proveFrom(program, [digits().pixels_0_16[0]!], 1n, 1n)).call.modelId;
    const { address: oracle } = await deploy(honest, await buildClass('oracle'), [registry, id, BigInt(CLASSES)]);
    const proved = await proveFrom(program, [digits().pixels_0_16[0]!], oracle, 1n);
    const { inputs, outputs } = proved.call;
    const update = (claimed = outputs): Invocation => ({
      contract: oracle,
      entrypoint: 'update',
      calldata: [...list(inputs), ...list(claimed)],
    });
    await invoke(honest, [registering(proved)]);

    await expect(invoke(honest, [update()])).rejects.toMatchObject({ code: 'ZK0750' });
    await invoke(honest, [verifying(proved)]);
    await expect(invoke(honest, [update(lie(proved.call))])).rejects.toMatchObject({ code: 'ZK0750' });
    await expect(invoke(cheat, [update()])).rejects.toMatchObject({ code: 'ZK0750' });
    await invoke(honest, [update()]);
    const [answer] = await view(honest, { contract: oracle, entrypoint: 'answer', calldata: [] });
    expect(Number(answer)).toBe(argmax(Object.values(proved.verdict.outputs)[0]!));
    expect(await view(honest, { contract: oracle, entrypoint: 'round', calldata: [] })).toEqual([2n]);
    // the same proof again: the round is another
    await expect(invoke(honest, [verifying(proved), update()])).rejects.toMatchObject({ code: 'ZK0750' });
  });
});

describe('airdrop', () => {
  test("pays the proven score to the account of the proof, once; nobody claims with another's proof", async () => {
    const program = compiledModel('digits_mlp');
    const images = digits().pixels_0_16;
    // the score is the first output, the logit of a zero
    const zero = images[digits().labels.indexOf(0)]!;
    const id = (await proveFrom(program, [zero], 1n, 0n)).call.modelId;
    const { address: airdrop } = await deploy(honest, await buildClass('airdrop'), [registry, id, TOKEN, ...u256(1000n)]);
    await fund(airdrop, 10n ** 9n);
    const proved = await proveFrom(program, [zero], airdrop, 0n);
    const score = Object.values(proved.verdict.outputs)[0]![0]!;
    expect(score).toBeGreaterThan(0);
    const { inputs, outputs } = proved.call;
    const claim = (claimed = outputs): Invocation => ({
      contract: airdrop,
      entrypoint: 'claim',
      calldata: [...list(inputs), ...list(claimed)],
    });
    await invoke(honest, [registering(proved)]);

    await expect(invoke(honest, [claim()])).rejects.toMatchObject({ code: 'ZK0750' });
    // the cheat has the whole proof, which names the honest account
    await expect(invoke(cheat, [verifying(proved), claim()])).rejects.toMatchObject({ code: 'ZK0714' });
    await expect(invoke(honest, [verifying(proved), claim(lie(proved.call))])).rejects.toMatchObject({ code: 'ZK0750' });
    await invoke(honest, [verifying(proved)]);
    await expect(invoke(cheat, [claim()])).rejects.toMatchObject({ code: 'ZK0750' });
    await invoke(honest, [claim()]);
    expect(await balance(airdrop)).toBe(10n ** 9n - 1000n * BigInt(score));
    await expect(invoke(honest, [verifying(proved), claim()])).rejects.toMatchObject({ code: 'ZK0752' });
    expect(await balance(airdrop)).toBe(10n ** 9n - 1000n * BigInt(score));
  });
});

describe('bounty', () => {
  test('pays the first model that entered before the reveal and labels enough of the committed set right', async () => {
    const { hash } = await import('starknet');
    const SAMPLES = 16;
    const program = compiledModel('digits_mlp', SAMPLES);
    const images = digits().pixels_0_16.slice(0, SAMPLES);
    const labels = digits().labels.slice(0, SAMPLES).map(BigInt);
    const committedInputs = digestToFelt(inputsHash(program, digitInput(program, images)));
    const salt = 987654321n;
    const commitmentOf = (truth: readonly bigint[]): bigint =>
      BigInt(hash.computePoseidonHashOnElements([committedInputs, salt, ...truth]));
    const bounty = await buildClass('bounty');
    const deployed = async (truth: readonly bigint[], bar: bigint): Promise<bigint> =>
      (await deploy(honest, bounty, [sponsorAddress, registry, TOKEN, commitmentOf(truth), BigInt(CLASSES), bar])).address;

    const address = await deployed(labels, 14n);
    await fund(address, 10n ** 6n);
    const proved = await proveFrom(program, images, address, 0n);
    const { inputs, outputs, modelId } = proved.call;
    const call = (entrypoint: string, ...calldata: bigint[]): Invocation => ({ contract: address, entrypoint, calldata });
    const claim = (id = modelId, claimed = outputs, on = inputs): Invocation => call('claim', id, ...list(on), ...list(claimed));
    const reveal = (truth = labels): Invocation => call('reveal', committedInputs, salt, ...list(truth));
    const wrongLabels = labels.map((label, i) => (i === 0 ? (label + 1n) % 10n : label));

    await invoke(honest, [registering(proved), verifying(proved)]);
    // whoever owns a model cannot enter it himself: it may be one that proves any output
    await expect(invoke(honest, [call('enter', modelId)])).rejects.toMatchObject({ code: 'ZK0760' });
    await invoke(sponsor, [call('enter', modelId)]);
    await expect(invoke(honest, [claim()])).rejects.toMatchObject({ code: 'ZK0755' });
    await expect(invoke(cheat, [reveal(wrongLabels)])).rejects.toMatchObject({ code: 'ZK0754' });
    await invoke(honest, [reveal()]);
    await expect(invoke(sponsor, [call('enter', 99n)])).rejects.toMatchObject({ code: 'ZK0753' });
    await expect(invoke(cheat, [claim(99n)])).rejects.toMatchObject({ code: 'ZK0757' });
    await expect(invoke(cheat, [claim()])).rejects.toMatchObject({ code: 'ZK0750' });
    await expect(invoke(honest, [claim(modelId, lie(proved.call))])).rejects.toMatchObject({ code: 'ZK0750' });
    const otherInputs = inputs.map((felt, i) => (i === 0 ? felt ^ 1n : felt));
    await expect(invoke(honest, [claim(modelId, outputs, otherInputs)])).rejects.toMatchObject({ code: 'ZK0758' });
    await invoke(honest, [claim()]);
    expect(await balance(address)).toBe(0n);
    expect(await view(honest, call('paid'))).toEqual([1n]);
    await fund(address, 5n);
    await expect(invoke(honest, [claim()])).rejects.toMatchObject({ code: 'ZK0756' });
    expect(await balance(address)).toBe(5n);

    // a bar that the model does not reach
    const allWrong = labels.map((label) => (label + 1n) % 10n);
    const hard = await deployed(allWrong, 14n);
    const second = await proveFrom(program, images, hard, 0n);
    await invoke(sponsor, [{ contract: hard, entrypoint: 'enter', calldata: [modelId] }]);
    await invoke(honest, [
      { contract: hard, entrypoint: 'reveal', calldata: [committedInputs, salt, ...list(allWrong)] },
      verifying(second),
    ]);
    const { inputs: i, outputs: o } = second.call;
    await expect(
      invoke(honest, [{ contract: hard, entrypoint: 'claim', calldata: [modelId, ...list(i), ...list(o)] }]),
    ).rejects.toMatchObject({
      code: 'ZK0759',
    });
  });
});
