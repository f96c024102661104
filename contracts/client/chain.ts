// Starknet from TypeScript: declare, deploy, register, verify, with resource bounds from the node's estimate and errors that say what to do
// (exit 7). Source: DESIGN §10. Caveat: the account's key comes from the environment or a keystore file and is never printed; who runs this trusts
// the node's answers.
import type { Account, Call, ResourceBoundsBN } from 'starknet';
import { retold, type ZkvmError } from '../../fri/core/errors.ts';
import type { DeclarableClass } from '../class/shipped.ts';
import { chainError, MAX_L2_GAS, toChainError } from './errors.ts';
import { boundsOf, declareEstimate, requireBalance, requireGas } from './fees.ts';
import { callOf, hex, type Invocation, type Node, type NodeOptions, openNode, starknetPackage } from './node.ts';
import { classHashAt, REGISTRY_SALTS, registryAddress } from './trust.ts';

export { type Invocation, view } from './node.ts';

/**
 * A node, and the account that pays for what is sent to it.
 * @example
 * const chain = await connect(url, { address, key });
 * console.log(chain.url, chain.chainId);
 */
export interface Chain extends Node {
  account: Account;
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

/**
 * The account that pays: its address and its private key, both hexadecimal.
 * @example const account: Credentials = { address: process.env.ZKVM_ACCOUNT ?? '', key: process.env.ZKVM_KEY ?? '' };
 */
export interface Credentials {
  address: string;
  key: string;
}

/**
 * Connects to a node.
 * @throws as `openNode` (ZK0701, ZK0717, ZK0738, ZK0739), ZK0708 when the chain has no such account
 * @example const chain = await connect('http://127.0.0.1:5050/rpc', { address, key });
 */
export async function connect(url: string, { address, key }: Credentials, options: NodeOptions = {}): Promise<Chain> {
  const { Account } = await starknetPackage();
  const node = await openNode(url, options);
  const { provider } = node;
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
  return { ...node, account: new Account({ provider, address, signer: key }) };
}

/** how long a transaction may take until it is accepted; blocks of a public network take seconds, a busy one minutes */
const ACCEPT_MS = 600_000;
/** between two questions: a node on this machine can be asked often */
const POLL_MS = { local: 100, public: 2000 } as const;
/** failed questions in a row after which the node counts as gone */
const MAX_FAILURES = 5;

const isLocal = (url: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
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
async function acceptedReceipt({ provider, url }: Chain, transactionHash: string): Promise<NodeReceipt> {
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

async function receiptOf(chain: Chain, transactionHash: string): Promise<Receipt> {
  let receipt: NodeReceipt;
  try {
    receipt = await acceptedReceipt(chain, transactionHash);
    if (receipt.execution_status !== 'SUCCEEDED') throw new Error(receipt.revert_reason ?? 'reverted');
  } catch (error) {
    throw afterSending(error, transactionHash, chain.url);
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

/**
 * Declares a class; one that is declared already stays as it is.
 * @returns its hash, and the L2 gas that was paid
 */
export async function declare(
  chain: Chain,
  { contract, casm, hashes, sierraFelts, casmFelts }: DeclarableClass,
): Promise<{ classHash: bigint; declareGas: number }> {
  const { account, provider } = chain;
  const { hash } = await starknetPackage();
  const classHash = hashes ? hex(hashes.classHash) : hash.computeContractClassHash(contract as never);
  const known = await provider.getClassByHash(classHash).then(
    () => true,
    (error: unknown) => {
      if (toChainError(error, chain.url).code === 'ZK0702') return false;
      throw error;
    },
  );
  if (known) return { classHash: BigInt(classHash), declareGas: 0 };
  const resourceBounds = await affordable(chain, await declareEstimate(chain, sierraFelts + casmFelts));
  const compiled = hashes ? { compiledClassHash: hex(hashes.compiledClassHash) } : { casm };
  const payload = { contract: (await isDevnet(chain)) ? metered(contract) : contract, classHash, ...compiled };
  const { transaction_hash } = await account.declare(payload as never, { resourceBounds, tip: 0n });
  return { classHash: BigInt(classHash), declareGas: (await receiptOf(chain, transaction_hash)).l2Gas };
}

/** whether a node of this machine is a starknet-devnet */
const isDevnet = async ({ provider, url }: Chain): Promise<boolean> =>
  isLocal(url) &&
  (await provider.fetch('devnet_getConfig').then(
    () => true,
    () => false,
  ));

/**
 * A class that devnet bills as the network does, by Sierra gas: devnet takes the version of the class's format for that of its Sierra, "0.1.0", which
 * is too old for it. It hashes the class as the network does, whatever that field says.
 */
const metered = (contract: DeclarableClass['contract']): DeclarableClass['contract'] => ({
  ...contract,
  contract_class_version: contract.sierra_program.slice(0, 3).map(Number).join('.'),
});

/** Bounds for what was estimated. @throws ZK0705 where the account does not hold as much */
async function affordable(chain: Chain, estimate: ResourceBoundsBN, most?: bigint): Promise<ResourceBoundsBN> {
  const bounds = boundsOf(estimate, most);
  await requireBalance(chain, BigInt(chain.account.address), estimate, bounds);
  return bounds;
}

/** what an estimate may use: devnet runs it within the bounds that it has, other nodes look for what is needed */
const WHILE_ESTIMATING: ResourceBoundsBN = {
  l1_gas: { max_amount: 0n, max_price_per_unit: 0n },
  l2_gas: { max_amount: MAX_L2_GAS, max_price_per_unit: 0n },
  l1_data_gas: { max_amount: 100_000n, max_price_per_unit: 0n },
};

/** version 3 with the bit of a question */
const QUESTION_VERSION = '0x100000000000000000000000000000003';

/** What the node says that these calls would use and cost. They are signed as a question, which nobody can send on. */
async function estimateOf({ account, provider }: Chain, calls: Call[]): Promise<ResourceBoundsBN> {
  const { TransactionType } = await starknetPackage();
  const asked = await account.accountInvocationsFactory([{ type: TransactionType.INVOKE, payload: calls }], {
    versions: [QUESTION_VERSION],
    skipValidate: false,
    tip: 0n,
    resourceBounds: WHILE_ESTIMATING,
  } as never);
  const [estimate] = await provider.getEstimateFeeBulk(asked, { skipValidate: false });
  return estimate!.resourceBounds;
}

/** Estimates, looks whether the account can pay, sends, and waits. */
async function send(chain: Chain, calls: Call[], most: bigint, onSent?: (transactionHash: string) => void): Promise<Receipt> {
  try {
    const estimate = await estimateOf(chain, calls);
    requireGas(estimate, most);
    const resourceBounds = await affordable(chain, estimate, most);
    const { transaction_hash } = await chain.account.execute(calls, { resourceBounds, tip: 0n }).catch((error: unknown) => {
      throw whileSending(error, chain.url);
    });
    onSent?.(transaction_hash);
    return await receiptOf(chain, transaction_hash);
  } catch (error) {
    throw toChainError(error, chain.url);
  }
}

/** the first salt whose address is free, so that the address of a registry says its class (trust.ts) */
async function freeSalt(chain: Chain, classHash: bigint): Promise<number> {
  for (let salt = 0; salt < REGISTRY_SALTS; salt++)
    if ((await classHashAt(chain, await registryAddress(classHash, salt))) === undefined) return salt;
  throw chainError(
    'ZK0744',
    `the chain has ${REGISTRY_SALTS} contracts of this class already`,
    'one registry serves every model',
    `use one that is there: --contract ${hex(await registryAddress(classHash, 0))}`,
  );
}

/**
 * Deploys an instance of a class that is declared; one without arguments at an address that says its class (trust.ts).
 * @returns its address
 * @throws ZK0702 when it is not declared, ZK0744 when there are enough of them, and other chain errors with exit code 7
 */
export async function deployClass(chain: Chain, classHash: bigint, constructorCalldata: readonly bigint[] = []): Promise<bigint> {
  const place = constructorCalldata.length ? {} : { salt: hex(BigInt(await freeSalt(chain, classHash))), unique: false };
  const payload = { classHash: hex(classHash), constructorCalldata: constructorCalldata.map(hex), ...place };
  const { calls, addresses } = chain.account.deployer.buildDeployerCall(payload, chain.account.address);
  await send(chain, calls, MAX_L2_GAS);
  return BigInt(addresses[0]!);
}

/** Declares a class where it is new and deploys an instance. @throws chain errors with exit code 7 */
export async function deploy(
  chain: Chain,
  built: DeclarableClass,
  constructorCalldata: readonly bigint[] = [],
): Promise<{ address: bigint; classHash: bigint; declareGas: number }> {
  try {
    const { classHash, declareGas } = await declare(chain, built);
    return { address: await deployClass(chain, classHash, constructorCalldata), classHash, declareGas };
  } catch (error) {
    throw toChainError(error, chain.url);
  }
}

/**
 * One transaction that does these calls in order: estimated first, so that what would be refused is refused before anybody pays.
 * @param l2Gas what it may use at most
 * @param onSent hears the transaction's hash as soon as it is sent
 * @throws chain errors with exit code 7, among them the contract's own reason; with the transaction's hash where it was sent
 * @example await invoke(chain, [{ contract, entrypoint: 'verify', calldata: await verifyCalldata(proof, record) }]);
 */
export const invoke = (
  chain: Chain,
  calls: readonly Invocation[],
  l2Gas: bigint = MAX_L2_GAS,
  onSent?: (transactionHash: string) => void,
): Promise<Receipt> => send(chain, calls.map(callOf), l2Gas, onSent);
