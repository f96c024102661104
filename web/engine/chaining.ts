// The worker of the chain, and what carries the wallet's questions to the wallet. Caveat: what a wallet throws may be anything; the library reads its number and
// its message, so these two cross.
import type { WalletApi } from 'zkvm/starknet';
import type { ChainQuestions, ChainTold } from './chain-questions.ts';
import { Engine } from './client.ts';

export const chain = new Engine<ChainQuestions>(
  () => new Worker(new URL('./chain-worker.ts', import.meta.url), { type: 'module', name: 'chain' }),
);

/** answers what the worker asks of a wallet, and hears of what was sent */
export const through =
  (wallet: WalletApi, onSent: (transaction: string) => void = () => {}) =>
  (told: ChainTold): void => {
    if (told.kind === 'sent') return void onSent(told.transaction);
    const { number, question } = told;
    const answered = (answer: unknown, refused?: { message: string; code: number | undefined }): void =>
      void chain.ask('answer', { number, answer, refused });
    // a wallet may throw before there is a promise, and answer with what cannot be copied
    void (async () => structuredClone(await wallet.request(question)))().then(
      (answer) => answered(answer),
      (error: unknown) => {
        const { message, code } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown; code?: unknown };
        answered(undefined, {
          message: typeof message === 'string' ? message : String(error),
          code: typeof code === 'number' ? code : undefined,
        });
      },
    );
  };
