// The five commands of the README on a devnet, and what they say when the chain refuses: always exit 7 and what to do.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { connect, invoke } from '../../contracts/chain.ts';
import { zkvm } from '../cli/capture.ts';
import { devnetAccount } from './accounts.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-devnet-'));
const file = (name: string): string => path.join(folder, name);
const models = path.join(import.meta.dirname, '../models/digits_mlp');
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
    await prove('', 'bare').catch(() => undefined);
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

  test('another contract: the model is not registered there, and the context names another', async () => {
    const other = (await zkvm('deploy', '--json')).json.contract;
    expect(await verifyOn(other, 'honest')).toMatchObject({ code: 7, err: expect.stringContaining('ZK0713') });
    const { json } = await zkvm('register', file('model.zkb'), '--contract', contract, '--json');
    expect(json.registered).toBe(false);
  });

  test('no contract at the address', async () => {
    expect(await verifyOn('0x1234', 'honest')).toMatchObject({ code: 7, err: expect.stringMatching(/ZK070[36]/) });
  });

  test('too little gas is said', async () => {
    const chain = await connect(`${url}/rpc`, await devnetAccount(url, 4));
    const calldata = (await zkvm('calldata', file('honest.proof'), '--model', file('model.zkb'))).json.map(BigInt);
    await expect(invoke(chain, [{ contract: BigInt(contract), entrypoint: 'verify', calldata }], 60_000_000n)).rejects.toMatchObject({
      code: 'ZK0704',
      exitCode: 7,
    });
  });
});
