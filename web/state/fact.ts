// A proof for the account that is connected, what verifying it would cost, and the transaction that makes a fact of it. Caveat: the proof is bound to one
// account; it stays on show until the input, the model or the account is another one.
import { computed, signal } from '@preact/signals';
import type { Quote } from 'zkvm/starknet';
import type { Origin, ReadyProof } from '../engine/chain-questions.ts';
import { chain, through } from '../engine/chaining.ts';
import { isAbort } from '../engine/failure.ts';
import { account, connected, connectWallet, trusted } from './chain.ts';
import { ready } from './model.ts';
import { currentInput, type GivenInput, type MadeProof, type Making, makeProof, prepareAgain } from './proof.ts';

/** A proof that its caller may send. */
export interface OwnProof {
  of: GivenInput;
  caller: bigint;
  made: MadeProof;
  card: ReadyProof;
}

type Ended = readonly { phase: string; ms: number }[];

export type OwnProofState =
  | { kind: 'none' }
  | ({ kind: 'proving'; stop(): void } & Parameters<Making['onProving']>[0])
  | { kind: 'made'; own: OwnProof; ended: Ended }
  | { kind: 'failed'; error: unknown };

export type Cost = { kind: 'asking' } | { kind: 'known'; quote: Quote } | { kind: 'failed'; error: unknown };

/** What a transaction did; gas and fee are not known of a fact that was there before. */
export interface Fact extends Origin {
  l2Gas: number | undefined;
  feeFri: bigint | undefined;
}

export type Sending =
  | { kind: 'idle' }
  | { kind: 'signing'; stop(): void }
  | { kind: 'sent'; transaction: string }
  | { kind: 'fact'; fact: Fact }
  | { kind: 'failed'; error: unknown };

export const ownProof = signal<OwnProofState>({ kind: 'none' });
export const cost = signal<Cost>({ kind: 'asking' });
export const sending = signal<Sending>({ kind: 'idle' });

/** the proof, if it is of the input, the model and the account that are there */
export const currentProof = computed(() => {
  const { value: state } = ownProof;
  if (state.kind !== 'made') return undefined;
  const { of, caller } = state.own;
  const here = of === currentInput.value && caller === connected.value?.address;
  return here && trusted.value !== undefined ? state : undefined;
});

const withoutGas = (origin: Origin): Fact => ({ ...origin, l2Gas: undefined, feeFri: undefined });

/** asks the node what verifying would cost */
export async function askCost(): Promise<void> {
  const { value: state } = ownProof;
  if (state.kind !== 'made') return;
  const { statement } = state.own.card;
  const stillThere = (): boolean => ownProof.value === state;
  cost.value = { kind: 'asking' };
  try {
    const quote = await chain.ask('quote', { statement });
    if (stillThere()) cost.value = { kind: 'known', quote };
  } catch (error) {
    if (stillThere()) cost.value = { kind: 'failed', error };
  }
}

/** Proves the current input for the account that the wallet has now, and makes the call of it. */
export async function proveForCaller(): Promise<void> {
  const [of, model, before] = [currentInput.value, ready.value, connected.value];
  if (!of || !model || !before) return;
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (): void => controller.abort();
  sending.value = { kind: 'idle' };
  ownProof.value = { kind: 'proving', ended: [], fraction: 0, cells: 0, since: performance.now(), stop };
  try {
    // its owner may have gone to another account or chain meanwhile
    await connectWallet(before.wallet, controller);
    const { value: found } = account;
    if (found.kind === 'failed') throw found.error;
    if (found.kind !== 'connected') {
      ownProof.value = { kind: 'none' };
      return;
    }
    const { address: caller } = found;
    const context = await chain.ask('context', { caller }, { signal });
    const onProving: Making['onProving'] = (now) => {
      ownProof.value = { kind: 'proving', ...now, stop };
    };
    const { made, ended } = await makeProof({ of, model: model.card, profile: 'chain', context, signal, onProving });
    const card = await chain.ask('ready', { proof: made.proof, record: made.record }, { signal });
    ownProof.value = { kind: 'made', own: { of, caller, made, card }, ended };
    if (card.origin) sending.value = { kind: 'fact', fact: withoutGas(card.origin) };
    else void askCost();
  } catch (error) {
    ownProof.value = isAbort(error) ? { kind: 'none' } : { kind: 'failed', error };
  }
  prepareAgain();
}

/** Has the wallet sign the one transaction, and waits for the fact. */
export async function sendProof(): Promise<void> {
  const [state, owner] = [currentProof.value, connected.value];
  if (!state || !owner) return;
  const { statement } = state.own.card;
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (): void => controller.abort();
  sending.value = { kind: 'signing', stop };
  const onSent = (transaction: string): void => {
    if (!signal.aborted) sending.value = { kind: 'sent', transaction };
  };
  const still = (): boolean => ownProof.value === state;
  try {
    const receipt = await chain.ask('send', { statement }, { signal, onTold: through(owner.wallet.api, onSent) });
    const origin = receipt ? undefined : await chain.ask('origin', { statement }, { signal });
    if (!still()) return;
    if (receipt) {
      const { transactionHash: transaction, blockNumber: block, l2Gas, feeFri } = receipt;
      sending.value = { kind: 'fact', fact: { transaction, block, l2Gas, feeFri } };
    } else sending.value = { kind: 'fact', fact: withoutGas(origin ?? { transaction: undefined, block: undefined }) };
  } catch (error) {
    if (still()) sending.value = isAbort(error) ? { kind: 'idle' } : { kind: 'failed', error };
  }
}
