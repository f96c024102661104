// What a page does between a proof and a payment, with whatever wallet its visitor has: who he is, a proof in his name, then verification and the claim
// of the airdrop in one transaction that he signs once. Source: contracts/README.md "For who writes a dApp". Caveat: the airdrop pays the score that its
// model gives to activity which its sponsor committed to; neither page nor proof says whether that activity is genuine.
import {
  contextBytes,
  contractCall,
  type FactEvent,
  factEvents,
  type Node,
  type Receipt,
  verification,
  verifyAndClaim,
  type Wallet,
  walletAddress,
} from '../../contracts/client/starknet.ts'; // 'zkvm/starknet' in a project of yours
import type { Model, ModelTensors, Prover } from '../../index.ts'; // 'zkvm' in a project of yours
import { AIRDROP_ABI } from './airdrop-abi.ts';

/** Where an airdrop stands. */
export interface Place {
  node: Node;
  /** get-starknet's `connect()`, a wallet of the wallet standard, or an account of starknet.js */
  wallet: Wallet;
  registry: bigint;
  airdrop: bigint;
}

/** Claims what the visitor's activity is worth. `path` leads from his leaf to the airdrop's root; none where he is alone in the tree. */
export async function claim(
  { node, wallet, registry, airdrop }: Place,
  prover: Prover,
  model: Model,
  activity: ModelTensors,
  path: bigint[] = [],
  onSent?: (transactionHash: string) => void,
): Promise<Receipt | undefined> {
  const caller = await walletAddress(node, wallet); // asks him to connect, and fails on another chain, before anything is proved
  const context = contextBytes({ chainId: node.chainId, contract: registry, caller, nonce: 0n, extra: [airdrop] });
  const { proof } = await prover.prove(model, activity, { profile: 'chain', context });
  const proven = await verification(proof, model, registry);
  const call = await contractCall(AIRDROP_ABI, airdrop, 'claim', [proven.inputs, proven.outputs, path]);
  return verifyAndClaim(node, wallet, proven, [call], onSent ? { onSent } : {});
}

/** What this visitor proved with a model, oldest first. */
export async function proofsOf({ node, wallet, registry }: Place, modelId: bigint): Promise<FactEvent[]> {
  const list: FactEvent[] = [];
  for await (const event of factEvents(node, registry, { modelId, caller: await walletAddress(node, wallet) })) list.push(event);
  return list;
}
