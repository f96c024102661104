// What somebody has who installs the package beside a devnet: `npm i`, then five commands to a paid consumer, within two minutes; a page's flow with
// wallets that sign and wallets that do not; and nodes and contracts that go wrong on the way. Examples and commands are those of the tarball. Caveat: npm
// may take the two packages that ours needs from its cache; a hostile class and a poor account are in commands.test.ts.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KNOWN_CLASSES } from '../../contracts/class/known.ts';
import { shippedClass } from '../../contracts/class/shipped.ts';
import { type Chain, connect, deploy, invoke } from '../../contracts/client/chain.ts';
import { STRK_TOKEN } from '../../contracts/client/fees.ts';
import type * as Client from '../../contracts/client/starknet.ts';
import type { WalletApi, WalletQuestion } from '../../contracts/client/wallet.ts';
import { type Devnet, startDevnet } from '../../contracts/devnet/node.ts';
import type * as Example from '../../examples/starknet/claim.ts';
import type * as Library from '../../index.ts';
import { encodeProgram } from '../../vm/files/zkb.ts';
import { packInto, run } from '../packed.ts';
import { devnetAccount } from './accounts.ts';
import { activityModel } from './consumers/models.ts';
import { type Fault, proxy } from './proxy.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const TWO_MINUTES = 120_000;
const UNIT = 1000n;
const ACTIVITY = { x: [50, 60, 40, 50, 80, 50, 30, 50] };
const DEADLINE = 2n ** 63n;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'zkvm-packed-'));
const at = (name: string): string => path.join(folder, 'app', name);
let tarball: string;
let devnet: Devnet;
let settings: Record<string, string>;
let registry: bigint;
let airdrop: bigint;
let modelId: bigint;

