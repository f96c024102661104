// Wallets: whoever signs for an account, as starknet.js and get-starknet hand them over. Source: starknet.js `AccountInterface`; the wallet API
// (`wallet_requestAccounts`, `wallet_requestChainId`, `wallet_addInvokeTransaction`) that get-starknet 4 has at its window object and the wallet standard, get-starknet 5
// and 6, at the feature `starknet:walletApi`. Caveat: a wallet is asked for what it is and sends what it likes; the contract checks who called it.
import type { AccountInterface, Call, ResourceBoundsBN } from 'starknet';
import type { ZkvmError } from '../../fri/core/errors.ts';
import { chainError } from './errors.ts';
import { chainName, hex, type Node } from './node.ts';
import { askingAccount, requireAccount, type Sender } from './transaction.ts';

interface WalletCall {
  contract_address: string;
  entry_point: string;
  calldata: string[];
}

/**
 * What a wallet is asked.
 * @example const question: WalletQuestion = { type: 'wallet_requestChainId' };
 */
export type WalletQuestion =
  | { type: 'wallet_requestAccounts'; params?: { silent_mode?: boolean } }
  | { type: 'wallet_requestChainId' }
  | { type: 'wallet_addInvokeTransaction'; params: { calls: WalletCall[] } };

/**
 * Whatever answers the wallet API: get-starknet's window object.
 * @example const api: WalletApi = { request: async ({ type }) => (type === 'wallet_requestAccounts' ? ['0x1234'] : '0x534e5f5345504f4c4941') };
 */
export interface WalletApi {
  request(question: WalletQuestion): Promise<unknown>;
}

/**
 * A wallet of the wallet standard, as get-starknet 5 and 6 list them.
 * @example const standard: StandardWallet = { features: { 'starknet:walletApi': { request: async () => ['0x1234'] } } };
 */
export interface StandardWallet {
  readonly features: { readonly 'starknet:walletApi': WalletApi };
}

/**
 * An account of starknet.js: `Account` with its key, `WalletAccount` and its successors with a wallet behind them.
 * @example const wallet: AccountWallet = chain.account;
 */
export type AccountWallet = Pick<AccountInterface, 'address' | 'execute'> & { readonly provider: { getChainId(): Promise<string> } };

/**
 * Whoever signs for an account.
 * @example const wallet: Wallet = chain.account; // or what get-starknet's `connect()` gave
 */
export type Wallet = AccountWallet | WalletApi | StandardWallet;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const asApi = (value: unknown): WalletApi | undefined =>
  isObject(value) && typeof value.request === 'function' ? (value as unknown as WalletApi) : undefined;
const standardApi = (value: unknown): WalletApi | undefined =>
  isObject(value) && isObject(value.features) ? asApi(value.features['starknet:walletApi']) : undefined;

/** the wallet behind an account, or the wallet itself; undefined for an account that has its own key */
function apiOf(wallet: Wallet): WalletApi | undefined {
  const own: unknown = (wallet as { walletProvider?: unknown }).walletProvider ?? wallet;
  return standardApi(own) ?? asApi(own);
}

const isAccount = (wallet: Wallet): wallet is AccountWallet =>
  typeof (wallet as AccountWallet).execute === 'function' && typeof (wallet as AccountWallet).address === 'string';

/** wallet API: the owner said no */
const USER_REFUSED = 113;
const MOST_TEXT = 200;
/** what stands at the end is often the reason, behind a question of thousands of felts */
const START_TEXT = 60;

/** what a wallet threw, as text: wallets throw errors, and objects that are none */
const textOf = (error: unknown): string => {
  const message = isObject(error) && typeof error.message === 'string' ? error.message : String(error);
  const text = message.replace(/\s+/g, ' ').trim();
  return text.length <= MOST_TEXT ? text : `${text.slice(0, START_TEXT)}… ${text.slice(START_TEXT - MOST_TEXT)}`;
};
const isRefusal = (error: unknown): boolean =>
  (isObject(error) && error.code === USER_REFUSED) ||
  /USER_REFUSED_OP|\b(user|owner)\b.{0,20}\b(abort|refus|reject|den[iy]|cancel)|\b(rejected|denied|refused|cancell?ed|aborted) by (the )?(user|owner)/i.test(
    textOf(error),
  );

const refused = (what: string, error?: unknown): ZkvmError =>
  chainError(
    'ZK0745',
    what,
    `${error === undefined ? '' : `${textOf(error)}; `}nothing was sent`,
    'unlock the wallet, and allow what it shows',
    error,
  );
const nonsense = (what: string, why: string, error?: unknown): ZkvmError =>
  chainError('ZK0747', what, `${why}; nothing was sent`, 'connect the wallet again, or another one', error);

/** what it is asked for, in words */
const ASKED_FOR = {
  wallet_requestAccounts: 'to give an account',
  wallet_requestChainId: 'to say its chain',
  wallet_addInvokeTransaction: 'to sign',
} as const satisfies Record<WalletQuestion['type'], string>;

