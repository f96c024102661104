// Starknet from TypeScript with an account's key: declare, deploy, and whatever calls a contract has. Source: DESIGN §10; transaction.ts. Caveat: the
// key comes from the environment or a keystore file and is never printed; who runs this trusts the node's answers.
import type { Account, Call } from 'starknet';
import type { DeclarableClass } from '../class/shipped.ts';
import { chainError, MAX_L2_GAS, toChainError } from './errors.ts';
import { declareEstimate } from './fees.ts';
import { callOf, hex, type Invocation, type Node, type NodeOptions, openNode, starknetPackage } from './node.ts';
import { affordable, isLocal, type Receipt, receiptOf, requireAccount, type Sender, send } from './transaction.ts';
import { classHashAt, REGISTRY_SALTS, registryAddress } from './trust.ts';

export { type Invocation, view } from './node.ts';
export type { Receipt } from './transaction.ts';

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
  await requireAccount(node, address);
  return { ...node, account: new Account({ provider, address, signer: key }) };
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
  const resourceBounds = await affordable(chain, BigInt(account.address), await declareEstimate(chain, sierraFelts + casmFelts));
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

const senderOf = ({ account }: Chain): Sender => ({
  address: BigInt(account.address),
  account,
  signs: true,
  execute: async (calls: Call[], resourceBounds) => (await account.execute(calls, { resourceBounds, tip: 0n })).transaction_hash,
});

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
  await send(chain, senderOf(chain), calls, MAX_L2_GAS);
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
): Promise<Receipt> => send(chain, senderOf(chain), calls.map(callOf), l2Gas, onSent);
