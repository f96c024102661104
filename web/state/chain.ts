// The network, the wallet and the model there: what the view Chain knows before it proves. Source: chain.json for the network, the wallet for the account,
// the node for the rest. Caveat: a node's word; what a contract checks, the contract checks itself.
import { computed, effect, signal, untracked } from '@preact/signals';
import type { Receipt, WalletApi } from 'zkvm/starknet';
import { CHAIN_FILE, type ChainSettings, chainSettings } from '../chain-settings.ts';
import type { NetworkCard } from '../engine/chain-questions.ts';
import { chain, through } from '../engine/chaining.ts';
import { maker } from '../engine/engines.ts';
import { isAbort, refusal } from '../engine/failure.ts';
import { TEXT } from '../text.ts';
import { CHAIN_TEXT } from '../text-chain.ts';
import { ready } from './model.ts';

export type NetworkState =
  | { kind: 'reading' }
  /** this page has none */
  | { kind: 'none' }
  | { kind: 'misread'; error: unknown }
  | { kind: 'opening'; settings: ChainSettings }
  | { kind: 'away'; settings: ChainSettings; error: unknown }
  | { kind: 'open'; settings: ChainSettings; card: NetworkCard };

/** A wallet that was found in this browser. */
export interface FoundWallet {
  name: string;
  api: WalletApi;
}

export type AccountState =
  | { kind: 'none' }
  | { kind: 'asking'; wallet: FoundWallet; stop(): void }
  | { kind: 'connected'; wallet: FoundWallet; address: bigint }
  | { kind: 'failed'; error: unknown };

export type Registration =
  | { kind: 'unknown' }
  | { kind: 'asking' }
  | { kind: 'registered'; receipt: Receipt | undefined }
  | { kind: 'missing'; error?: unknown }
  | { kind: 'registering'; transaction: string | undefined; stop: (() => void) | undefined }
  | { kind: 'failed'; error: unknown };

export const network = signal<NetworkState>({ kind: 'reading' });
export const account = signal<AccountState>({ kind: 'none' });
export const registration = signal<Registration>({ kind: 'unknown' });

/** the network, where its registry may be believed */
export const trusted = computed(() =>
  network.value.kind === 'open' && network.value.card.distrust === undefined ? network.value : undefined,
);
export const connected = computed(() => (account.value.kind === 'connected' ? account.value : undefined));

async function settingsOf(): Promise<ChainSettings | undefined> {
  const response = await fetch(CHAIN_FILE, { cache: 'no-cache' });
  if (!response.ok) throw refusal(TEXT.model.notServed(CHAIN_FILE));
  return chainSettings(await response.json());
}

async function openNode(settings: ChainSettings): Promise<void> {
  network.value = { kind: 'opening', settings };
  try {
    const card = await chain.ask('open', { rpc: settings.rpc, registry: settings.registry });
    if (settings.chainId !== undefined && settings.chainId !== card.chain)
      throw refusal(CHAIN_TEXT.otherChain(card.chain, settings.chainId), CHAIN_TEXT.otherChainFix, settings.rpc);
    network.value = { kind: 'open', settings, card };
  } catch (error) {
    network.value = { kind: 'away', settings, error };
  }
}

/** Reads which network this page has, and asks its node; the second time the node alone. */
export async function openNetwork(): Promise<void> {
  const known = network.value;
  if (known.kind === 'away' || (known.kind === 'open' && known.card.distrust)) return openNode(known.settings);
  if (known.kind !== 'reading' && known.kind !== 'misread') return;
  try {
    const settings = await settingsOf();
    if (settings) await openNode(settings);
    else network.value = { kind: 'none' };
  } catch (error) {
    network.value = { kind: 'misread', error };
  }
}

/** Asks a wallet who it signs for. */
export async function connectWallet(wallet: FoundWallet, controller = new AbortController()): Promise<void> {
  account.value = { kind: 'asking', wallet, stop: () => controller.abort() };
  try {
    const address = await chain.ask('connect', undefined, { signal: controller.signal, onTold: through(wallet.api) });
    account.value = { kind: 'connected', wallet, address };
  } catch (error) {
    account.value = isAbort(error) ? { kind: 'none' } : { kind: 'failed', error };
  }
}

export const disconnect = (): void => {
  account.value = { kind: 'none' };
};

// whether the registry knows the model that is there, asked when either is another one
let asking = new AbortController();
async function askRegistered(key: number, stop: AbortSignal): Promise<void> {
  registration.value = { kind: 'asking' };
  try {
    const { bytes } = await maker.ask('record', { key, profile: 'chain' }, { signal: stop });
    const known = await chain.ask('registered', { record: bytes }, { signal: stop });
    if (!stop.aborted) registration.value = known ? { kind: 'registered', receipt: undefined } : { kind: 'missing' };
  } catch (error) {
    if (!stop.aborted) registration.value = { kind: 'failed', error };
  }
}
const modelKey = computed(() => ready.value?.card.key);
effect(() => {
  const [key, open] = [modelKey.value, trusted.value];
  asking.abort();
  asking = new AbortController();
  const { signal: stop } = asking;
  untracked(() => {
    if (key !== undefined && open) void askRegistered(key, stop);
    else registration.value = { kind: 'unknown' };
  });
});

/** Asks the registry once more whether it knows the model. */
export function askAgain(): void {
  asking.abort();
  asking = new AbortController();
  if (modelKey.value !== undefined && trusted.value) void askRegistered(modelKey.value, asking.signal);
}

/** Tells the registry of the model; a transaction of its own, once a model. */
export async function registerModel(): Promise<void> {
  const [model, owner] = [ready.value, connected.value];
  if (!model || !owner) return;
  const controller = new AbortController();
  const { signal } = controller;
  const registering = (transaction?: string): void => {
    registration.value = { kind: 'registering', transaction, stop: transaction === undefined ? () => controller.abort() : undefined };
  };
  registering();
  try {
    const { bytes } = await maker.ask('record', { key: model.card.key, profile: 'chain' }, { signal });
    const receipt = await chain.ask('register', { record: bytes }, { signal, onTold: through(owner.wallet.api, registering) });
    if (modelKey.value === model.card.key) registration.value = { kind: 'registered', receipt };
  } catch (error) {
    if (modelKey.value === model.card.key) registration.value = isAbort(error) ? { kind: 'missing' } : { kind: 'missing', error };
  }
}
