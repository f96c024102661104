// Starknet from TypeScript: declare, deploy, register, verify, with explicit resource bounds and errors that say what to do (exit 7).
// Source: DESIGN §10. starknet.js is loaded when a command needs it. Caveat: the account's key comes from the environment or a keystore
// file and is never printed; who runs this trusts the node's answers.
import type { Account, Call, ResourceBoundsBN, RpcProvider } from 'starknet';
import { ZkvmError } from '../fri/errors.ts';
import type { BuiltClass } from './compile.ts';

/** JSON-RPC version that is spoken */
const SPEC_VERSION = '0.10.2';

/** L2 gas of one invoke that the network takes; a proof needs about a third of it */
export const MAX_L2_GAS = 1_100_000_000n;
/** Declaring costs 40,960 L2 gas a felt of class, more than an invoke may use, and has its own bound. */
const DECLARE_L2_GAS = 20_000_000_000n;

/** what is paid at most a unit, in fri: far above what networks ask, the account pays the real price */
const PRICES = { l1Gas: 10n ** 15n, l2Gas: 10n ** 11n, l1DataGas: 10n ** 13n } as const;
const L1_DATA_GAS = 100_000n;

const boundsOf = (l2Gas: bigint): ResourceBoundsBN => ({
  l1_gas: { max_amount: 0n, max_price_per_unit: PRICES.l1Gas },
  l2_gas: { max_amount: l2Gas, max_price_per_unit: PRICES.l2Gas },
  l1_data_gas: { max_amount: L1_DATA_GAS, max_price_per_unit: PRICES.l1DataGas },
});

export interface Chain {
  url: string;
  provider: RpcProvider;
  account: Account;
  chainId: bigint;
}

/** What a transaction did. */
export interface Receipt {
  transactionHash: string;
  l2Gas: number;
  /** felts of the data of each event that this contract emitted, keys first */
  events: { from: bigint; keys: bigint[]; data: bigint[] }[];
}

const chainError = (code: string, what: string, why: string, fix: string, cause?: unknown): ZkvmError =>
  new ZkvmError('chain', code, { what, why, fix, ...(cause === undefined ? {} : { cause }) });

/** Short strings in a text of hexadecimal felts: the reasons that Cairo panics with. */
function shortStrings(text: string): string[] {
  const found: string[] = [];
  for (const [, hex] of text.matchAll(/0x([0-9a-f]{4,62})(?![0-9a-f])/gi)) {
    const digits = hex!.length % 2 ? `0${hex}` : hex!;
    const bytes = digits.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
    if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) found.push(String.fromCharCode(...bytes));
  }
  return found;
}

/** reasons of the contracts that are no rejection of a proof: what to do about them */
const FIXES: Readonly<Record<string, string>> = {
  ZK0710: 'zkvm register model.zkb --rpc URL --contract ADDRESS',
  ZK0711: 'run the model with a context for the chain: see `zkvm deploy`',
  ZK0712: 'the proof is for another chain: run and prove with a context for this one',
  ZK0713: 'the proof is for another contract: run and prove with a context for this one',
  ZK0714: 'the proof is for another account: send it from the account that its context names',
};

