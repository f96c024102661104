// The view Chain of the page on a real devnet, in a headless Chromium: a wallet that signs with a devnet account's key, from "connect" to a fact that the
// contract has. Source: test/web/chain.test.ts has everything that goes wrong. Caveat: it builds the page first, and needs a Chromium.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Chain, connect, invoke } from '../../contracts/client/chain.ts';
import { isFact, originOf } from '../../contracts/client/facts.ts';
import { firstRegistry } from '../../contracts/client/trust.ts';
import { launch } from '../browser/chromium.ts';
import build from '../web/build.ts';
import { open, type Served, serve, takeSample } from '../web/kit.ts';
import { type Answering, injectWallet } from '../web/wallet.ts';
import { devnetAccount } from './accounts.ts';
import { network } from './network.ts';

const TRANSACTION_MS = 60_000;

let browser: Browser;
let served: Served;
let owner: Chain;
beforeAll(async () => {
  build();
  const { url } = network();
  owner = await connect(`${url}/rpc`, await devnetAccount(url, 4));
  served = await serve(true, { name: 'devnet', rpc: `${url}/rpc` });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await served?.close();
});

/** what the extension of somebody answers who signs all that he is asked to */
const signing =
  (signed: string[]): Answering =>
  async (question) => {
    if (question.type === 'wallet_requestAccounts') return [owner.account.address];
    if (question.type === 'wallet_requestChainId') return owner.provider.getChainId();
    const { calls } = question.params;
    signed.push(...calls.map(({ entry_point }) => entry_point));
    const own = calls.map(({ contract_address, entry_point, calldata }) => {
      return { contract: BigInt(contract_address), entrypoint: entry_point, calldata: calldata.map(BigInt) };
    });
    return { transaction_hash: (await invoke(owner, own)).transactionHash };
  };

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click();
/** waits for a text, and fails at once where the page says that something went wrong */
async function seen(page: Page, text: string): Promise<void> {
  await page.getByText(text).or(page.locator('.error-note')).first().waitFor();
  expect(await page.locator('.error-note').allTextContents()).toEqual([]);
}
const factOf = async (page: Page, term: string): Promise<string> =>
  (await page
    .locator('.cert .facts > div', { has: page.getByText(term, { exact: true }) })
    .locator('dd')
    .textContent())!;

test('a visitor registers the model, proves for himself and verifies in one transaction: the contract has the fact', async () => {
  const signed: string[] = [];
  const { page, complaints } = await open(browser, `${served.address}#/chain`, {}, (fresh) => injectWallet(fresh, signing(signed)));
  page.setDefaultTimeout(TRANSACTION_MS);
  await press(page, 'Connect Test wallet');
  await seen(page, 'in Test wallet');
  await press(page, 'Register this model');
  await seen(page, 'The registry knows this model.');
  await takeSample(page, 3);
  await press(page, 'Prove for this account');
  await page.locator('.calldata').waitFor();
  // the registry that the page believes is the one that was deployed first, and it had no such fact
  const registry = await firstRegistry();
  expect(registry).toBe(BigInt(network().registry));
  const statement = BigInt((await page.locator('.cert code[title^="0x"]').first().getAttribute('title'))!);
  expect(await isFact(owner, registry, statement)).toBe(false);
  const estimated = page.locator('.figures dd').first();
  await expect.poll(() => estimated.textContent(), { timeout: TRANSACTION_MS }).toMatch(/million/);
  const millions = Number.parseFloat((await estimated.textContent())!);

  await press(page, 'Verify in one transaction');
  await seen(page, 'Verified. The statement is a fact.');
  expect(signed).toEqual(['register_model', 'verify']);
  expect(await isFact(owner, registry, statement)).toBe(true);
  const origin = (await originOf(owner, registry, statement))!;
  expect(origin.caller).toBe(BigInt(owner.account.address));
  expect(await factOf(page, 'Block')).toBe(String(origin.blockNumber));
  expect(BigInt((await page.locator(`.cert code[title="${origin.transactionHash}"]`).getAttribute('title'))!)).toBe(
    BigInt(origin.transactionHash),
  );
  // what was paid is what was estimated, to a few per cent, and what a digits classifier costs
  const paid = Number.parseFloat(await factOf(page, 'Gas'));
  expect(Math.abs(paid - millions)).toBeLessThan(0.05 * millions);
  expect(paid).toBeGreaterThan(100);
  expect(paid).toBeLessThan(200);
  expect(complaints).toEqual([]);

  // proved again it is the same statement, which the page finds and does not pay for a second time
  await press(page, 'Prove again');
  await seen(page, 'The statement was a fact before');
  expect(await factOf(page, 'Block')).toBe(String(origin.blockNumber));
  expect(signed).toEqual(['register_model', 'verify']);
  await page.context().close();
});

test("a proof of one account is not another's to send: nothing is signed", async () => {
  const other = await connect(`${network().url}/rpc`, await devnetAccount(network().url, 5));
  const signed: string[] = [];
  let chosen = owner.account.address;
  const usual = signing(signed);
  const { page } = await open(browser, `${served.address}#/chain`, {}, (fresh) =>
    injectWallet(fresh, (question) => (question.type === 'wallet_requestAccounts' ? [chosen] : usual(question))),
  );
  page.setDefaultTimeout(TRANSACTION_MS);
  await press(page, 'Connect Test wallet');
  await seen(page, 'The registry knows this model.');
  await takeSample(page, 5);
  await press(page, 'Prove for this account');
  await page.locator('.calldata').waitFor();
  const shown = await page.locator('.cert code[title^="0x"]').first().getAttribute('title');
  chosen = other.account.address;
  await press(page, 'Verify in one transaction');
  await expect
    .poll(() => page.locator('.step').nth(3).locator('.error-note').textContent(), { timeout: TRANSACTION_MS })
    .toContain('ZK0714');
  expect(signed).toEqual([]);
  expect(await isFact(owner, await firstRegistry(), BigInt(shown!))).toBe(false);
  await page.context().close();
});