beforeAll(async () => {
  tarball = packInto(folder);
  devnet = await startDevnet();
  const { address, key } = await devnetAccount(devnet.url, 0);
  settings = { ZKVM_RPC: `${devnet.url}/rpc`, ZKVM_ACCOUNT: address, ZKVM_PRIVATE_KEY: key };
  fs.mkdirSync(at(''));
  fs.writeFileSync(at('package.json'), JSON.stringify({ name: 'app', type: 'module', private: true }));
  fs.writeFileSync(at('model.zkb'), encodeProgram(activityModel()));
  fs.writeFileSync(at('x.json'), JSON.stringify(ACTIVITY));
  // the example as in a project of one's own
  for (const name of ['airdrop', 'airdrop-abi', 'claim']) {
    const text = fs.readFileSync(path.join(ROOT, 'examples/starknet', `${name}.ts`), 'utf8');
    const own = text.replace('../../contracts/client/starknet.ts', 'zkvm/starknet').replace('../../index.ts', 'zkvm');
    fs.writeFileSync(
      at(`${name}.js`),
      transformSync(own, { loader: 'ts', target: 'node20' }).code.replaceAll(/from "\.\/(.+)\.ts"/g, 'from "./$1.js"'),
    );
  }
});
afterAll(async () => {
  await devnet?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

const command = (...args: string[]): string => run('npx', ['zkvm', ...args], at(''), settings);
const json = (...args: string[]) => JSON.parse(command(...args, '--json'));
/** what a command says that fails, and how it exits */
function refused(env: Record<string, string>, ...args: string[]): { status: number; said: string } {
  try {
    run('npx', ['zkvm', ...args], at(''), { ...settings, ...env });
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: string };
    return { status, said: stderr };
  }
  throw new Error(`${args.join(' ')} was taken`);
}

test('from npm i to a paid consumer: five commands in two minutes', { timeout: 5 * TWO_MINUTES }, () => {
  const started = performance.now();
  run('npm', ['i', '--prefer-offline', '--no-audit', '--no-fund', tarball, 'starknet@10'], at(''));
  const installed = performance.now();

  const contract = json('deploy').contract as string;
  settings.ZKVM_CONTRACT = contract;
  modelId = BigInt(json('register', 'model.zkb').modelId);
  const root = run(process.execPath, ['airdrop.js', 'root', 'model.zkb', 'x.json'], at(''), settings).trim();
  const values = {
    sponsor: settings.ZKVM_ACCOUNT,
    model_id: modelId,
    token: STRK_TOKEN,
    unit: UNIT,
    most: 1_000_000,
    root,
    deadline: DEADLINE,
  };
  const args = Object.entries(values).flatMap(([name, value]) => ['--arg', `${name}=${value}`]);
  const address = json('deploy', '--consumer', 'airdrop', ...args).contract as string;
  const paid = JSON.parse(run(process.execPath, ['airdrop.js', 'claim', 'model.zkb', 'x.json', address], at(''), settings));

  const ms = performance.now() - started;
  console.log(`npm i ${((installed - started) / 1000).toFixed(1)} s, five commands ${((ms - (installed - started)) / 1000).toFixed(1)} s`);
  expect(ms).toBeLessThan(TWO_MINUTES);
  [registry, airdrop] = [BigInt(contract), BigInt(address)];
  expect(BigInt(paid.paidFri)).toBeGreaterThan(0n);
  expect(BigInt(paid.paidFri) % UNIT).toBe(0n);
  // verified and claimed by the same transaction
  expect(paid.provedIn).toBe(paid.transaction);
  expect(json('fact', paid.statement)).toMatchObject({ fact: true, transaction: paid.transaction });
});

describe("a page's flow, with a visitor's wallet", () => {
  let client: typeof Client;
  let page: typeof Example;
  let prover: Library.Prover;
  let model: Library.Model;
  let visitor: Chain;
  let place: Example.Place;

  /** get-starknet's window object, as an extension has one; what it is told to answer otherwise it does */
  function extension(owner: Chain, instead: Partial<Record<WalletQuestion['type'], () => unknown>> = {}): WalletApi {
    return {
      request: async (question) => {
        const other = instead[question.type];
        if (other) return other();
        if (question.type === 'wallet_requestAccounts') return [owner.account.address];
        if (question.type === 'wallet_requestChainId') return owner.provider.getChainId();
        const calls = question.params.calls.map(({ contract_address, entry_point, calldata }) => {
          return { contract: BigInt(contract_address), entrypoint: entry_point, calldata: calldata.map(BigInt) };
        });
        return { transaction_hash: (await invoke(owner, calls)).transactionHash };
      },
    };
  }
  const refuses = () => Promise.reject({ code: 113, message: 'An error occurred (USER_REFUSED_OP)' });
  const nonce = async () => BigInt(await visitor.account.getNonce());

  beforeAll(async () => {
    const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(at(name)).href);
    const library = (await load('node_modules/zkvm/dist/index.js')) as typeof Library;
    client = await load('node_modules/zkvm/dist/contracts/client/starknet.js');
    page = await load('claim.js');
    prover = await library.createProver();
    model = library.Model.load(fs.readFileSync(at('model.zkb')));
    visitor = await connect(`${devnet.url}/rpc`, await devnetAccount(devnet.url, 1));
    const { hash } = await import('starknet');
    const leaf = [0x7a6b766d206163746976697479n, BigInt(visitor.account.address), ...(await client.inputFelts(model, ACTIVITY))];
    const calldata = [1n, registry, modelId, STRK_TOKEN, UNIT, 0n, 1_000_000n, BigInt(hash.computePoseidonHashOnElements(leaf)), DEADLINE];
    const { address } = await deploy(visitor, shippedClass('airdrop'), calldata);
    await invoke(visitor, [{ contract: STRK_TOKEN, entrypoint: 'transfer', calldata: [address, 10n ** 18n, 0n] }]);
    const node = await client.openNode(`${devnet.url}/rpc`);
    place = { node, wallet: extension(visitor), registry, airdrop: address };
  });
  afterAll(() => prover?.close());

  test('a wallet that refuses, is on another chain or is another account sends nothing, each with its own error', async () => {
    const before = await nonce();
    const with_ = (wallet: WalletApi) => page.claim({ ...place, wallet }, prover, model, ACTIVITY);
    await expect(with_(extension(visitor, { wallet_requestAccounts: refuses }))).rejects.toMatchObject({ code: 'ZK0745' });
    await expect(with_(extension(visitor, { wallet_addInvokeTransaction: refuses }))).rejects.toMatchObject({ code: 'ZK0745' });
    const elsewhere = extension(visitor, { wallet_requestChainId: () => '0x534e5f4d41494e' });
    await expect(with_(elsewhere)).rejects.toMatchObject({ code: 'ZK0746' });
    // the other account connects, and the one that proved is asked for nothing
    const stranger = await connect(`${devnet.url}/rpc`, await devnetAccount(devnet.url, 2));
    const context = client.contextBytes({
      chainId: place.node.chainId,
      contract: registry,
      caller: BigInt(visitor.account.address),
      nonce: 0n,
      extra: [place.airdrop],
    });
    const { proof } = await prover.prove(model, ACTIVITY, { profile: 'chain', context });
    const proven = await client.verification(proof, model, registry);
    await expect(client.verifyAndClaim(place.node, extension(stranger), proven)).rejects.toMatchObject({
      code: 'ZK0714',
      why: expect.stringContaining('nothing was sent'),
    });
    // without a refusal it would have been taken: the proof is right
    await expect(client.verifyAndClaim(place.node, extension(visitor), { ...proven, registry: place.airdrop })).rejects.toMatchObject({
      code: 'ZK0735',
    });
    expect(await nonce()).toBe(before);
  });

  test('verification and claim are one transaction; its event is read back, and a second claim is refused before it is sent', async () => {
    const before = await nonce();
    const receipt = await page.claim(place, prover, model, ACTIVITY);
    expect(await nonce()).toBe(before + 1n);
    const mine = await page.proofsOf(place, modelId);
    expect(mine).toEqual([
      expect.objectContaining({ modelId, caller: BigInt(visitor.account.address), transactionHash: receipt!.transactionHash }),
    ]);
    const all: bigint[] = [];
    for await (const { caller } of client.factEvents(place.node, registry, { modelId, pageSize: 1 })) all.push(caller);
    expect(all).toEqual([BigInt(settings.ZKVM_ACCOUNT!), BigInt(visitor.account.address)]);
    await expect(page.claim(place, prover, model, ACTIVITY)).rejects.toMatchObject({ code: 'ZK0752' });
    expect(await nonce()).toBe(before + 1n);
  });
});

