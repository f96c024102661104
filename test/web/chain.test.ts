// Verifying on a chain in the page: a wallet is connected, a model registered, a proof made for its account and sent, and the fact shown; and everything that
// goes wrong on the way, in our words and with what helps. Source: a node and a wallet that are played (played-chain.ts, wallet.ts). Caveat: that a contract
// takes these proofs is in test/devnet/web.test.ts.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CLASS_HASHES } from '../../contracts/class/hashes.ts';
import { hex } from '../../contracts/client/node.ts';
import { launch } from '../browser/chromium.ts';
import { fakeNode } from '../contracts/client/fake-node.ts';
import { type Chain, open, type Served, serve, takeSample } from './kit.ts';
import { OWNER, type PlayedChain, playedChain } from './played-chain.ts';
import { injectWallet, REFUSED } from './wallet.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Stage {
  chain: PlayedChain;
  page: Page;
  served: Served;
  complaints: string[];
}

/** the view with a chain behind it; `wallet: false` leaves the wallet out */
async function stage(
  of: Parameters<typeof playedChain> = [],
  { settings = {}, wallet = true }: { settings?: Partial<Chain>; wallet?: boolean } = {},
): Promise<Stage> {
  const chain = await playedChain(...of);
  const served = await serve(true, { name: 'Sepolia', rpc: `${chain.node.url}/rpc`, ...settings });
  const { page, complaints } = await open(browser, `${served.address}#/chain`, {}, (fresh) =>
    wallet ? injectWallet(fresh, chain.wallet) : Promise.resolve(),
  );
  ends.push(chain.node.stop, served.close, () => page.context().close());
  return { chain, page, served, complaints };
}

const button = (page: Page, name: string) => page.getByRole('button', { name });
const press = (page: Page, name: string): Promise<void> => button(page, name).click();
const connect = async (page: Page): Promise<void> => {
  await press(page, 'Connect Test wallet');
  await page.getByText('in Test wallet').waitFor();
};
const prove = async (page: Page): Promise<void> => {
  await takeSample(page, 3);
  await press(page, 'Prove for this account');
  await page.locator('.calldata').waitFor();
};
/** the error in a step, counted from 1 */
const noteOf = (page: Page, step: number): Promise<string | null> =>
  page
    .locator('.step')
    .nth(step - 1)
    .locator('.error-note')
    .textContent();
const rows = async (page: Page): Promise<string[]> => (await page.locator('.cert .facts > div').allTextContents()).map((row) => row.trim());

test('from a wallet to a fact: connected, registered, proved for this account, verified in one transaction', async () => {
  const { page, chain, served, complaints } = await stage([], { settings: { explorer: 'https://explorer.example' } });
  served.asked();
  await page.getByText('its class is known').waitFor();
  expect(await page.locator('.step').first().textContent()).toMatch(/Sepolia \(SN_SEPOLIA\).*127\.0\.0\.1:\d+.*Registry/);
  await connect(page);
  expect(await button(page, 'Prove for this account').isDisabled()).toBe(true);
  await press(page, 'Register this model');
  await page.getByText('Registered: 290\u202fmillion L2 gas, 1\u202fSTRK.').waitFor();
  await takeSample(page, 3);
  await press(page, 'Prove for this account');
  await page.getByRole('progressbar').waitFor();
  await page.locator('.calldata').waitFor();
  expect(await page.locator('.phase-list > div').count()).toBeGreaterThan(8);
  expect(await page.locator('.cert h2').textContent()).toBe('Proved, not on the chain yet');
  const parts = await page
    .locator('.calldata dd')
    .evaluateAll((all) => all.map((each) => Number(each.firstChild!.textContent!.replace(',', ''))));
  const felts = Number((await page.locator('.calldata .small').first().textContent())!.replace(/ felts.*|,/g, ''));
  expect(parts.reduce((sum, each) => sum + each, 0)).toBe(felts);
  await expect
    .poll(() => page.locator('.figures dd').allTextContents())
    .toEqual(['300\u202fmillion', '3\u202fSTRK', '5.4\u202fSTRK', '200\u202fSTRK']);
  expect(chain.signed).toEqual(['register_model']);
  await press(page, 'Verify in one transaction');
  await page.getByText('Verified. The statement is a fact.').waitFor();
  expect(chain.signed).toEqual(['register_model', 'verify']);
  expect(await page.locator('.cert h2').textContent()).toBe('A fact on Sepolia');
  expect(await rows(page)).toEqual(expect.arrayContaining(['Block12', 'Gas290\u202fmillion L2 gas', 'Fee1\u202fSTRK']));
  expect(await page.locator('.cert a', { hasText: '0x0000…0777' }).getAttribute('href')).toBe('https://explorer.example/tx/0x0777');
  expect(await page.locator('.chain-call').textContent()).toMatch(/is_valid\(0x[0-9a-f]{64}\)/);
  expect(await page.locator('.cert-answer').textContent()).toBe('4');
  // who looks at another view finds all of it again
  await page.locator('nav').getByText('Verify').click();
  await page.locator('nav').getByText('Chain').click();
  await page.getByText('Verified. The statement is a fact.').waitFor();
  expect(await page.locator('.cert h2').textContent()).toBe('A fact on Sepolia');
  // another input is another proof, and the sheet says so
  await page.getByText('Its input').click();
  await page.getByText('Samples', { exact: true }).click();
  await page.locator('.samples button').nth(5).click();
  await expect.poll(() => page.locator('.cert h2').textContent()).toBe('Not proved yet');
  expect(complaints).toEqual([]);
});

