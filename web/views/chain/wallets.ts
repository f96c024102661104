// The wallets of this browser, as the ecosystem finds them: what extensions put at the window, and those of the wallet standard. Source: get-starknet 5,
// `createStore`. Caveat: no adapter is given to it, since the one that it has loads code from a server when it is used; and its icons are not shown, which may
// lie anywhere.
import { createStore, type Store } from '@starknet-io/get-starknet-discovery';
import type { FoundWallet } from '../../state/chain.ts';

let store: Store | undefined;

/** what there is now, and whenever that changes. @returns ends it */
export function watchWallets(onFound: (wallets: readonly FoundWallet[]) => void): () => void {
  const own = store ?? createStore({ eip1193Adapters: [] });
  if (store) own._refreshInjectedWallets();
  store = own;
  const tell = (): void =>
    onFound(
      own.getWallets().map(({ name, features }) => ({ name: name.slice(0, 40), api: features['starknet:walletApi'] }) as FoundWallet),
    );
  tell();
  return own.subscribe(tell);
}