async function asked(api: WalletApi, question: WalletQuestion): Promise<unknown> {
  try {
    return await api.request(question);
  } catch (error) {
    if (isRefusal(error)) throw refused(`the wallet refused ${ASKED_FOR[question.type]}`, error);
    throw nonsense(`the wallet fails at ${question.type}`, textOf(error), error);
  }
}

/** a felt in hexadecimal, also longer by zeros; undefined for anything else */
const feltOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' && /^0x0*[0-9a-f]{1,63}$/i.test(value) ? BigInt(value) : undefined;

/** chain ids are hexadecimal in the wallet API; some wallets say the name: SN_MAIN */
const chainIdOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' && /^SN_\w{1,28}$/.test(value)
    ? [...value].reduce((felt, letter) => felt * 256n + BigInt(letter.charCodeAt(0)), 0n)
    : feltOf(value);

async function addressOf(wallet: Wallet, api: WalletApi | undefined): Promise<bigint> {
  if (!api) {
    const address = feltOf((wallet as AccountWallet).address);
    if (address === undefined) throw nonsense('the account has no address', textOf((wallet as AccountWallet).address));
    return address;
  }
  const answer = await asked(api, { type: 'wallet_requestAccounts' });
  const [first] = Array.isArray(answer) ? (answer as unknown[]) : [undefined];
  if (Array.isArray(answer) && answer.length === 0) throw refused('the wallet gave no account');
  const address = feltOf(first);
  if (address === undefined) throw nonsense('the wallet gives no account', `its answer is ${textOf(first)}`);
  return address;
}

const invocation = ({ contractAddress, entrypoint, calldata }: Call): WalletCall => ({
  contract_address: contractAddress,
  entry_point: entrypoint,
  calldata: [...(calldata as readonly string[])].map((felt) => hex(BigInt(felt))),
});

/** Has the wallet sign and send. @throws ZK0745 where its owner does not want to */
async function signed(wallet: Wallet, api: WalletApi | undefined, calls: Call[], resourceBounds: ResourceBoundsBN): Promise<string> {
  try {
    const answer: unknown = api
      ? await api.request({ type: 'wallet_addInvokeTransaction', params: { calls: calls.map(invocation) } })
      : await (wallet as AccountWallet).execute(calls, { resourceBounds, tip: 0n });
    const transactionHash: unknown = isObject(answer) ? answer.transaction_hash : undefined;
    if (feltOf(transactionHash) !== undefined) return transactionHash as string;
  } catch (error) {
    if (isRefusal(error)) throw refused(`the wallet refused ${ASKED_FOR.wallet_addInvokeTransaction}`, error);
    throw error instanceof Error ? error : new Error(textOf(error));
  }
  throw chainError(
    'ZK0742',
    'whether the transaction was sent is not known: the wallet told no hash',
    'its answer has no transaction_hash',
    'look at the account in a block explorer before you send it again',
  );
}

/**
 * Asks a wallet who and where it is, before it is asked to sign anything.
 * @throws ZK0745 where it refuses, ZK0746 on another chain than the node, ZK0747 for what is no wallet, ZK0708 for an account that is not deployed
 */
export async function openWallet(node: Node, wallet: Wallet): Promise<Sender> {
  const api = isObject(wallet) ? apiOf(wallet) : undefined;
  if (!api && !(isObject(wallet) && isAccount(wallet)))
    throw nonsense('this is no wallet', 'it has neither `request`, nor the feature `starknet:walletApi`, nor `address` and `execute`');
  const address = await addressOf(wallet, api);
  const said = api ? await asked(api, { type: 'wallet_requestChainId' }) : await (wallet as AccountWallet).provider.getChainId();
  const chainId = chainIdOf(said);
  if (chainId === undefined) throw nonsense('the wallet says no chain id', `its answer is ${textOf(said)}`);
  if (chainId !== node.chainId)
    throw chainError(
      'ZK0746',
      `the wallet is on chain ${chainName(chainId)}, the node on ${chainName(node.chainId)}`,
      'nothing was sent',
      'switch the network in the wallet, or open a node of its chain',
    );
  await requireAccount(node, hex(address));
  return {
    address,
    account: await askingAccount(node, address),
    signs: false,
    execute: (calls, resourceBounds) => signed(wallet, api, calls, resourceBounds),
  };
}

/**
 * The account that a wallet signs for, connected where it was not: ask before you prove, the proof's context names it.
 * @throws ZK0745 where the wallet refuses, ZK0746 on another chain than the node, ZK0747 for what is no wallet, ZK0708 for an account that is not deployed
 * @example const caller = await walletAddress(node, chain.account);
 */
export const walletAddress = async (node: Node, wallet: Wallet): Promise<bigint> => (await openWallet(node, wallet)).address;