test('a page without a network says how it gets one, and asks nobody', async () => {
  const served = await serve();
  const { page, complaints } = await open(browser, `${served.address}#/chain`);
  ends.push(served.close, () => page.context().close());
  await page.getByText('This page was given no network').waitFor();
  expect(await page.locator('main').textContent()).toContain('npx zkvm verify proof.bin --model model.zkb --chain');
  expect(served.asked().filter((url) => /worker|wallets/.test(url))).toEqual([]);
  expect(complaints).toEqual([]);
});

test('only its own server and the node of the page are asked, and the policy holds that', async () => {
  const { page, chain, served } = await stage();
  const asked = new Set<string>();
  page.on('request', (request) => {
    if (!request.url().startsWith('blob:')) asked.add(new URL(request.url()).origin);
  });
  await connect(page);
  await press(page, 'Register this model');
  await page.getByText('The registry knows this model.').waitFor();
  expect([...asked].sort()).toEqual([new URL(chain.node.url).origin, new URL(served.address).origin].sort());
  const other = await fakeNode();
  ends.push(other.stop);
  const reached = (url: string): Promise<boolean> =>
    page.evaluate(
      (to) =>
        fetch(to, { method: 'POST', body: '{"id":1,"method":"starknet_chainId"}' }).then(
          (answer) => answer.ok,
          () => false,
        ),
      url,
    );
  expect(await reached(other.url)).toBe(false);
  expect(other.asked).toEqual([]);
  expect(await reached(chain.node.url)).toBe(true);
});

describe('the network', () => {
  test('whose node is away is told so, and what was chosen stays', async () => {
    const gone = await fakeNode();
    await gone.stop();
    const { page } = await stage([], { settings: { rpc: gone.url } });
    await expect.poll(() => noteOf(page, 1)).toMatch(/cannot be reached.*ZK0701/s);
    expect(await noteOf(page, 1)).toContain('may be asked by this page');
    expect(await noteOf(page, 1)).not.toContain('--rpc');
    await button(page, 'Ask the node again').waitFor();
    expect(await button(page, 'Connect Test wallet').count()).toBe(0);
  });

  test('of another chain than the page was set up for is not taken', async () => {
    const { page } = await stage([], { settings: { chainId: 'SN_MAIN' } });
    await expect.poll(() => noteOf(page, 1)).toContain('The node is on SN_SEPOLIA, this page was set up for SN_MAIN.');
  });

  test.each([
    ['of an unknown class', '0x5', /no registry that this version knows.*Do not send anything to it.*ZK0735/s],
    [
      'of an earlier version',
      '0x4329a740ed861ec98d7d4f589937ef95a0e463125729e75077b2b6c83afa200',
      /earlier version.*advisory 2026-11.*ZK0736/s,
    ],
  ])('with a registry %s sends nothing, until it is asked again and another one stands there', async (_what, wrong, words) => {
    let now = wrong;
    const { page } = await stage([undefined, { node: { starknet_getClassHashAt: () => now } }]);
    await expect.poll(() => noteOf(page, 1)).toMatch(words);
    expect(await button(page, 'Connect Test wallet').count()).toBe(0);
    now = hex(CLASS_HASHES.registry.classHash);
    await press(page, 'Ask the node again');
    await button(page, 'Connect Test wallet').waitFor();
  });

  test('with a registry at an address that its class does not have is not believed', async () => {
    const { page } = await stage([], { settings: { registry: '0x99' } });
    await expect.poll(() => noteOf(page, 1)).toMatch(/The registry is not to be believed.*ZK0743/s);
  });

  test('whose node fails at the question for the model is asked again', async () => {
    let away = true;
    const { page } = await stage([{ registered: true, fact: false }, { away: () => away }]);
    await expect.poll(() => noteOf(page, 2)).toMatch(/was not accepted|no such/);
    away = false;
    await press(page, 'Ask the registry again');
    await page.getByText('The registry knows this model.').waitFor();
  });

  test('of a file that is wrong is told with the setting', async () => {
    const { page } = await stage([], { settings: { registry: 'the usual one' } });
    await expect.poll(() => noteOf(page, 1)).toMatch(/setting registry of chain\.json/);
  });
});

