// Devnet's own methods: predeployed accounts with enough to pay for wide resource bounds.
import type { Credentials } from '../../contracts/client/chain.ts';

/** Asks devnet what only it answers. */
export async function devnetRpc(url: string, method: string, params: unknown = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: unknown };
  if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
  return result;
}

/** The predeployed account of that number, with 10^24 fri. */
export async function devnetAccount(url: string, index: number): Promise<Credentials> {
  const accounts = (await devnetRpc(url, 'devnet_getPredeployedAccounts')) as { address: string; private_key: string }[];
  const { address, private_key } = accounts[index]!;
  await devnetRpc(url, 'devnet_mint', { address, amount: 1e24, unit: 'FRI' });
  return { address, key: private_key };
}

export const firstAccount = (url: string): Promise<Credentials> => devnetAccount(url, 0);
