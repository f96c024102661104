// The five commands of the README on a devnet, and what they say when the chain refuses: always exit 7 and what to do.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compileText } from '../../contracts/class/compile.ts';
import { CLASS_HASHES } from '../../contracts/class/hashes.ts';
import { contextBytes } from '../../contracts/client/calldata.ts';
import { connect, declare, deploy, deployClass, invoke, view } from '../../contracts/client/chain.ts';
import { STRK_TOKEN } from '../../contracts/client/fees.ts';
import { registryAddress } from '../../contracts/client/trust.ts';
import { decodeProofFile, encodeProofFile } from '../../vm/files/proof.ts';
import { decodeProgram } from '../../vm/files/zkb.ts';
import { zkvm } from '../cli/capture.ts';
import { devnetAccount } from './accounts.ts';
import { sampleInput } from './models.ts';
import { network } from './network.ts';
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
  url = network().url;
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
    expect(verified.json).toMatchObject({ accepted: true, fact: true, calldataFelts: felts.json.length, block: expect.any(Number) });
    const { statement, transaction, block } = verified.json;
    for (const asked of [statement, BigInt(statement).toString(), file('honest.proof')])
      expect(await zkvm('fact', asked, '--contract', contract, '--json')).toMatchObject({
        code: 0,
        json: { fact: true, statement, modelId, transaction, block },
      });
    const local = await zkvm('verify', file('honest.proof'), '--model', file('model.zkb'), '--json');
    expect(BigInt(verified.json.statement)).toBe(BigInt(`0x${local.json.statementHash}`));
  });

  test('fact says of what nobody proved that it is none, with exit 3; of a proof of another profile it does not ask', async () => {
    expect(await zkvm('fact', '0x1234', '--contract', contract, '--json')).toMatchObject({ code: 3, json: { fact: false, modelId: null } });
    const people = await zkvm('fact', file('honest.proof'), '--contract', contract);
    expect(people).toMatchObject({ code: 0, out: expect.stringContaining(`is a fact at contract ${contract}`) });
    expect(people.out).toContain(modelId);
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

/** A contract that takes everything: any proof, any record, any statement; and one that fills a registry's storage and then takes its class. */
const HOSTILE = `
#[starknet::contract]
mod Hostile {
    use starknet::storage::Map;
    use starknet::SyscallResultTrait;
    #[storage]
    struct Storage {
        facts: Map<felt252, bool>,
    }
    #[external(v0)]
    fn verify(ref self: ContractState, model_id: felt252) -> felt252 {
        0
    }
    #[external(v0)]
    fn register_model(ref self: ContractState, record: Span<felt252>, words: u32) -> felt252 {
        0
    }
    #[external(v0)]
    fn is_valid(self: @ContractState, statement: felt252) -> bool {
        true
    }
    #[external(v0)]
    fn is_registered(self: @ContractState, model_id: felt252) -> bool {
        true
    }
    #[external(v0)]
    fn become(ref self: ContractState, statement: felt252, class_hash: starknet::ClassHash) {
        self.facts.write(statement, true);
        starknet::syscalls::replace_class_syscall(class_hash).unwrap_syscall();
    }
}
`;

describe('a contract that lies is not believed, and nothing is sent to it', () => {
  const LIE = 0x1234567n;
  const refused = (code: string) => ({ code: 7, err: expect.stringContaining(code) });
  const nonceOf = async () => {
    const chain = await connect(`${url}/rpc`, await devnetAccount(url, 4));
    return BigInt(await chain.account.getNonce('pre_confirmed'));
  };

  test('ZK0735: one that takes every proof, whatever verify and is_valid answer', async () => {
    const chain = await connect(`${url}/rpc`, await devnetAccount(url, 4));
    const { address, classHash } = await deploy(chain, await compileText('hostile', HOSTILE));
    const hostile = `0x${address.toString(16)}`;
    const [yes] = await view(chain, { contract: address, entrypoint: 'is_valid', calldata: [LIE] });
    expect(yes).toBe(1n);
    const before = await nonceOf();
    await prove(
      Buffer.from(contextBytes({ chainId: chain.chainId, contract: address, caller: BigInt(chain.account.address), nonce: 1n })).toString(
        'hex',
      ),
      'hostile',
    );
    expect(await verifyOn(hostile, 'hostile')).toMatchObject(refused('ZK0735'));
    expect(await zkvm('register', file('model.zkb'), '--contract', hostile)).toMatchObject(refused('ZK0735'));
    expect(await zkvm('fact', `0x${LIE.toString(16)}`, '--contract', hostile)).toMatchObject(refused('ZK0735'));
    expect(await nonceOf()).toBe(before);
    // it is believed by who says so, and only then
    const asked = await zkvm('fact', `0x${LIE.toString(16)}`, '--contract', hostile, '--class', `0x${classHash.toString(16)}`);
    expect(asked.code).toBe(0);
  });

  test('ZK0743: one that wrote its facts first and took the class of a registry afterwards', async () => {
    const chain = await connect(`${url}/rpc`, await devnetAccount(url, 4));
    const built = await compileText('hostile', HOSTILE);
    const { classHash } = await declare(chain, built);
    const address = await deployClass(chain, classHash);
    const { classHash: registry } = CLASS_HASHES.registry;
    await invoke(chain, [{ contract: address, entrypoint: 'become', calldata: [LIE, registry] }]);
    // the class is right, and the lie is a fact there: what the check of the class alone would believe
    expect(BigInt(await chain.provider.getClassHashAt(`0x${address.toString(16)}`))).toBe(registry);
    expect(await view(chain, { contract: address, entrypoint: 'is_valid', calldata: [LIE] })).toEqual([1n]);
    const asked = await zkvm('fact', `0x${LIE.toString(16)}`, '--contract', `0x${address.toString(16)}`);
    expect(asked).toMatchObject(refused('ZK0743'));
    expect((await zkvm('fact', `0x${LIE.toString(16)}`, '--contract', contract)).code).toBe(3);
  });

  test('`zkvm deploy` gives an address that says its class', async () => {
    const addresses = await Promise.all(Array.from({ length: 8 }, (_, salt) => registryAddress(CLASS_HASHES.registry.classHash, salt)));
    expect(addresses).toContain(BigInt(contract));
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
    expect(await verifyOn(STRK, 'honest')).toMatchObject(refused('ZK0735'));
    const chain = await connect(`${url}/rpc`, await devnetAccount(url, 4));
    const token = await chain.provider.getClassHashAt(STRK);
    const trusted = await zkvm('register', file('model.zkb'), '--contract', STRK, '--class', token);
    expect(trusted).toMatchObject(refused('ZK0709'));
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
    const token = { contract: STRK_TOKEN, calldata: [BigInt(chain.account.address)] };
    const [low, high] = await view(chain, { ...token, entrypoint: 'balance_of' });
    const rest = low! + (high! << 128n) - 3n * 10n ** 15n;
    const halves = [rest & (2n ** 128n - 1n), rest >> 128n];
    await invoke(chain, [{ contract: STRK_TOKEN, entrypoint: 'transfer', calldata: [1n, ...halves] }]);
    const run = await withEnvironment(poor, () => zkvm('deploy', '--class', `0x${CLASS_HASHES.registry.classHash.toString(16)}`));
    expect(run.err).toMatch(/the account holds \S+ STRK, and the transaction may cost \S+ STRK/);
    expect(run.err).toContain('nothing was sent');
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