describe('the wallet', () => {
  test('that is not there is looked for again', async () => {
    const { page, chain } = await stage([], { wallet: false });
    await page.getByText('No Starknet wallet was found').waitFor();
    await injectWallet(page, chain.wallet);
    await page.evaluate(() => {
      const own = globalThis as unknown as { askTestWallet(question: unknown): Promise<{ answer: unknown }>; starknet_late: unknown };
      const request = async (question: unknown) => (await own.askTestWallet(question)).answer;
      own.starknet_late = { id: 'late', name: 'Late wallet', version: '1', icon: '', on: () => {}, off: () => {}, request };
    });
    await press(page, 'Look again');
    await press(page, 'Connect Late wallet');
    await page.getByText('in Late wallet').waitFor();
  });

  test.each([
    [
      'does not want to connect',
      { wallet_requestAccounts: () => Promise.reject(REFUSED) },
      /refused to give an account.*allow what the wallet shows.*ZK0745/s,
    ],
    [
      'is on another chain',
      { wallet_requestChainId: () => '0x534e5f4d41494e' },
      /wallet is on chain SN_MAIN, the node on SN_SEPOLIA.*Change the network in the wallet.*ZK0746/s,
    ],
    ['answers nonsense', { wallet_requestAccounts: () => ({ nobody: true }) }, /gives no account.*ZK0747/s],
  ])('that %s is told so, and may be asked again', async (_what, answers, words) => {
    const { page } = await stage([undefined, { wallet: answers }]);
    await press(page, 'Connect Test wallet');
    await expect.poll(() => noteOf(page, 1)).toMatch(words);
    await button(page, 'Connect Test wallet').waitFor();
  });

  test('whose account is not deployed is told so', async () => {
    const at = ({ contract_address }: { contract_address: string }) =>
      BigInt(contract_address) === BigInt(OWNER) ? new Error('Contract not found') : hex(CLASS_HASHES.registry.classHash);
    const { page } = await stage([undefined, { node: { starknet_getClassHashAt: at } }]);
    await press(page, 'Connect Test wallet');
    await expect.poll(() => noteOf(page, 1)).toMatch(/no such account.*deploy its account.*ZK0708/s);
  });

  test('that never answers is waited for no longer than one wants', async () => {
    const { page } = await stage([undefined, { wallet: { wallet_requestAccounts: () => new Promise(() => {}) } }]);
    await press(page, 'Connect Test wallet');
    await press(page, 'Do not wait');
    await button(page, 'Connect Test wallet').waitFor();
  });
});

