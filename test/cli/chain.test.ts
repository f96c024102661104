// The commands for Starknet as far as they go without a node: options, environment, keystore, and the errors with exit code 7.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { smallModel, zkvm } from './capture.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-chain-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** nobody listens there */
const CLOSED = 'http://127.0.0.1:1/rpc';
const KEY = '0x5ec2e7';

beforeEach(() => {
  for (const name of ['ZKVM_RPC', 'ZKVM_CONTRACT', 'ZKVM_ACCOUNT', 'ZKVM_PRIVATE_KEY', 'ZKVM_DEBUG']) vi.stubEnv(name, '');
});

const keystore = (content: string, mode = 0o600): string => {
  const file = path.join(folder, `keystore-${Math.floor(performance.now() * 1000)}.json`);
  fs.writeFileSync(file, content, { mode });
  return file;
};

describe('commands for Starknet', () => {
  test('without a node or an account: exit 2 and what to set', async () => {
    expect(await zkvm('deploy')).toMatchObject({ code: 2, err: expect.stringContaining('ZKVM_RPC') });
    expect(await zkvm('deploy', '--rpc', CLOSED)).toMatchObject({ code: 2, err: expect.stringContaining('ZKVM_PRIVATE_KEY') });
  });

  test('a node that cannot be reached: exit 7, and the key is not printed', async () => {
    vi.stubEnv('ZKVM_ACCOUNT', '0x1');
    vi.stubEnv('ZKVM_PRIVATE_KEY', KEY);
    const { code, out, err } = await zkvm('deploy', '--rpc', CLOSED);
    expect(code).toBe(7);
    expect(err).toContain('ZK0701');
    expect(out + err).not.toContain(KEY.slice(2));
  });

  test('a keystore file is taken; one that others can read, or without an account, is refused without its content', async () => {
    const account = JSON.stringify({ address: '0x1', privateKey: KEY });
    expect((await zkvm('deploy', '--rpc', CLOSED, '--keystore', keystore(account))).code).toBe(7);
    const open = await zkvm('deploy', '--rpc', CLOSED, '--keystore', keystore(account, 0o644));
    expect(open).toMatchObject({ code: 2, err: expect.stringContaining('ZK0863') });
    const broken = await zkvm('deploy', '--rpc', CLOSED, '--keystore', keystore(`${KEY} is no JSON`));
    expect(broken).toMatchObject({ code: 2, err: expect.stringContaining('ZK0863') });
    expect(broken.out + broken.err + open.err).not.toContain(KEY.slice(2));
  });

  test('fact needs a node and a contract, and no account; what is no statement is a file, and must be a proof', async () => {
    expect(await zkvm('fact', '0x1')).toMatchObject({ code: 2, err: expect.stringContaining('ZKVM_CONTRACT') });
    expect(await zkvm('fact', '0x1', '--contract', '0x2')).toMatchObject({ code: 2, err: expect.stringContaining('ZKVM_RPC') });
    expect(await zkvm('fact', '0x1', '--contract', '0x2', '--rpc', CLOSED)).toMatchObject({
      code: 7,
      err: expect.stringContaining('ZK0701'),
    });
    expect(await zkvm('fact', `0x${'f'.repeat(64)}`, '--contract', '0x2', '--rpc', CLOSED)).toMatchObject({
      code: 2,
      err: expect.stringContaining('ZK0860'),
    });
    expect(await zkvm('fact', path.join(folder, 'none'), '--contract', '0x2', '--rpc', CLOSED)).toMatchObject({ code: 2 });
    expect(await zkvm('fact', keystore('no proof'), '--contract', '0x2', '--rpc', CLOSED)).toMatchObject({ code: 3 });
  });

  test('a time limit of the node that is none is refused, from the option and from the environment', async () => {
    for (const limit of ['0', '3601']) {
      const run = await zkvm('fact', '0x1', '--contract', '0x2', '--rpc', CLOSED, '--rpc-timeout', limit);
      expect(run).toMatchObject({ code: 2, err: expect.stringContaining('ZK0866') });
    }
    vi.stubEnv('ZKVM_RPC_TIMEOUT', 'soon');
    expect((await zkvm('fact', '0x1', '--contract', '0x2', '--rpc', CLOSED)).err).toContain('ZK0866');
    vi.stubEnv('ZKVM_RPC_TIMEOUT', '5');
    expect((await zkvm('fact', '0x1', '--contract', '0x2', '--rpc', CLOSED)).err).toContain('ZK0701');
  });

  test('numbers that are no felts are refused: address, key, contract, nonce', async () => {
    vi.stubEnv('ZKVM_ACCOUNT', 'zero');
    vi.stubEnv('ZKVM_PRIVATE_KEY', KEY);
    expect(await zkvm('deploy', '--rpc', CLOSED)).toMatchObject({ code: 2, err: expect.stringContaining('ZK0860') });
    vi.stubEnv('ZKVM_ACCOUNT', '0x1');
    vi.stubEnv('ZKVM_PRIVATE_KEY', 'hunter2');
    const bad = await zkvm('deploy', '--rpc', CLOSED);
    expect(bad).toMatchObject({ code: 2, err: expect.stringContaining('ZK0864') });
    expect(bad.err).not.toContain('hunter2');
    const model = keystore('not a model');
    expect(await zkvm('register', model, '--contract', `0x${'f'.repeat(64)}`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('ZK0860'),
    });
    expect(await zkvm('register', model, '--contract', '1', '--nonce', '-3')).toMatchObject({ code: 2 });
    expect(await zkvm('deploy', '--rpc', 'ftp://x')).toMatchObject({ code: 2 });
  });

  test('verify --chain takes --profile, --input and --output seriously, before it looks for a node', async () => {
    const at = (name: string, content: string | Uint8Array): string => {
      fs.writeFileSync(path.join(folder, name), content);
      return path.join(folder, name);
    };
    const { zkb, input } = smallModel();
    const model = at('m.zkb', zkb);
    const verify = (...more: string[]) => zkvm('verify', at('p', 'a proof'), '--model', model, '--chain', '--contract', '1', ...more);
    expect(await verify('--profile', 'proven')).toMatchObject({ code: 3, err: expect.stringContaining('ZK0354') });
    const far = input.replace(/"data":\[[^,]*/, '"data":[1e9');
    expect(await verify('--input', at('far.json', far))).toMatchObject({ code: 3, err: expect.stringContaining('ZK0811') });
    expect(await verify('--output', at('none.json', '{"nothing":[1]}'))).toMatchObject({ code: 2, err: expect.stringContaining('ZK0812') });
    expect(await verify('--context', 'xyz')).toMatchObject({ code: 2, err: expect.not.stringContaining('ZKVM_RPC') });
    const right = await verify('--profile', 'chain', '--input', at('x.json', input), '--context', '00');
    expect(right).toMatchObject({ code: 2, err: expect.stringContaining('ZKVM_RPC') });
  });

  test('no option takes a key, and what was given is not repeated', async () => {
    for (const option of ['--key', '--private-key', '--privateKey']) {
      const { code, out, err } = await zkvm('deploy', '--rpc', CLOSED, option, KEY);
      expect(code).toBe(2);
      expect(out + err).not.toContain(KEY.slice(2));
    }
  });

  test('a class hash that is no felt is refused before anything is asked', async () => {
    vi.stubEnv('ZKVM_ACCOUNT', '0x1');
    vi.stubEnv('ZKVM_PRIVATE_KEY', KEY);
    expect(await zkvm('deploy', '--rpc', CLOSED, '--class', 'registry')).toMatchObject({ code: 2, err: expect.stringContaining('ZK0860') });
  });
});

describe('abi', () => {
  test('is that of the shipped class, and needs no node', async () => {
    const { json } = await zkvm('abi');
    expect(json).toEqual(JSON.parse(fs.readFileSync(path.join(import.meta.dirname, '../../contracts/scarb/abi/registry.json'), 'utf8')));
    expect((await zkvm('abi', '--consumer', 'nobody')).code).toBe(2);
  });

  test('as a module is what the example takes its types from; if not: npm run --silent zkvm -- abi --consumer airdrop --typescript', async () => {
    const { out } = await zkvm('abi', '--consumer', 'airdrop', '--typescript');
    expect(fs.readFileSync(path.join(import.meta.dirname, '../../examples/starknet/airdrop-abi.ts'), 'utf8')).toBe(out);
  });
});
