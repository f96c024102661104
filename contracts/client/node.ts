// A Starknet node that is asked: within a time limit, and of the JSON-RPC version that is spoken here, which is the first question. Source: the
// node's JSON-RPC specification. starknet.js is loaded when a command needs it. Caveat: who reads the chain here trusts the node's answers.
import type { Call, RpcProvider } from 'starknet';
import { installFix, isNotInstalled } from '../../fri/core/packages.ts';
import { chainError, toChainError } from './errors.ts';

/** JSON-RPC version that is spoken, and what every node of it begins its version with */
const SPEC_VERSION = '0.10.2';
const SPEC_FAMILY = '0.10.';

/** how long a node may take for an answer; what makes it execute a transaction may take longer, and a class longer still */
export const ANSWER_SECONDS = 20;
const EXECUTES = /^starknet_(call|estimateFee|simulateTransactions|addInvokeTransaction|addDeclareTransaction)$/;
const EXECUTION_FACTOR = 6;
const CLASS_FACTOR = 30;

/**
 * How a node is asked.
 * @example const chain = await connect(url, { address, key }, { timeoutSeconds: 60 });
 */
export interface NodeOptions {
  /** how long it may take for an answer; 20 if it is not said. Estimates, calls and sending may take 6 times that, declaring a class 30 times. */
  timeoutSeconds?: number;
}

/**
 * A node that answered.
 * @example const [valid] = await view(node, { contract, entrypoint: 'is_valid', calldata: [statement] });
 */
export interface Node {
  url: string;
  provider: RpcProvider;
  chainId: bigint;
}

/** @throws ZK0717 where the package is not installed */
export async function starknetPackage(): Promise<typeof import('starknet')> {
  try {
    return await import('starknet');
  } catch (cause) {
    if (!isNotInstalled('starknet', cause)) throw cause;
    const why = 'only commands that talk to a Starknet node need it, so it is optional';
    throw chainError('ZK0717', 'the package `starknet` is not installed', why, installFix('starknet'), cause);
  }
}

const limitOf = (method: string, body: string, seconds: number): number =>
  seconds * (EXECUTES.test(method) ? (body.includes('"DECLARE"') ? CLASS_FACTOR : EXECUTION_FACTOR) : 1);

/** `fetch` that gives up, and says what it waited for in words that `toChainError` knows */
const patient =
  (seconds: number): typeof fetch =>
  async (url, init) => {
    const body = String(init?.body ?? '');
    const method = /"method":"(\w+)"/.exec(body)?.[1] ?? 'the request';
    const limit = limitOf(method, body, seconds);
    const signal = AbortSignal.timeout(Math.ceil(1000 * limit));
    try {
      const response = await fetch(url, { ...init, signal });
      // read here, since a node may also stop in the middle of an answer
      return new Response(await response.text(), { status: response.status, headers: response.headers });
    } catch (error) {
      if (signal.aborted) throw new Error(`no answer to ${method} within ${limit} seconds`);
      const { message, cause } = error as Error;
      throw new Error(`fetch failed: ${method}: ${message} ${String(cause ?? '')}`); // starknet.js keeps no more than the message
    }
  };

/**
 * A node that only reads, without an account.
 * @throws ZK0717 without the package `starknet`, ZK0701 when it cannot be reached or is no Starknet node, ZK0738 when it does not answer, ZK0739 when
 * it speaks another version
 * @example const node = await openNode('http://127.0.0.1:5050/rpc');
 */
export async function openNode(url: string, { timeoutSeconds = ANSWER_SECONDS }: NodeOptions = {}): Promise<Node> {
  const { RpcProvider, config } = await starknetPackage();
  config.set('logLevel', 'ERROR');
  const provider = new RpcProvider({
    nodeUrl: url,
    specVersion: SPEC_VERSION,
    baseFetch: patient(timeoutSeconds),
    resourceBoundsOverhead: false,
  });
  const asNode = (error: unknown): never => {
    const told = toChainError(error, url);
    if (told.code === 'ZK0701' || told.code === 'ZK0738') throw told;
    throw chainError(
      'ZK0701',
      'the address does not answer as a Starknet node',
      told.why ?? '',
      'check --rpc: JSON-RPC of version 0.10',
      error,
    );
  };
  const spoken = String(await provider.getSpecVersion().catch(asNode));
  if (!spoken.startsWith(SPEC_FAMILY))
    throw chainError(
      'ZK0739',
      `the node speaks JSON-RPC ${JSON.stringify(spoken.slice(0, 40))}, and ${SPEC_FAMILY}x is spoken here`,
      url,
      'give --rpc the address of that version: many providers have it at a path of its own, .../rpc/v0_10',
    );
  return { url, provider, chainId: await provider.getChainId().then(BigInt, asNode) };
}

export const hex = (felt: bigint): string => `0x${felt.toString(16)}`;

/**
 * A chain id as people know it, `SN_SEPOLIA`; in hexadecimal where it is no name.
 * @example console.log(chainName(node.chainId));
 */
export function chainName(chainId: bigint): string {
  const digits = chainId.toString(16);
  const text = String.fromCharCode(...(digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
  return digits.length % 2 === 0 && /^\w+$/.test(text) ? text : hex(chainId);
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

export const callOf = ({ contract, entrypoint, calldata }: Invocation): Call => ({
  contractAddress: hex(contract),
  entrypoint,
  calldata: calldata.map(hex),
});

/**
 * Reads without a transaction.
 * @throws as `invoke`
 * @example const [registered] = await view(chain, { contract, entrypoint: 'is_registered', calldata: [modelId] });
 */
export async function view({ provider, url }: Node, call: Invocation): Promise<bigint[]> {
  try {
    return (await provider.callContract(callOf(call))).map(BigInt);
  } catch (error) {
    throw toChainError(error, url);
  }
}
