// `zkvm/starknet`: proofs and records as calldata of the registry contract, and clients that send them with a key or through a wallet. Source: calldata.ts,
// chain.ts, verification.ts.
// Caveat: sending needs the package `starknet`, which is loaded with the first connection; calldata need nothing.
import { PROFILES } from '../../fri/pcs/profile.ts';
import type { Verifiable } from '../../vm/library/verifying.ts';
import { flatCalldata, verifyCall as provenCall, registerCalldata } from './calldata.ts';
import { type SessionCalls, sessionOf } from './session.ts';

/**
 * Calldata of `verify` for a proof of profile `chain` in one shard. The proof is verified first.
 * @throws ZkvmError kind `rejected` for a proof that is not accepted; usage ZK0733 for one that is too large for a transaction
 * @example await invoke(chain, [{ contract, entrypoint: 'verify', calldata: await verifyCalldata(proof, record) }]);
 */
export async function verifyCalldata(proof: Uint8Array, against: Verifiable | PromiseLike<Verifiable>): Promise<bigint[]> {
  const model = await (await against).verifiable(PROFILES.chain);
  return flatCalldata(provenCall(model, proof).call);
}

/**
 * The transactions that verify a proof of profile `chain` in several shards. The proof is verified first.
 * @throws ZkvmError kind `rejected` for a proof that is not accepted, or of one shard; usage ZK0733 for a shard that is too large for a transaction
 * @example const steps = await verifySession(chain, contract, await sessionCalls(proof, record));
 */
export async function sessionCalls(proof: Uint8Array, against: Verifiable | PromiseLike<Verifiable>): Promise<SessionCalls> {
  const model = await (await against).verifiable(PROFILES.chain);
  return sessionOf(model, proof).calls;
}

/**
 * Calldata of `register_model`.
 * @throws ZkvmError usage ZK0734 for a model that is too large for the contract
 * @example await invoke(chain, [{ contract, entrypoint: 'register_model', calldata: await registrationCalldata(model.record) }]);
 */
export async function registrationCalldata(against: Verifiable | PromiseLike<Verifiable>): Promise<bigint[]> {
  return registerCalldata((await (await against).verifiable(PROFILES.chain)).record);
}

export { REGISTRY_ABI } from '../class/abi.ts';
export { type ChainContext, contextBytes } from './calldata.ts';
export { type ArgumentsOf, contractCall, type EntryPoint, type TypedAbi } from './calls.ts';
export { type Chain, type Credentials, connect, invoke, type Receipt } from './chain.ts';
export { type FactEvent, type FactFilter, factEvents } from './events.ts';
export { isFact, originOf } from './facts.ts';
export { chainName, type Invocation, type Node, type NodeOptions, openNode, view } from './node.ts';
export type { CalldataPart, CalldataPartName } from './parts.ts';
export { type Quote, quote } from './quote.ts';
export { type SessionCalls, type SessionStep, verifySession } from './session.ts';
export { firstRegistry, requireRegistry } from './trust.ts';
export { inputFelts, register, type SendOptions, type Verification, verification, verifyAndClaim, verifyCall } from './verification.ts';
export { type AccountWallet, type StandardWallet, type Wallet, type WalletApi, type WalletQuestion, walletAddress } from './wallet.ts';
