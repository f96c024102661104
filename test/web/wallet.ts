// A wallet as extensions put it at the window, whose answers come from the test: it may sign with a key, refuse, or be wrong. Source: get-starknet's window
// object. Caveat: it opens no window of its own, so nobody sees what is to be signed.
import type { Page } from 'playwright-core';
import type { WalletQuestion } from '../../contracts/client/wallet.ts';

/** answers a question, or throws what a wallet throws: an object with a code and a message */
export type Answering = (question: WalletQuestion) => unknown;

/** what its owner does not want, as wallets say it */
export const REFUSED = { code: 113, message: 'An error occurred (USER_REFUSED_OP)' };

/** Puts it at the window of every page that is opened from now on. */
export async function injectWallet(page: Page, answer: Answering, name = 'Test wallet'): Promise<void> {
  await page.exposeFunction('askTestWallet', async (question: WalletQuestion) => {
    try {
      return { answer: await answer(question) };
    } catch (error) {
      const { code, message } = error as { code?: number; message?: string };
      return { refused: { code, message } };
    }
  });
  await page.addInitScript((called) => {
    const own = globalThis as unknown as Record<string, unknown> & {
      askTestWallet(question: unknown): Promise<{ answer?: unknown; refused?: unknown }>;
    };
    own.starknet_test = {
      id: 'test',
      name: called,
      version: '1.0.0',
      icon: 'https://elsewhere.example/icon.svg',
      on: () => {},
      off: () => {},
      request: async (question: unknown) => {
        const { answer: said, refused } = await own.askTestWallet(question);
        if (refused) throw refused;
        return said;
      },
    };
  }, name);
}
