// The five commands of the README on a devnet, and what they say when the chain refuses: always exit 7 and what to do.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { contextBytes } from '../../contracts/client/calldata.ts';
import { connect, invoke, view } from '../../contracts/client/chain.ts';
import { decodeProofFile, encodeProofFile } from '../../vm/files/proof.ts';
import { decodeProgram } from '../../vm/files/zkb.ts';
import { zkvm } from '../cli/capture.ts';
import { devnetAccount } from './accounts.ts';
import { sampleInput } from './models.ts';
import { proveSession } from './sessions.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-devnet-'));
const file = (name: string): string => path.join(folder, name);
const models = path.join(import.meta.dirname, '../models/digits_mlp');
/** the token of fees, which devnet predeploys */
const STRK = '0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d';
let contract: string;
let modelId: string;
let url: string;

beforeAll(async () => {
  url = inject('devnetUrl');
  const { address, key } = await devnetAccount(url, 4);
  vi.stubEnv('ZKVM_RPC', `${url}/rpc`);
  vi.stubEnv('ZKVM_ACCOUNT', address);
  vi.stubEnv('ZKVM_PRIVATE_KEY', key);
  expect(
    (await zkvm('compile', path.join(models, 'model.onnx'), '-o', file('model.zkb'), '--calibrate', path.join(models, 'calib.json'))).code,
  ).toBe(0);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** runs and proves in a context, with the chain profile */
async function prove(context: string, name: string): Promise<void> {
  const run = await zkvm(
    'run',
    file('model.zkb'),
    '-i',
    path.join(models, 'input.json'),
    '-o',
    file(`${name}.trace`),
    '--context',
    context,
  );
  expect(run).toMatchObject({ code: 0 });
  expect(await zkvm('prove', file(`${name}.trace`), '-o', file(`${name}.proof`), '--profile', 'chain')).toMatchObject({ code: 0 });
}

const verifyOn = (address: string, name: string): ReturnType<typeof zkvm> =>
  zkvm('verify', file(`${name}.proof`), '--model', file('model.zkb'), '--chain', '--contract', address, '--json');

describe('from a model to a fact', () => {
  test('deploy, register, run, prove, calldata, verify --chain', async () => {
    const deployed = await zkvm('deploy', '--json');
    expect(deployed.code).toBe(0);
    contract = deployed.json.contract;

    const registered = await zkvm('register', file('model.zkb'), '--contract', contract, '--nonce', '5', '--json');
    expect(registered.json).toMatchObject({ registered: true });
    modelId = registered.json.modelId;
    const again = await zkvm('register', file('model.zkb'), '--contract', contract, '--json');
    expect(again.json).toMatchObject({ registered: false, modelId });

    await prove(registered.json.context, 'honest');
    const felts = await zkvm('calldata', file('honest.proof'), '--model', file('model.zkb'));
    expect(felts.json[0]).toBe(modelId);
    expect(felts.json.length).toBeLessThanOrEqual(5000);

    const verified = await verifyOn(contract, 'honest');
    expect(verified.json).toMatchObject({ accepted: true, calldataFelts: felts.json.length });
    const local = await zkvm('verify', file('honest.proof'), '--model', file('model.zkb'), '--json');
    expect(BigInt(verified.json.statement)).toBe(BigInt(`0x${local.json.statementHash}`));
  });

  test('a proof without a context for the chain is refused before anything is sent', async () => {
    await prove('00ff', 'bare');
    expect(await verifyOn(contract, 'bare')).toMatchObject({ code: 2, err: expect.stringContaining('ZK0731') });
  });

  test('a damaged proof is rejected here, with exit 3', async () => {
    const bytes = fs.readFileSync(file('honest.proof'));
    bytes[bytes.length - 1]! ^= 1;
    fs.writeFileSync(file('damaged.proof'), bytes);
    expect((await verifyOn(contract, 'damaged')).code).toBe(3);
    expect((await zkvm('calldata', file('damaged.proof'), '--model', file('model.zkb'))).code).toBe(3);
  });

  test('a proof of profile `fast` is rejected here, with exit 3: neither sent nor turned into calldata', async () => {
    expect((await zkvm('prove', file('honest.trace'), '-o', file('fast.proof'), '--profile', 'fast')).code).toBe(0);
    expect(await verifyOn(contract, 'fast')).toMatchObject({ code: 3, err: expect.stringContaining('ZK0354') });
    expect((await zkvm('calldata', file('fast.proof'), '--model', file('model.zkb'))).code).toBe(3);
  });
});

describe('a proof in shards', () => {
  test('calldata are those of a session; verify --chain takes its files, goes on where others stopped, and has nothing to do for a fact', async () => {
    const account = await devnetAccount(url, 4);
    const chain = await connect(`${url}/rpc`, account);
    const program = decodeProgram(fs.readFileSync(file('model.zkb')));
    const place = { chainId: chain.chainId, registry: BigInt(contract), caller: BigInt(account.address), nonce: 6n };
    const { bytes, calls } = await proveSession(program, sampleInput('digits_mlp', program), place, 2);
    const proof = decodeProofFile(bytes);
    for (const part of proof.parts) fs.writeFileSync(file(`shard${part.shard}.proof`), encodeProofFile({ ...proof, parts: [part] }));
    fs.writeFileSync(file('sharded.proof'), bytes);

    const { json: listed } = await zkvm('calldata', file('sharded.proof'), '--model', file('model.zkb'));
    expect(listed.calls.map(({ step }: { step: string }) => step)).toEqual(['begin', 'shard 0', 'shard 1', 'finish']);
    const [first, second] = listed.calls as { entrypoint: string; calldata: string[] }[];
    for (const { entrypoint, calldata } of [first!, second!])
      await invoke(chain, [{ contract: BigInt(contract), entrypoint, calldata: calldata.map(BigInt) }]);

    // one shard alone, and a shard twice
    expect(await verifyOn(contract, 'shard0')).toMatchObject({ code: 3, err: expect.stringContaining('ZK0332') });
    const inParts = (...parts: string[]) =>
      zkvm(
        ...['verify', file('shard1.proof'), '--model', file('model.zkb'), '--chain', '--contract', contract, '--json'],
        ...parts.flatMap((name) => ['--part', file(`${name}.proof`)]),
      );
    expect(await inParts('shard1')).toMatchObject({ code: 3, err: expect.stringContaining('ZK0332') });
    const sent = await inParts('shard0');
    expect([sent.code, BigInt(sent.json.session), BigInt(sent.json.statement)]).toEqual([0, calls.session, calls.statement]);
    expect(sent.json.transactions.map(({ step }: { step: string }) => step)).toEqual(['shard 1', 'finish']);
    expect(sent.json.l2Gas).toBe(sent.json.transactions.reduce((sum: number, { l2Gas }: { l2Gas: number }) => sum + l2Gas, 0));
    expect(sent.err).toContain('shard 1: 0x');
    const again = await verifyOn(contract, 'sharded');
    expect(again.json).toMatchObject({ accepted: true, transactions: [], l2Gas: 0 });
    const people = await zkvm('verify', file('sharded.proof'), '--model', file('model.zkb'), '--chain', '--contract', contract);
    expect(people.out).toContain('transactions none: it was a fact before');
  });
});

describe('exit 7, each with its own code and what to do', () => {
  const refused = (code: string) => ({ code: 7, err: expect.stringMatching(new RegExp(`${code}.*\\n[^]*fix`)) });
  /** runs with other values in the environment, then puts back what was there */
  async function withEnvironment<T>(values: Record<string, string>, body: () => Promise<T>): Promise<T> {
    const before = Object.keys(values).map((name): [string, string] => [name, process.env[name] ?? '']);
    for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
    try {
      return await body();
    } finally {
      for (const [name, value] of before) vi.stubEnv(name, value);
    }
  }
  const environmentOf = async (index: number): Promise<Record<string, string>> => {
    const { address, key } = await devnetAccount(url, index);
    return { ZKVM_ACCOUNT: address, ZKVM_PRIVATE_KEY: key };
  };

  test('ZK0713: the proof names another contract', async () => {
    const other = (await zkvm('deploy', '--json')).json.contract;
    expect(await verifyOn(other, 'honest')).toMatchObject(refused('ZK0713'));
  });

  test('ZK0710: the model is not registered; a class that is declared can be deployed again without building it', async () => {
    const first = await zkvm('deploy', '--json');
    const again = await zkvm('deploy', '--class', first.json.classHash, '--json');
    expect(again.json).toMatchObject({ classHash: first.json.classHash, declareL2Gas: 0 });
    expect(again.json.contract).not.toBe(first.json.contract);
    const chain = await connect(`${url}/rpc`, await devnetAccount(url, 4));
    const place = { chainId: chain.chainId, contract: BigInt(again.json.contract), caller: BigInt(chain.account.address), nonce: 1n };
    await prove(Buffer.from(contextBytes(place)).toString('hex'), 'unregistered');
    expect(await verifyOn(again.json.contract, 'unregistered')).toMatchObject(refused('ZK0710'));
  });

  test('ZK0714: the account is not the one that the proof names', async () => {
    const run = await withEnvironment(await environmentOf(6), () => verifyOn(contract, 'honest'));
    expect(run).toMatchObject(refused('ZK0714'));
  });

  test('ZK0701: the node cannot be reached, or is none', async () => {
    expect(await zkvm('deploy', '--rpc', 'http://127.0.0.1:1/rpc')).toMatchObject(refused('ZK0701'));
    expect(await zkvm('deploy', '--rpc', `${url}/is_alive`)).toMatchObject(refused('ZK0701'));
  });

  test('ZK0702: the class is not declared', async () => {
    expect(await zkvm('deploy', '--class', '0x1234')).toMatchObject(refused('ZK0702'));
  });

  test('ZK0703: no contract at the address; ZK0709: one that is no registry', async () => {
    expect(await verifyOn('0x1234', 'honest')).toMatchObject(refused('ZK0703'));
    expect(await zkvm('register', file('model.zkb'), '--contract', '0x1234')).toMatchObject(refused('ZK0703'));
    expect(await verifyOn(STRK, 'honest')).toMatchObject(refused('ZK0709'));
  });

  test('ZK0704: too little gas', async () => {
    const chain = await connect(`${url}/rpc`, await devnetAccount(url, 4));
    const calldata = (await zkvm('calldata', file('honest.proof'), '--model', file('model.zkb'))).json.map(BigInt);
    await expect(invoke(chain, [{ contract: BigInt(contract), entrypoint: 'verify', calldata }], 60_000_000n)).rejects.toMatchObject({
      code: 'ZK0704',
      exitCode: 7,
      fix: expect.any(String),
    });
  });

  test('ZK0705: the account cannot pay', async () => {
    const poor = await environmentOf(8);
    const chain = await connect(`${url}/rpc`, { address: poor.ZKVM_ACCOUNT!, key: poor.ZKVM_PRIVATE_KEY! });
    const token = { contract: BigInt(STRK), calldata: [BigInt(chain.account.address)] };
    const [low, high] = await view(chain, { ...token, entrypoint: 'balance_of' });
    const rest = low! + (high! << 128n) - 10n ** 20n;
    const halves = [rest & (2n ** 128n - 1n), rest >> 128n];
    await invoke(chain, [{ contract: BigInt(STRK), entrypoint: 'transfer', calldata: [1n, ...halves] }]);
    const run = await withEnvironment(poor, () => zkvm('deploy', '--class', '0x1234'));
    expect(run).toMatchObject(refused('ZK0705'));
  });

  test("ZK0707 and ZK0708: a key that is not the account's, an account that is not there; the key is never printed", async () => {
    const { ZKVM_PRIVATE_KEY: key } = await environmentOf(6);
    const wrong = await withEnvironment({ ZKVM_PRIVATE_KEY: key!, ZKVM_DEBUG: '1' }, () => zkvm('deploy', '--class', '0x1234'));
    expect(wrong).toMatchObject(refused('ZK0707'));
    const nobody = await withEnvironment({ ZKVM_ACCOUNT: '0x99', ZKVM_PRIVATE_KEY: key!, ZKVM_DEBUG: '1' }, () => zkvm('deploy'));
    expect(nobody).toMatchObject(refused('ZK0708'));
    for (const { out, err } of [wrong, nobody]) expect((out + err).toLowerCase()).not.toContain(key!.slice(2).toLowerCase());
  });
});
