// Which chain the view Chain uses: a file `chain.json` beside the page, which who builds or serves it writes, and no wallet, link or visitor. Source: web/README
// "The chain". Caveat: a page is as honest as who serves it, so a node that lies is his; the registry's class and address are checked all the same.
import { refusal } from './engine/failure.ts';
import { CHAIN_TEXT } from './text-chain.ts';

/** beside the page */
export const CHAIN_FILE = './chain.json';

export interface ChainSettings {
  /** as people call the network */
  name: string;
  /** JSON-RPC 0.10 of a node */
  rpc: string;
  /** SN_MAIN, SN_SEPOLIA; the node's own if left out */
  chainId: string | undefined;
  /** hexadecimal; the first registry of this version if left out */
  registry: string | undefined;
  /** has /tx/HASH and /contract/ADDRESS */
  explorer: string | undefined;
}

/** of `npm run devnet` */
export const DEVNET = { name: 'devnet', rpc: 'http://127.0.0.1:5050/rpc' };

/** what stands in a policy has no room for other characters */
const ORIGIN = /^https?:\/\/[\w.-]+(:\d+)?$/;

const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);
const isOrigin = (text: string): boolean => ORIGIN.test(urlOf(text)?.origin ?? '');

/** how each setting must look; the first two must be there */
const WRITTEN: Readonly<Record<keyof ChainSettings, (text: string) => boolean>> = {
  name: (text) => text.trim() !== '' && text.length <= 40,
  rpc: isOrigin,
  chainId: (text) => /^\w{1,31}$/.test(text),
  registry: (text) => /^0x[0-9a-f]{1,64}$/i.test(text),
  explorer: (text) => isOrigin(text) && !text.endsWith('/'),
};

/** @returns undefined for `{}`, a page without a chain. @throws Failure with the setting that is wrong */
export function chainSettings(json: unknown): ChainSettings | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw refusal(CHAIN_TEXT.settings.none, CHAIN_TEXT.settings.fix);
  const given = json as Record<string, unknown>;
  if (Object.keys(given).length === 0) return undefined;
  const settings = Object.entries(WRITTEN).map(([name, fits]) => {
    const value = given[name];
    const needed = name === 'name' || name === 'rpc';
    if (value === undefined && !needed) return [name, undefined] as const;
    if (typeof value !== 'string' || !fits(value)) throw refusal(CHAIN_TEXT.settings.wrong(name), CHAIN_TEXT.settings.fix, CHAIN_FILE);
    return [name, value] as const;
  });
  const unknown = Object.keys(given).find((name) => !(name in WRITTEN));
  if (unknown !== undefined) throw refusal(CHAIN_TEXT.settings.unknown(unknown.slice(0, 40)), CHAIN_TEXT.settings.fix, CHAIN_FILE);
  return Object.fromEntries(settings) as unknown as ChainSettings;
}

/** of the node, for the page's policy */
export const nodeOrigin = (settings: Pick<ChainSettings, 'rpc'> | undefined): string | undefined =>
  settings && new URL(settings.rpc).origin;
