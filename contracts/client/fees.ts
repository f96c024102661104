// What a transaction may cost: resource bounds from the node's estimate and price with a margin, and whether the account holds that much, before
// anything is sent. Source: Starknet documentation "Fees", version 3 transactions (paid in STRK, counted in fri, 10^-18 STRK). Caveat: what is paid
// is the price of the block that takes it, up to the bounds; where prices rise by more than the margin meanwhile, it is refused and costs nothing.
import type { ResourceBoundsBN } from 'starknet';
import type { ZkvmError } from '../../fri/core/errors.ts';
import { chainError, MAX_L2_GAS } from './errors.ts';
import { hex, type Node, view } from './node.ts';

/** the token that fees are paid in, at the same address on every network */
export const STRK_TOKEN = 0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938dn;
export const FRI_PER_STRK = 10n ** 18n;

/** what may be used and paid beyond the estimate, in per cent: state and prices move between the estimate and the block */
const MARGIN = { amount: 20n, price: 50n } as const;

/** L2 gas of a felt of class, Sierra and CASM, that is declared */
const DECLARE_GAS_PER_FELT = 40_960n;
/** what a declaration may use besides: validation, and data on L1 */
const DECLARE_BASE = { l2Gas: 50_000_000n, l1DataGas: 10_000n } as const;

const withMargin = (value: bigint, percent: bigint): bigint => value + (value * percent + 99n) / 100n;

/** fri as STRK, three digits that count */
export function strkText(fri: bigint): string {
  const strk = Number(fri) / Number(FRI_PER_STRK);
  return `${strk >= 100 ? Math.round(strk) : Number(strk.toPrecision(3))} STRK`;
}

/** what an estimate says, in fri */
export const costOf = ({ l1_gas, l2_gas, l1_data_gas }: ResourceBoundsBN): bigint =>
  [l1_gas, l2_gas, l1_data_gas].reduce((sum, { max_amount, max_price_per_unit }) => sum + max_amount * max_price_per_unit, 0n);

/** Bounds with the margin; L2 gas at most what the network lets one transaction use. */
export function boundsOf(estimate: ResourceBoundsBN, most?: bigint): ResourceBoundsBN {
  const wider = ({ max_amount, max_price_per_unit }: ResourceBoundsBN['l1_gas']): ResourceBoundsBN['l1_gas'] => ({
    max_amount: withMargin(max_amount, MARGIN.amount),
    max_price_per_unit: withMargin(max_price_per_unit, MARGIN.price),
  });
  const l2 = wider(estimate.l2_gas);
  const capped = most !== undefined && l2.max_amount > most ? most : l2.max_amount;
  return { l1_gas: wider(estimate.l1_gas), l2_gas: { ...l2, max_amount: capped }, l1_data_gas: wider(estimate.l1_data_gas) };
}

/** what the node asks for a unit of each resource now, in fri */
export interface GasPrices {
  l1Gas: bigint;
  l2Gas: bigint;
  l1DataGas: bigint;
}

/** The prices of the latest block. */
export async function gasPrices({ provider }: Pick<Node, 'provider'>): Promise<GasPrices> {
  const block = await provider.getBlockWithTxHashes('latest');
  return {
    l1Gas: BigInt(block.l1_gas_price.price_in_fri),
    l2Gas: BigInt(block.l2_gas_price.price_in_fri),
    l1DataGas: BigInt(block.l1_data_gas_price.price_in_fri),
  };
}

/** what declaring a class uses: it follows from its felts, so no node has to compile the class only to say so */
export async function declareEstimate(node: Pick<Node, 'provider'>, classFelts: number): Promise<ResourceBoundsBN> {
  const { l1Gas, l2Gas, l1DataGas } = await gasPrices(node);
  return {
    l1_gas: { max_amount: 0n, max_price_per_unit: l1Gas },
    l2_gas: { max_amount: DECLARE_GAS_PER_FELT * BigInt(classFelts) + DECLARE_BASE.l2Gas, max_price_per_unit: l2Gas },
    l1_data_gas: { max_amount: DECLARE_BASE.l1DataGas, max_price_per_unit: l1DataGas },
  };
}

/** STRK of an account, in fri; undefined on a chain without the token */
export async function balanceOf(node: Node, account: bigint): Promise<bigint | undefined> {
  try {
    const [low = 0n, high = 0n] = await view(node, { contract: STRK_TOKEN, entrypoint: 'balance_of', calldata: [account] });
    return low + (high << 128n);
  } catch (error) {
    if (['ZK0703', 'ZK0709'].includes((error as ZkvmError).code)) return undefined;
    throw error;
  }
}

/** @throws ZK0704 where the estimate is more than the transaction may use */
export function requireGas(estimate: ResourceBoundsBN, most: bigint): void {
  if (estimate.l2_gas.max_amount <= most) return;
  throw chainError(
    'ZK0704',
    `the transaction needs ${estimate.l2_gas.max_amount} L2 gas and may use ${most}`,
    'the node estimated it; nothing was sent',
    most < MAX_L2_GAS ? 'let it use more' : 'prove in shards (`zkvm prove --memory`): each has a transaction of its own',
  );
}

/** Holds the bounds against what the account has, as the network does. @throws ZK0705 with both numbers */
export async function requireBalance(node: Node, account: bigint, estimate: ResourceBoundsBN, bounds: ResourceBoundsBN): Promise<void> {
  const balance = await balanceOf(node, account);
  const most = costOf(bounds);
  if (balance === undefined || balance >= most) return;
  throw chainError(
    'ZK0705',
    `the account holds ${strkText(balance)}, and the transaction may cost ${strkText(most)}`,
    `about ${strkText(costOf(estimate))} at the node's price now, and the network wants the margin to be there; nothing was sent`,
    `send ${strkText(most - balance)} or more to ${hex(account)}`,
  );
}
