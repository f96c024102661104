// A proof on its way to the chain with a wallet: the call that verifies it, and in the same transaction what a consumer does with the fact. Source:
// DESIGN §10; contracts/cairo/registry.cairo. Caveat: for proofs of one shard; one in several takes a transaction each (`verifySession`).
import type { Call } from 'starknet';
import { digestToFelt } from '../../fri/core/digest.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { givenTensors, type ModelTensors } from '../../vm/library/given.ts';
import { integersOf } from '../../vm/library/integers.ts';
import type { Verifiable } from '../../vm/library/verifying.ts';
import { type ChainContext, flatCalldata, verifyCall as provenCall, registerCalldata, tensorFelts } from './calldata.ts';
import { requireOneTransaction } from './calls.ts';
import { chainError, MAX_L2_GAS } from './errors.ts';
import { isFact, requireFact } from './facts.ts';
import { callOf, hex, type Node, view } from './node.ts';
import { type CalldataPart, partsOf } from './parts.ts';
import { type Receipt, type Sender, send } from './transaction.ts';
import { requireRegistry } from './trust.ts';
import { openWallet, type Wallet } from './wallet.ts';

/**
 * A proof as a call of `verify`, and what it says, in felts as the contract and its consumers take them.
 * @example const { call, statement, modelId, inputs, outputs, context }: Verification = await verification(proof, record, contract);
 */
export interface Verification {
  /** the registry that is to verify */
  registry: bigint;
  /** for `account.execute` */
  call: Call;
  /** what becomes a fact */
  statement: bigint;
  modelId: bigint;
  /** eight elements a felt, each tensor a group: the arguments that consumers ask for */
  inputs: bigint[];
  outputs: bigint[];
  context: ChainContext;
  /** what the felts of the call are for */
  parts: readonly CalldataPart[];
}

/**
 * Verifies a proof here and makes the call that verifies it there.
 * @throws ZkvmError kind `rejected` for a proof that is not accepted; usage ZK0731 without a context for the chain, ZK0733 for a proof that is too large
 * @example const { call, outputs } = await verification(proof, record, contract);
 */
export async function verification(
  proof: Uint8Array,
  against: Verifiable | PromiseLike<Verifiable>,
  registry: bigint,
): Promise<Verification> {
  const { call, verdict } = provenCall(await (await against).verifiable(PROFILES.chain), proof);
  const [chainId, contract, caller, nonce, ...extra] = call.context as [bigint, bigint, bigint, bigint, ...bigint[]];
  return {
    registry,
    call: callOf({ contract: registry, entrypoint: 'verify', calldata: flatCalldata(call) }),
    statement: digestToFelt(verdict.statementHash),
    modelId: call.modelId,
    inputs: call.inputs,
    outputs: call.outputs,
    context: { chainId, contract, caller, nonce, extra },
    parts: partsOf(call),
  };
}

/**
 * Inputs of a model as the contract takes them, for who commits to them or attests them before there is a proof: eight elements a felt, each tensor a
 * group, rounded as a proof has them. Their Poseidon hash is what the registry's `inputs_hash` says.
 * @throws ZkvmError ZK081x for tensors that the model does not take
 * @example const felts = await inputFelts(record, { image });
 */
export async function inputFelts(against: Verifiable | PromiseLike<Verifiable>, inputs: ModelTensors): Promise<bigint[]> {
  const { program } = await (await against).verifiable(PROFILES.chain);
  const names = program.inputs.map(({ name }) => name);
  const integers = integersOf(givenTensors(inputs, names, 'the inputs'), program.inputs, 'input', program.metadata);
  return tensorFelts(program.inputs, integers, 'input');
}

/**
 * The call that verifies a proof, for an account's own `execute`.
 * @throws as `verification`
 * @example await chain.account.execute([await verifyCall(proof, record, contract)]);
 */
export const verifyCall = async (proof: Uint8Array, against: Verifiable | PromiseLike<Verifiable>, registry: bigint): Promise<Call> =>
  (await verification(proof, against, registry)).call;