describe('the transaction', () => {
  const KNOWN = { registered: true, fact: false };
  const proved = async (instead: Parameters<typeof playedChain>[1] = {}, state = { ...KNOWN }): Promise<Stage> => {
    const all = await stage([state, instead]);
    await connect(all.page);
    await prove(all.page);
    return all;
  };
  const send = (page: Page): Promise<void> => press(page, 'Verify in one transaction');

  test('that the wallet refuses to sign is told so, and signed the next time', async () => {
    let refuses = true;
    const { page, chain } = await proved({ refusing: () => refuses });
    await send(page);
    await expect.poll(() => noteOf(page, 4)).toMatch(/refused to sign.*Nothing was sent.*ZK0745/s);
    expect(chain.signed).toEqual([]);
    refuses = false;
    await send(page);
    await page.getByText('The statement is a fact').waitFor();
  });

  test('that the account cannot pay is told before it is signed, with what is missing', async () => {
    const { page, chain } = await proved({ balance: 10n ** 18n });
    await expect
      .poll(() => page.locator('.warn').textContent())
      .toBe('The account holds too little: 4.4\u202fSTRK are missing for what the network wants to see there.');
    await send(page);
    await expect.poll(() => noteOf(page, 4)).toMatch(/account holds 1 STRK.*Send STRK to the account.*ZK0705/s);
    expect(chain.signed).toEqual([]);
  });

  test('that the contract would refuse is not signed', async () => {
    const { page, chain } = await proved({ node: { starknet_estimateFee: new Error('execution error: ZK0210 sum is not zero') } });
    await expect.poll(() => noteOf(page, 4)).toMatch(/the contract refuses: sum is not zero.*Nothing was paid.*ZK0210/s);
    expect(await noteOf(page, 4)).not.toContain('zkvm verify');
    await send(page);
    await expect.poll(() => page.locator('.step').nth(3).locator('.error-note').count()).toBe(2);
    expect(chain.signed).toEqual([]);
  });

  test('of an account that the wallet has left is not signed by the other one', async () => {
    let owner = OWNER;
    const { page, chain } = await proved({ wallet: { wallet_requestAccounts: () => [owner] } });
    owner = '0x5678';
    await send(page);
    await expect.poll(() => noteOf(page, 4)).toMatch(/for another account.*Go back to the account that proved.*ZK0714/s);
    expect(chain.signed).toEqual([]);
    // who proves again does so for the account that is there now
    await press(page, 'Prove again');
    await expect.poll(() => page.locator('.cert').textContent(), { timeout: 15_000 }).toMatch(/Proved by0x0000…5678/);
  });

  test('that was reverted is told with its hash', async () => {
    const receipt = {
      transaction_hash: '0x777',
      finality_status: 'ACCEPTED_ON_L2',
      execution_status: 'REVERTED',
      revert_reason: 'ZK0210 sum is not zero',
    };
    const { page } = await proved({ node: { starknet_getTransactionReceipt: receipt } });
    await send(page);
    await expect.poll(() => noteOf(page, 4)).toMatch(/sum is not zero.*transaction 0x0777.*ZK0210/s);
    expect(await page.locator('.cert h2').textContent()).toBe('Proved, not on the chain yet');
  });

  test('whose node is gone when it was sent is not known, and the page says where to look', async () => {
    const { page } = await proved({ node: { starknet_getTransactionReceipt: new Error('fetch failed') } });
    await send(page);
    await expect.poll(() => noteOf(page, 4), { timeout: 15_000 }).toMatch(/what became of transaction 0x0777.*in an explorer.*ZK0742/s);
  });

  test('of a statement that is a fact is not sent again', async () => {
    const { page, chain } = await proved({}, { registered: true, fact: true });
    await page.getByText('The statement was a fact before').waitFor();
    expect(await button(page, 'Verify in one transaction').count()).toBe(0);
    expect(await rows(page)).toEqual(expect.arrayContaining(['Transaction0x0000…0666', 'Block7']));
    expect(chain.signed).toEqual([]);
  });

  test('waits until the model is registered', async () => {
    let refuses = true;
    const { page, chain } = await proved({ refusing: () => refuses }, { registered: false, fact: false });
    expect(await button(page, 'Verify in one transaction').isDisabled()).toBe(true);
    await press(page, 'Register this model');
    await expect.poll(() => noteOf(page, 2)).toMatch(/refused to sign.*Nothing was sent.*ZK0745/s);
    refuses = false;
    await press(page, 'Register this model');
    await expect.poll(() => button(page, 'Verify in one transaction').isDisabled()).toBe(false);
    await send(page);
    await page.getByText('The statement is a fact').waitFor();
    expect(chain.signed).toEqual(['register_model', 'verify']);
  });
});
