// What the commands that talk to Starknet share: node, contract and account from options, environment or a keystore file.
// Source: README "On Starknet". Caveat: a key is read from the environment or a file that only its owner can read, never from an option,
// and never printed.

import fs from 'node:fs';
import type { Chain, Credentials } from '../contracts/client/chain.ts';
import type { Node, NodeOptions } from '../contracts/client/node.ts';
import { usage } from '../fri/core/errors.ts';
import type { CHAIN_OPTIONS, CLASS_OPTION, CONTRACT_OPTION, NODE_OPTIONS } from './chain-options.ts';
import type { ValuesOf } from './command.ts';
import { readText } from './io/files.ts';

/** an hour, the longest that a node may take for one answer */
const MAX_TIMEOUT_SECONDS = 3600;
const FELT_LIMIT = 2n ** 251n + 17n * 2n ** 192n + 1n;

/** A felt in hexadecimal or decimal. @throws usage ZK0860 */
export function parseFelt(text: string, name: string): bigint {
  const felt = /^(0x[0-9a-f]{1,64}|[0-9]{1,78})$/i.test(text) ? BigInt(text) : FELT_LIMIT;
  if (felt >= FELT_LIMIT)
    throw usage('ZK0860', {
      what: `${name} is no felt`,
      where: JSON.stringify(text.slice(0, 80)),
      why: 'a number below 2^251, 0x… or decimal',
    });
  return felt;
}

interface ChainArguments {
  readonly options: ValuesOf<typeof CHAIN_OPTIONS>;
}
interface NodeArguments {
  readonly options: ValuesOf<typeof NODE_OPTIONS>;
}
interface TrustArguments {
  readonly options: ValuesOf<{ class: typeof CLASS_OPTION }>;
}
interface ContractArguments {
  readonly options: ValuesOf<{ contract: typeof CONTRACT_OPTION }>;
}

/** An option, or the environment's value for it. @throws usage ZK0861 when there is neither */
function setting<Name extends string>(options: { readonly [N in Name]: string | undefined }, name: Name, variable: string): string {
  const value = options[name] ?? process.env[variable];
  if (value) return value;
  throw usage('ZK0861', { what: `--${name} is missing`, fix: `give --${name} or set ${variable}` });
}

export const contractOf = ({ options }: ContractArguments): bigint =>
  parseFelt(setting(options, 'contract', 'ZKVM_CONTRACT'), 'the contract address');

/** @throws usage ZK0866 for a time limit that is none */
function nodeOptions({ options }: NodeArguments): NodeOptions {
  const given = options['rpc-timeout'] ?? process.env.ZKVM_RPC_TIMEOUT;
  if (given === undefined || given === '') return {};
  const timeoutSeconds = Number(given);
  if (timeoutSeconds > 0 && timeoutSeconds <= MAX_TIMEOUT_SECONDS) return { timeoutSeconds };
  throw usage('ZK0866', {
    what: 'the time limit of the node is none',
    where: JSON.stringify(String(given).slice(0, 80)),
    fix: `give --rpc-timeout (ZKVM_RPC_TIMEOUT) as seconds, more than 0 and at most ${MAX_TIMEOUT_SECONDS}`,
  });
}

function nodeUrl({ options }: NodeArguments): string {
  const url = setting(options, 'rpc', 'ZKVM_RPC');
  if (/^https?:\/\//.test(url)) return url;
  throw usage('ZK0865', { what: '--rpc is no http address', where: JSON.stringify(url.slice(0, 80)) });
}

/** Connects with the options' node, to read. @throws usage, or a chain error with exit code 7 */
export async function openReadOnly(args: NodeArguments): Promise<Node> {
  const [url, options] = [nodeUrl(args), nodeOptions(args)];
  const { openNode } = await import('../contracts/client/node.ts');
  return openNode(url, options);
}

/** The contract, once it is known to be a registry that may be believed. @throws ZK0703, ZK0735, ZK0736, ZK0743 */
export async function trustedContract(node: Node, args: ContractArguments & TrustArguments): Promise<bigint> {
  const contract = contractOf(args);
  const given = args.options.class;
  const { requireRegistry } = await import('../contracts/client/trust.ts');
  await requireRegistry(node, contract, given === undefined ? undefined : parseFelt(given, '--class'));
  return contract;
}

const othersMayRead = (mode: number): boolean => process.platform !== 'win32' && (mode & 0o077) !== 0;

/** The account that pays. @throws usage ZK0862 without one, ZK0863 for a keystore that others can read or that holds no account */
function credentialsOf({ options }: ChainArguments): Credentials {
  const file = options.keystore;
  if (file === undefined) {
    const { ZKVM_ACCOUNT: address, ZKVM_PRIVATE_KEY: key } = process.env;
    if (!address || !key)
      throw usage('ZK0862', { what: 'no account to pay with', fix: 'set ZKVM_ACCOUNT and ZKVM_PRIVATE_KEY, or give --keystore FILE' });
    return { address, key };
  }
  const text = readText(file);
  if (othersMayRead(fs.statSync(file).mode))
    throw usage('ZK0863', { what: 'the keystore can be read by others', where: file, fix: `chmod 600 ${file}` });
  try {
    const { address, privateKey } = JSON.parse(text) as Record<string, unknown>;
    if (typeof address === 'string' && typeof privateKey === 'string') return { address, key: privateKey };
  } catch {
    // said below, without the text: it may hold a key
  }
  throw usage('ZK0863', { what: 'the keystore holds no account', where: file, why: 'expected {"address": "0x…", "privateKey": "0x…"}' });
}

/** Connects with the options' node and account. @throws usage, or a chain error with exit code 7 */
export async function openChain(args: ChainArguments): Promise<Chain> {
  const url = nodeUrl(args);
  const options = nodeOptions(args);
  const { address, key } = credentialsOf(args);
  parseFelt(address, 'the account address');
  try {
    if (parseFelt(key, 'key') === 0n) throw new Error('zero');
  } catch {
    throw usage('ZK0864', { what: 'the private key is no number', fix: 'a felt in hexadecimal, 0x…' });
  }
  const { connect } = await import('../contracts/client/chain.ts');
  return connect(url, { address, key }, options);
}

export const hexFelt = (felt: bigint): string => `0x${felt.toString(16)}`;
