// One transaction of an account: estimated, held against what the account has, sent, and waited for, with errors that say what to do (exit 7). Source:
// DESIGN §10; the node's JSON-RPC. Caveat: where a wallet signs, the question what it would cost is asked without a signature, so the node does
// not see whether the account would take one.
import type { Account, Call, ResourceBoundsBN } from 'starknet';
import { retold, type ZkvmError } from '../../fri/core/errors.ts';
import { chainError, MAX_L2_GAS, toChainError } from './errors.ts';
import { boundsOf, requireBalance, requireGas } from './fees.ts';
import { hex, type Node, starknetPackage } from './node.ts';

/** Who sends: an account of which the key is here, or a wallet that asks its owner. */
export interface Sender {
  address: bigint;
  /** the account at that address, to ask the node what calls would cost */
  account: Account;
  /** whether that account can sign the question */
  signs: boolean;
  /** @returns the transaction's hash */
  execute(calls: Call[], resourceBounds: ResourceBoundsBN): Promise<string>;
}

/**
 * What a transaction did.
 * @example const { transactionHash, l2Gas } = await invoke(chain, [{ contract, entrypoint: 'verify', calldata }]);
 */
export interface Receipt {
  transactionHash: string;
  /** the block that has it; undefined where the node does not say */
  blockNumber: number | undefined;
  l2Gas: number;
  /** what was paid, in fri (10^-18 STRK) */
  feeFri: bigint;
  /** felts of the data of each event that this contract emitted, keys first */
  events: { from: bigint; keys: bigint[]; data: bigint[] }[];
}

/** how long a transaction may take until it is accepted; blocks of a public network take seconds, a busy one minutes */
const ACCEPT_MS = 600_000;
/** between two questions: a node on this machine can be asked often */
const POLL_MS = { local: 100, public: 2000 } as const;
/** failed questions in a row after which the node counts as gone */
const MAX_FAILURES = 5;

