// What the tests of the consumers share: accounts, tokens that a test can make hostile, proofs for a consumer, and a clock. Caveat: devnet's time
// goes forward for every test of the folder, so deadlines are counted from the block's time and never from the machine's.
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { buildClass, compileText, joinedSource, PUPPET_CLASS } from '../../../contracts/class/compile.ts';
import { flatCalldata, tensorFelts } from '../../../contracts/client/calldata.ts';
import { type Chain, connect, deploy, type Invocation, invoke, type Receipt, view } from '../../../contracts/client/chain.ts';
import { ZkvmError } from '../../../fri/core/errors.ts';
import type { IntegerTensors, Program } from '../../../vm/program/types.ts';
import { devnetAccount, devnetRpc } from '../accounts.ts';
import { network } from '../network.ts';
import { type ProvedCall, proveFor } from '../proofs.ts';

export const DAY = 86_400n;
/** for a test that compiles a class of its own, half a minute on an idle machine, once */
export const BUILD_MS = 1_800_000;
export const u256 = (value: bigint): bigint[] => [value & (2n ** 128n - 1n), value >> 128n];
export const list = (felts: readonly bigint[]): bigint[] => [BigInt(felts.length), ...felts];
export const packed = (program: Program, tensors: IntegerTensors): bigint[] => tensorFelts(program.inputs, tensors, 'input');

export interface Person {
  chain: Chain;
  address: bigint;
}

/** Who is on the stage, and what they do there. */
export interface Stage {
  registry: bigint;
  /** accounts that are told apart by what a test calls them */
  people: [Person, Person, Person];
  selector: (name: string) => bigint;
  poseidon: (felts: readonly bigint[]) => bigint;
}

/** accounts that devnet deployed; files run in turn, so all may use the same */
const ACCOUNTS = [2, 3, 7];

export async function stage(): Promise<Stage> {
  const url = network().url;
  const { hash } = await import('starknet');
  const people: Person[] = [];
  for (const account of ACCOUNTS) {
    const credentials = await devnetAccount(url, account);
    people.push({ chain: await connect(`${url}/rpc`, credentials), address: BigInt(credentials.address) });
  }
  return {
    registry: BigInt(network().registry),
    people: people as Stage['people'],
    selector: (name) => BigInt(hash.getSelectorFromName(name)),
    poseidon: (felts) => BigInt(hash.computePoseidonHashOnElements([...felts])),
  };
}

/** sends calls of one contract in one transaction */
export const send = (person: Person, ...calls: Invocation[]): Promise<Receipt> => invoke(person.chain, calls);
export const call = (contract: bigint, entrypoint: string, ...calldata: bigint[]): Invocation => ({ contract, entrypoint, calldata });
export const ask = (person: Person, contract: bigint, entrypoint: string, ...calldata: bigint[]): Promise<bigint[]> =>
  view(person.chain, { contract, entrypoint, calldata });
export const balance = async (person: Person, token: bigint, account: bigint): Promise<bigint> =>
  (await ask(person, token, 'balance_of', account))[0]!;

/** the code that the chain refuses these calls with, or `accepted` */
export async function verdict(person: Person, ...calls: Invocation[]): Promise<string> {
  try {
    await send(person, ...calls);
    return 'accepted';
  } catch (error) {
    if (error instanceof ZkvmError && error.kind === 'chain') return error.code;
    throw error;
  }
}

/** a token, a collection, a source or a registry that does what a test says */
export const puppet = async (person: Person, isCollection = false): Promise<bigint> =>
  (await deploy(person.chain, await buildClass('puppet', PUPPET_CLASS), [isCollection ? 1n : 0n])).address;

export const deployed = async (person: Person, name: string, ...calldata: bigint[]): Promise<bigint> =>
  (await deploy(person.chain, await buildClass(name), calldata)).address;

/** a consumer without checks that it has: each line of the text becomes another */
export async function deployedWithGaps(
  person: Person,
  name: string,
  gaps: readonly (readonly [string, string])[],
  ...calldata: bigint[]
): Promise<bigint> {
  const text = gaps.reduce((source, [line, instead]) => {
    expect(source.split(line)).toHaveLength(2);
    return source.replace(line, instead);
  }, joinedSource(name));
  return (await deploy(person.chain, await compileText(`${name}-with-gaps`, text), calldata)).address;
}

/** a proof for a consumer, in this person's name */
export const proofFor = (
  { registry }: Stage,
  person: Person,
  program: Program,
  inputs: IntegerTensors,
  consumer: bigint,
  nonce: bigint,
): Promise<ProvedCall> =>
  proveFor(program, inputs, { chainId: person.chain.chainId, registry, caller: person.address, nonce, extra: [consumer] });

export const registering = (registry: bigint, { register }: ProvedCall): Invocation => call(registry, 'register_model', ...register);
export const verifying = (registry: bigint, proved: ProvedCall): Invocation => call(registry, 'verify', ...flatCalldata(proved.call));

/** the outputs with one element changed */
export const lie = ({ call: { outputs } }: ProvedCall): bigint[] => outputs.map((felt, i) => (i === 0 ? felt ^ 1n : felt));
export const scores = ({ verdict: { outputs } }: ProvedCall): Int32Array => Object.values(outputs)[0]! as Int32Array;

/** the time of the last block */
export async function now({ chain }: Person): Promise<bigint> {
  const block = (await chain.provider.getBlock('latest')) as { timestamp: number };
  return BigInt(block.timestamp);
}
export const sleep = (seconds: bigint): Promise<unknown> => devnetRpc(network().url, 'devnet_increaseTime', { time: Number(seconds) });

const chapter = fs.readFileSync(path.join(import.meta.dirname, '../../../contracts/README.md'), 'utf8');
const TOLERANCE = 0.1;

/** L2 gas of a consumer's call is what the chapter says, in millions */
export function expectGas(title: string, { l2Gas }: Receipt): void {
  const row = chapter.split('\n').find((line) => line.startsWith(`| ${title} |`));
  const committed = Number(row?.split('|')[2]);
  const message = `contracts/README.md says ${committed} M for "${title}", measured ${(l2Gas / 1e6).toFixed(1)} M`;
  expect(Math.abs(l2Gas / 1e6 - committed) <= Math.max(committed * TOLERANCE, 0.5), message).toBe(true);
}