/** The reason of a revert as the first of our codes in it, `ZK0210 sum is not zero`; undefined if there is none. */
export function cairoReason(text: string): { code: string; reason: string } | undefined {
  for (const candidate of [...shortStrings(text), ...(text.match(/ZK\d{4}[ -~]{0,26}/g) ?? [])]) {
    const match = /(ZK\d{4}) ?([ -&(-~]*)/.exec(candidate);
    if (match) return { code: match[1]!, reason: match[2]!.trim() };
  }
  return undefined;
}

/** Any failure of a node or contract as a `ZkvmError` with exit code 7. */
export function toChainError(error: unknown, url: string): ZkvmError {
  if (error instanceof ZkvmError) return error;
  const text = messageOf(error);
  const reason = cairoReason(text);
  if (reason)
    return chainError(
      reason.code,
      `the contract refuses: ${reason.reason}`,
      'the transaction was reverted',
      FIXES[reason.code] ?? 'check the same proof with `zkvm verify proof.bin --model model.zkb`',
      error,
    );
  if (/fetch failed|ECONNREFUSED|ENOTFOUND|ECONNRESET|ETIMEDOUT|EAI_AGAIN|socket hang up/i.test(text))
    return chainError('ZK0701', 'the Starknet node cannot be reached', url, 'check --rpc and that the node is running', error);
  if (/class.{0,30}(not declared|not found)|CLASS_HASH_NOT_FOUND|Undeclared/i.test(text))
    return chainError('ZK0702', 'the class is not declared on this chain', lastLines(text), 'zkvm deploy --rpc URL', error);
  if (/contract not found|CONTRACT_NOT_FOUND|is not deployed/i.test(text))
    return chainError('ZK0703', 'there is no such contract on this chain', lastLines(text), 'check --contract, or zkvm deploy', error);
  if (
    /out of gas|no remaining steps|resources don't cover|insufficient.{0,20}(resources|gas)|exceed.{0,30}(gas|bounds|resources)/i.test(text)
  )
    return chainError('ZK0704', 'the transaction runs out of gas', lastLines(text), `an invoke may use ${MAX_L2_GAS} L2 gas`, error);
  if (/balance|funds|fee/i.test(text))
    return chainError('ZK0705', 'the account cannot pay for the transaction', lastLines(text), 'fund the account with STRK', error);
  return chainError('ZK0706', 'the transaction was not accepted', lastLines(text), 'see the reason above', error);
}

/** where a node says the reason: a revert is told outermost call first */
const lastLines = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(-300);

/** What a node answered, without the request that starknet.js repeats in its message (thousands of felts, which may look like anything). */
function messageOf(error: unknown): string {
  const answer = (error as { baseError?: unknown }).baseError;
  if (answer) return JSON.stringify(answer);
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${String(error.cause ?? '')}`;
}

export interface Credentials {
  address: string;
  key: string;
}

/** Connects to a node. @throws ZK0701 when it cannot be reached */
export async function connect(url: string, { address, key }: Credentials): Promise<Chain> {
  const { Account, RpcProvider, config } = await import('starknet');
  config.set('logLevel', 'ERROR');
  const provider = new RpcProvider({ nodeUrl: url, specVersion: SPEC_VERSION });
  try {
    const chainId = BigInt(await provider.getChainId());
    return { url, provider, account: new Account({ provider, address, signer: key }), chainId };
  } catch (error) {
    throw toChainError(error, url);
  }
}

async function receiptOf({ provider, url }: Chain, transactionHash: string): Promise<Receipt> {
  const receipt = (await provider.waitForTransaction(transactionHash, { retryInterval: 200 })) as unknown as {
    execution_status: string;
    revert_reason?: string;
    execution_resources?: { l2_gas?: number };
    events?: { from_address: string; keys: string[]; data: string[] }[];
  };
  if (receipt.execution_status !== 'SUCCEEDED') throw toChainError(new Error(receipt.revert_reason ?? 'reverted'), url);
  return {
    transactionHash,
    l2Gas: Number(receipt.execution_resources?.l2_gas ?? 0),
    events: (receipt.events ?? []).map(({ from_address, keys, data }) => ({
      from: BigInt(from_address),
      keys: keys.map(BigInt),
      data: data.map(BigInt),
    })),
  };
}

const hex = (felt: bigint): string => `0x${felt.toString(16)}`;

/**
 * Declares a class (a class that is declared already stays as it is) and deploys an instance.
 * @throws chain errors with exit code 7
 */
export async function deploy(
  chain: Chain,
  built: BuiltClass,
  constructorCalldata: readonly bigint[] = [],
): Promise<{ address: bigint; classHash: bigint; declareGas: number }> {
  const { account, provider, url } = chain;
  const { hash } = await import('starknet');
  try {
    const contract = built.contract as never;
    const classHash = hash.computeContractClassHash(contract);
    let declareGas = 0;
    const known = await provider.getClassByHash(classHash).then(
      () => true,
      () => false,
    );
    if (!known) {
      const { transaction_hash } = await account.declare(
        { contract, casm: built.casm as never },
        { resourceBounds: boundsOf(DECLARE_L2_GAS), tip: 0n },
      );
      declareGas = (await receiptOf(chain, transaction_hash)).l2Gas;
    }
    const deployed = await account.deployContract(
      { classHash, constructorCalldata: constructorCalldata.map(hex) },
      { resourceBounds: boundsOf(MAX_L2_GAS), tip: 0n },
    );
    await receiptOf(chain, deployed.transaction_hash);
    return { address: BigInt(deployed.contract_address), classHash: BigInt(classHash), declareGas };
  } catch (error) {
    throw toChainError(error, url);
  }
}

export interface Invocation {
  contract: bigint;
  entrypoint: string;
  calldata: readonly bigint[];
}

const callOf = ({ contract, entrypoint, calldata }: Invocation): Call => ({
  contractAddress: hex(contract),
  entrypoint,
  calldata: calldata.map(hex),
});

/**
 * One transaction that does these calls in order.
 * @param l2Gas what it may use at most
 * @throws chain errors with exit code 7, among them the contract's own reason
 */
export async function invoke(chain: Chain, calls: readonly Invocation[], l2Gas: bigint = MAX_L2_GAS): Promise<Receipt> {
  try {
    const sent = await chain.account.execute(calls.map(callOf), { resourceBounds: boundsOf(l2Gas), tip: 0n });
    return await receiptOf(chain, sent.transaction_hash);
  } catch (error) {
    throw toChainError(error, chain.url);
  }
}

/** Reads without a transaction. @throws as `invoke` */
export async function view(chain: Chain, call: Invocation): Promise<bigint[]> {
  try {
    return (await chain.provider.callContract(callOf(call))).map(BigInt);
  } catch (error) {
    throw toChainError(error, chain.url);
  }
}