export const isLocal = (url: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
const isUnknownYet = (error: unknown): boolean => /TXN_HASH_NOT_FOUND|transaction hash not found/i.test(String((error as Error).message));

interface NodeReceipt {
  finality_status: string;
  execution_status: string;
  revert_reason?: string;
  execution_resources?: { l2_gas?: number };
  block_number?: number;
  actual_fee?: { amount?: string };
  events?: { from_address: string; keys: string[]; data: string[] }[];
}

/** Waits until a transaction is accepted on L2, so that the account's next nonce counts it. */
async function acceptedReceipt({ provider, url }: Node, transactionHash: string): Promise<NodeReceipt> {
  let failures = 0;
  for (const started = performance.now(); performance.now() - started < ACCEPT_MS; ) {
    try {
      const receipt = (await provider.getTransactionReceipt(transactionHash)) as unknown as NodeReceipt;
      if (receipt.finality_status.startsWith('ACCEPTED')) return receipt;
      failures = 0;
    } catch (error) {
      if (isUnknownYet(error)) failures = 0;
      else if (++failures === MAX_FAILURES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, isLocal(url) ? POLL_MS.local : POLL_MS.public));
  }
  throw chainError(
    'ZK0716',
    'the transaction is not accepted after ten minutes',
    transactionHash,
    'look it up in a block explorer before you send it again',
  );
}

const isGone = ({ code }: ZkvmError): boolean => code === 'ZK0701' || code === 'ZK0738';

/** What went wrong with a transaction that was sent: with its hash, and how to ask later where the node is gone. */
function afterSending(error: unknown, transactionHash: string, url: string): ZkvmError {
  const told = toChainError(error, url);
  const where = `transaction ${transactionHash}`;
  if (!isGone(told)) return retold('chain', told, { where });
  return chainError(
    'ZK0742',
    `what became of ${where} is not known: the node is gone`,
    told.why ?? url,
    'it may be accepted all the same: ask later with `zkvm fact proof.bin`, or look the transaction up in a block explorer',
    error,
  );
}

/** What went wrong when it was sent: a node that is gone then may have passed it on. */
function whileSending(error: unknown, url: string): ZkvmError {
  const told = toChainError(error, url);
  if (!isGone(told)) return told;
  return chainError(
    'ZK0742',
    'whether the transaction was sent is not known: the node was gone before it told a hash',
    told.why ?? url,
    'it may be accepted all the same: ask later with `zkvm fact proof.bin` before you send it again',
    error,
  );
}

export async function receiptOf(node: Node, transactionHash: string): Promise<Receipt> {
  let receipt: NodeReceipt;
  try {
    receipt = await acceptedReceipt(node, transactionHash);
    if (receipt.execution_status !== 'SUCCEEDED') throw new Error(receipt.revert_reason ?? 'reverted');
  } catch (error) {
    throw afterSending(error, transactionHash, node.url);
  }
  return {
    transactionHash,
    blockNumber: receipt.block_number,
    feeFri: BigInt(receipt.actual_fee?.amount ?? 0),
    l2Gas: Number(receipt.execution_resources?.l2_gas ?? 0),
    events: (receipt.events ?? []).map(({ from_address, keys, data }) => ({
      from: BigInt(from_address),
      keys: keys.map(BigInt),
      data: data.map(BigInt),
    })),
  };
}

/** @throws ZK0708 when the chain has no such account */
export async function requireAccount({ provider, url }: Node, address: string): Promise<void> {
  await provider.getClassHashAt(address).catch((error: unknown) => {
    const found = toChainError(error, url);
    if (found.code !== 'ZK0703') throw found;
    throw chainError(
      'ZK0708',
      'there is no such account on this chain',
      address,
      'check the account address, and that the account is deployed',
      error,
    );
  });
}

/** Bounds for what was estimated. @throws ZK0705 where the account does not hold as much */
export async function affordable(node: Node, account: bigint, estimate: ResourceBoundsBN, most?: bigint): Promise<ResourceBoundsBN> {
  const bounds = boundsOf(estimate, most);
  await requireBalance(node, account, estimate, bounds);
  return bounds;
}

/** what an estimate may use: devnet runs it within the bounds that it has, other nodes look for what is needed */
const WHILE_ESTIMATING: ResourceBoundsBN = {
  l1_gas: { max_amount: 0n, max_price_per_unit: 0n },
  l2_gas: { max_amount: MAX_L2_GAS, max_price_per_unit: 0n },
  l1_data_gas: { max_amount: 100_000n, max_price_per_unit: 0n },
};

/** An account that only asks what calls would cost: its key signs nothing. */
export async function askingAccount({ provider }: Node, address: bigint): Promise<Account> {
  const { Account } = await starknetPackage();
  return new Account({ provider, address: hex(address), signer: '0x1' });
}

/** version 3 with the bit of a question */
const QUESTION_VERSION = '0x100000000000000000000000000000003';

/** What the node says that these calls would use and cost. They are signed as a question, which nobody can send on, or not at all. */
export async function estimateOf(
  { provider }: Node,
  { account, signs }: Pick<Sender, 'account' | 'signs'>,
  calls: Call[],
): Promise<ResourceBoundsBN> {
  const { TransactionType } = await starknetPackage();
  const skipValidate = !signs;
  const asked = await account.accountInvocationsFactory([{ type: TransactionType.INVOKE, payload: calls }], {
    versions: [QUESTION_VERSION],
    skipValidate,
    tip: 0n,
    resourceBounds: WHILE_ESTIMATING,
  } as never);
  const [estimate] = await provider.getEstimateFeeBulk(asked, { skipValidate });
  return estimate!.resourceBounds;
}

/**
 * Estimates, looks whether the account can pay, sends, and waits.
 * @param most L2 gas that it may use
 * @throws chain errors with exit code 7
 */
export async function send(
  node: Node,
  sender: Sender,
  calls: Call[],
  most: bigint,
  onSent?: (transactionHash: string) => void,
): Promise<Receipt> {
  try {
    const estimate = await estimateOf(node, sender, calls);
    requireGas(estimate, most);
    const resourceBounds = await affordable(node, sender.address, estimate, most);
    const transactionHash = await sender.execute(calls, resourceBounds).catch((error: unknown) => {
      throw whileSending(error, node.url);
    });
    onSent?.(transactionHash);
    return await receiptOf(node, transactionHash);
  } catch (error) {
    throw toChainError(error, node.url);
  }
}