/**
 * How a wallet's transaction is sent.
 * @example await verifyAndClaim(node, chain.account, proven, [], { onSent: (hash) => console.log(hash) });
 */
export interface SendOptions {
  /** class that the registry must have, given by who knows it; without it one that this version knows */
  classHash?: bigint;
  /** hears the transaction's hash as soon as it is sent */
  onSent?: (transactionHash: string) => void;
}

/** what the contract would refuse anyway, said before the wallet is asked */
function requireOwn({ chainId }: Node, { address }: Sender, { registry, context }: Verification): void {
  const refuse = (code: 'ZK0712' | 'ZK0713' | 'ZK0714', of: string, named: bigint, found: bigint): void => {
    if (named === found) return;
    throw chainError(
      code,
      `the proof is for another ${of}`,
      `its context names ${hex(named)}, this is ${hex(found)}; nothing was sent`,
      `prove again in a context for this ${of}: contextBytes({ chainId, contract, caller, nonce, extra })`,
    );
  };
  refuse('ZK0712', 'chain', context.chainId, chainId);
  refuse('ZK0713', 'contract', context.contract, registry);
  refuse('ZK0714', 'account', context.caller, address);
}

const sendCalls = (node: Node, sender: Sender, calls: Call[], { onSent }: SendOptions): Promise<Receipt> => {
  requireOneTransaction(calls);
  return send(node, sender, calls, MAX_L2_GAS, onSent);
};

/**
 * Tells the registry of a model, once a model.
 * @returns the model's id there, and what the transaction did; undefined where the model was registered before
 * @throws ZK0734 for a model that is too large, and as `verifyAndClaim`
 * @example const { modelId } = await register(node, chain.account, record, contract);
 */
export async function register(
  node: Node,
  wallet: Wallet,
  against: Verifiable | PromiseLike<Verifiable>,
  registry: bigint,
  options: SendOptions = {},
): Promise<{ modelId: bigint; receipt: Receipt | undefined }> {
  const { id, record } = await (await against).verifiable(PROFILES.chain);
  const modelId = digestToFelt(id);
  const calldata = registerCalldata(record);
  await requireRegistry(node, registry, options.classHash);
  const [known] = await view(node, { contract: registry, entrypoint: 'is_registered', calldata: [modelId] });
  if (known === 1n) return { modelId, receipt: undefined };
  const sender = await openWallet(node, wallet);
  const call = callOf({ contract: registry, entrypoint: 'register_model', calldata });
  return { modelId, receipt: await sendCalls(node, sender, [call], options) };
}

/**
 * Verifies a proof and does what a consumer does with it in **one** transaction: the consumer asks the registry for the fact that the call before it
 * made, so both happen or neither. Asked for again, or after somebody's `verify`, it sends the claim alone.
 * @param claims calls of consumers, in order; none to verify only
 * @returns what the transaction did; undefined where there was nothing to send
 * @throws before anything is sent: ZK0735, ZK0736, ZK0743 for what is no registry, ZK0745 to ZK0747 for the wallet, ZK0712 to ZK0714 for a proof of
 * another chain, contract or account, ZK0705 with what it costs, and the contract's own reason (exit code 7); ZK0737 or ZK0742 after it
 * @example
 * const proven = await verification(proof, record, contract);
 * const claim = await contractCall(REGISTRY_ABI, contract, 'is_valid', [proven.statement]); // a consumer's call: its ABI, its address
 * await verifyAndClaim(node, chain.account, proven, [claim]);
 */
export async function verifyAndClaim(
  node: Node,
  wallet: Wallet,
  proven: Verification,
  claims: readonly Call[] = [],
  options: SendOptions = {},
): Promise<Receipt | undefined> {
  const { registry, statement, call } = proven;
  await requireRegistry(node, registry, options.classHash);
  const sender = await openWallet(node, wallet);
  requireOwn(node, sender, proven);
  const known = await isFact(node, registry, statement);
  const calls = known ? [...claims] : [call, ...claims];
  if (calls.length === 0) return undefined;
  const receipt = await sendCalls(node, sender, calls, options);
  await requireFact(node, registry, statement, receipt.transactionHash);
  return receipt;
}
