// What a verification would use and cost, asked before anybody signs. Source: the node's estimate and the balance of the account that the proof names.
// Caveat: an estimate is of the block in which it was asked; what is paid is up to the bounds (fees.ts).
import type { Call } from 'starknet';
import { MAX_L2_GAS, toChainError } from './errors.ts';
import { balanceOf, boundsOf, costOf } from './fees.ts';
import type { Node } from './node.ts';
import { askingAccount, estimateOf } from './transaction.ts';
import type { Verification } from './verification.ts';

/**
 * What a transaction would cost; fees in fri (10^-18 STRK).
 * @example const { l2Gas, feeFri, mostFri, balanceFri }: Quote = await quote(node, proven);
 */
export interface Quote {
  l2Gas: bigint;
  /** at the node's price now */
  feeFri: bigint;
  /** with the margin that the network wants the account to hold */
  mostFri: bigint;
  /** of the account; undefined on a chain without the token */
  balanceFri: bigint | undefined;
}

/**
 * What verifying would cost the account that the proof names, with these calls behind it. No wallet is asked.
 * @throws chain errors with exit code 7, among them the contract's own reason to refuse
 * @example const { feeFri, balanceFri } = await quote(node, proven);
 */
export async function quote(node: Node, { call, context }: Verification, claims: readonly Call[] = []): Promise<Quote> {
  const account = await askingAccount(node, context.caller);
  try {
    const estimate = await estimateOf(node, { account, signs: false }, [call, ...claims]);
    const balanceFri = await balanceOf(node, context.caller);
    return {
      l2Gas: estimate.l2_gas.max_amount,
      feeFri: costOf(estimate),
      mostFri: costOf(boundsOf(estimate, MAX_L2_GAS)),
      balanceFri,
    };
  } catch (error) {
    throw toChainError(error, node.url);
  }
}