describe('where the way goes wrong, the commands say which, and what was sent', () => {
  beforeAll(() => {
    const { context } = json('register', 'model.zkb', '--nonce', '7');
    command('prove', 'model.zkb', '--input', 'x.json', '--profile', 'chain', '--context', context, '-o', 'proof.bin');
  });
  const verify = ['verify', 'proof.bin', '--model', 'model.zkb', '--chain'];

  /** through a node that goes wrong at one question */
  async function through(faults: Record<string, Fault>, ...args: string[]) {
    const { spawn } = await import('node:child_process');
    const between = await proxy(`${devnet.url}/rpc`, faults);
    try {
      const child = spawn('npx', ['zkvm', ...args], { cwd: at(''), env: { ...process.env, ...settings, ZKVM_RPC: between.url } });
      let said = '';
      child.stderr.on('data', (data: Uint8Array) => {
        said += data.toString();
      });
      const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      return { status, said, sent: between.asked.filter((method) => method.startsWith('starknet_add')) };
    } finally {
      await between.stop();
    }
  }

  test('a contract that is no registry', () => {
    const { status, said } = refused({ ZKVM_CONTRACT: `0x${airdrop.toString(16)}` }, ...verify);
    expect(status).toBe(7);
    expect(said).toMatch(/ZK0735[\s\S]*nothing was sent/);
  });

  test('a registry of an old class, by its name', async () => {
    const old = KNOWN_CLASSES.find((each) => each.refused?.includes('advisory'))!;
    const { status, said, sent } = await through({ starknet_getClassHashAt: { says: `0x${old.classHash.toString(16)}` } }, ...verify);
    expect([status, sent]).toEqual([7, []]);
    expect(said).toMatch(/ZK0736[\s\S]*advisory 2026-11/);
    expect(said).toContain(old.version);
  });

  test('a node that hangs, before and while it estimates', async () => {
    for (const method of ['starknet_getClassHashAt', 'starknet_estimateFee']) {
      const { status, said, sent } = await through({ [method]: 'hangs' }, ...verify, '--rpc-timeout', '0.5');
      expect([status, sent]).toEqual([7, []]);
      expect(said).toMatch(new RegExp(`ZK0738[\\s\\S]*${method} within`));
    }
  });

  test('a node that dies when it has the transaction: it is told as sent, and the fact is found later', async () => {
    const { status, said, sent } = await through({ starknet_addInvokeTransaction: 'dies' }, ...verify);
    expect([status, sent]).toEqual([7, ['starknet_addInvokeTransaction']]);
    expect(said).toMatch(/ZK0742[\s\S]*zkvm fact/);
    expect(json('fact', 'proof.bin')).toMatchObject({ fact: true });
  });

  test('a node that is gone', async () => {
    await devnet.stop();
    const { status, said } = refused({}, 'fact', 'proof.bin');
    expect(status).toBe(7);
    expect(said).toContain('ZK0701');
  });
});
