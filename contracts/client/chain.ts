// Starknet from TypeScript: declare, deploy, register, verify, with explicit resource bounds and errors that say what to do (exit 7).
// Source: DESIGN §10. starknet.js is loaded when a command needs it. Caveat: the account's key comes from the environment or a keystore
// file and is never printed; who runs this trusts the node's answers.
import type { Account, Call, ResourceBoundsBN, RpcProvider } from 'starknet';
import { installFix, isNotInstalled } from '../../fri/core/packages.ts';
import type { DeclarableClass } from '../class/shipped.ts';
import { chainError, MAX_L2_GAS, toChainError } from './errors.ts';

/** JSON-RPC version that is spoken */
const SPEC_VERSION = '0.10.2';

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

/**
 * A node, and the account that pays for what is sent to it.
 * @example
 * const chain = await connect(url, { address, key });
 * console.log(chain.url, chain.chainId);
 */
export interface Chain {
  url: string;
  provider: RpcProvider;
  account: Account;
  chainId: bigint;
}

/**
 * What a transaction did.
 * @example const { transactionHash, l2Gas } = await invoke(chain, [{ contract, entrypoint: 'verify', calldata }]);
 */
export interface Receipt {
  transactionHash: string;
  l2Gas: number;
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

/** @throws ZK0717 where the package is not installed */
async function starknetPackage(): Promise<typeof import('starknet')> {
  try {
    return await import('starknet');
  } catch (cause) {
    if (!isNotInstalled('starknet', cause)) throw cause;
    const why = 'only commands that talk to a Starknet node need it, so it is optional';
    throw chainError('ZK0717', 'the package `starknet` is not installed', why, installFix('starknet'), cause);
  }
}

/**
 * Connects to a node.
 * @throws ZK0717 without the package `starknet`, ZK0701 when it cannot be reached or is no Starknet node, ZK0708 when the chain has no such account
 * @example const chain = await connect('http://127.0.0.1:5050/rpc', { address, key });
 */
export async function connect(url: string, { address, key }: Credentials): Promise<Chain> {
  const { Account, RpcProvider, config } = await starknetPackage();
  config.set('logLevel', 'ERROR');
  const provider = new RpcProvider({ nodeUrl: url, specVersion: SPEC_VERSION });
  const chainId = await provider.getChainId().then(BigInt, (error: unknown) => {
    const { code, why = '' } = toChainError(error, url);
    if (code === 'ZK0701') throw toChainError(error, url);
    throw chainError('ZK0701', 'the address does not answer as a Starknet node', why, 'check --rpc: JSON-RPC of version 0.10', error);
  });
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
  return { url, provider, account: new Account({ provider, address, signer: key }), chainId };
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

async function receiptOf(chain: Chain, transactionHash: string): Promise<Receipt> {
  const receipt = await acceptedReceipt(chain, transactionHash);
  if (receipt.execution_status !== 'SUCCEEDED') throw toChainError(new Error(receipt.revert_reason ?? 'reverted'), chain.url);
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
 * Declares a class; one that is declared already stays as it is.
 * @returns its hash, and the L2 gas that was paid
 */
export async function declare(
  chain: Chain,
  { contract, casm, hashes }: DeclarableClass,
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
  const details = { resourceBounds: boundsOf(DECLARE_L2_GAS), tip: 0n };
  const compiled = hashes ? { compiledClassHash: hex(hashes.compiledClassHash) } : { casm: casm as never };
  const { transaction_hash } = await account.declare({ contract: contract as never, classHash, ...compiled }, details);
  return { classHash: BigInt(classHash), declareGas: (await receiptOf(chain, transaction_hash)).l2Gas };
}

/**
 * Deploys an instance of a class that is declared.
 * @returns its address
 * @throws ZK0702 when it is not declared, and other chain errors with exit code 7
 */
export async function deployClass(chain: Chain, classHash: bigint, constructorCalldata: readonly bigint[] = []): Promise<bigint> {
  try {
    const { transaction_hash, contract_address } = await chain.account.deploy(
      { classHash: hex(classHash), constructorCalldata: constructorCalldata.map(hex) },
      { resourceBounds: boundsOf(MAX_L2_GAS), tip: 0n },
    );
    await receiptOf(chain, transaction_hash);
    return BigInt(contract_address[0]!);
  } catch (error) {
    throw toChainError(error, chain.url);
  }
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
 * A call of a contract.
 * @example const call: Invocation = { contract, entrypoint: 'verify', calldata: await verifyCalldata(proof, record) };
 */
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
 * @example await invoke(chain, [{ contract, entrypoint: 'verify', calldata: await verifyCalldata(proof, record) }]);
 */
export async function invoke(chain: Chain, calls: readonly Invocation[], l2Gas: bigint = MAX_L2_GAS): Promise<Receipt> {
  try {
    const sent = await chain.account.execute(calls.map(callOf), { resourceBounds: boundsOf(l2Gas), tip: 0n });
    return await receiptOf(chain, sent.transaction_hash);
  } catch (error) {
    throw toChainError(error, chain.url);
  }
}

/**
 * Reads without a transaction.
 * @throws as `invoke`
 * @example const [registered] = await view(chain, { contract, entrypoint: 'is_registered', calldata: [modelId] });
 */
export async function view(chain: Chain, call: Invocation): Promise<bigint[]> {
  try {
    return (await chain.provider.callContract(callOf(call))).map(BigInt);
  } catch (error) {
    throw toChainError(error, chain.url);
  }
}
