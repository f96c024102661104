// Calls of contracts as starknet.js takes them, with arguments typed by the contract's ABI, and whether several fit one transaction. Source: starknet.js
// `CallData`, whose types follow the ABI. Caveat: an ABI says what the caller believes of a contract, the contract may be another.
import type { Abi, Call, Contract, RawArgsArray, TypedContractV2, ValidateType } from 'starknet';
import { usage } from '../../fri/core/errors.ts';
import { MAX_CALLDATA } from '../class/limits.ts';
import { hex, starknetPackage } from './node.ts';

/**
 * An ABI `as const`, so that its names and types are literal.
 * @example const abi = [{ type: 'function', name: 'claim', inputs: [], outputs: [], state_mutability: 'external' }] as const satisfies TypedAbi;
 */
export type TypedAbi = Parameters<Contract['typedv2']>[0];

/** the names that an ABI lists, without `any name`, which starknet.js adds */
type Listed<T> = { [Name in keyof T as string extends Name ? never : Name]: T[Name] };
type Populates<TAbi extends TypedAbi> = TypedContractV2<TAbi>['populateTransaction'];

/**
 * Entry points of an ABI.
 * @example const name: EntryPoint<typeof REGISTRY_ABI> = 'is_valid';
 */
export type EntryPoint<TAbi extends TypedAbi> = string & keyof Listed<Populates<TAbi>>;

/**
 * What an entry point takes, in order.
 * @example const args: ArgumentsOf<typeof REGISTRY_ABI, 'is_valid'> = [statement];
 */
export type ArgumentsOf<TAbi extends TypedAbi, Name extends EntryPoint<TAbi>> = Populates<TAbi>[Name] extends (
  ...args: infer Args extends readonly unknown[]
) => unknown
  ? Args
  : never;

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly state_mutability?: string;
  readonly items?: readonly Entry[];
}

/**
 * A call of a contract for `account.execute`, or for `verifyAndClaim`.
 * @param args what the ABI says that the entry point takes
 * @throws usage ZK0748 for arguments that the ABI does not take
 * @example const call = await contractCall(REGISTRY_ABI, contract, 'is_valid', [statement]);
 */
export async function contractCall<const TAbi extends TypedAbi, Name extends EntryPoint<TAbi>>(
  abi: TAbi,
  contract: bigint,
  entrypoint: Name,
  args: ArgumentsOf<TAbi, Name>,
): Promise<Call> {
  const { CallData } = await starknetPackage();
  try {
    const calldata = new CallData(abi as unknown as Abi);
    const entries = (abi as readonly Entry[]).flatMap((entry) => entry.items ?? [entry]);
    const kind = entries.find(({ type, name }) => type === 'function' && name === entrypoint)?.state_mutability;
    calldata.validate((kind === 'view' ? 'CALL' : 'INVOKE') as ValidateType, entrypoint, [...args] as RawArgsArray);
    return { contractAddress: hex(contract), entrypoint, calldata: calldata.compile(entrypoint, [...args] as RawArgsArray) };
  } catch (cause) {
    throw usage('ZK0748', {
      what: `${entrypoint} does not take these arguments`,
      why: String((cause as Error).message).slice(0, 300),
      fix: 'see the inputs of that entry point in the ABI',
      cause,
    });
  }
}

/** felts that an account adds for each call: whose contract, which entry point, how many felts */
const CALL_FELTS = 3;

/** @throws usage ZK0733 where the calls do not fit one transaction */
export function requireOneTransaction(calls: readonly Call[]): void {
  const felts = calls.reduce((sum, { calldata }) => sum + CALL_FELTS + (calldata as readonly unknown[]).length, 1);
  if (felts <= MAX_CALLDATA) return;
  throw usage('ZK0733', {
    what: `${calls.length} calls need ${felts} felts of calldata, a transaction takes ${MAX_CALLDATA}`,
    why: calls.map(({ entrypoint, calldata }) => `${entrypoint} ${(calldata as readonly unknown[]).length}`).join(', '),
    fix: 'verify first, then claim in a transaction of its own: `verifyAndClaim` without a claim, and again with it',
  });
}
