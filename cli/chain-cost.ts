// What `zkvm estimate --profile chain` says of a verification on Starknet: Sierra gas, and STRK and USD at the node's price or a given one. Source:
// contracts/client/gas.ts. Caveat: nobody is asked what a STRK is worth: --strk-price says it.

import { type CallSize, type Priced, priced, pricedText, verifyGas } from '../contracts/client/gas.ts';
import { usage } from '../fri/core/errors.ts';
import { openReadOnly } from './chain.ts';
import type { NODE_OPTIONS, PRICE_OPTIONS } from './chain-options.ts';
import type { ValuesOf } from './command.ts';
import { formatCount } from './io/terminal.ts';

interface CostArguments {
  readonly options: ValuesOf<typeof NODE_OPTIONS & typeof PRICE_OPTIONS>;
}

/** fri a unit of L2 gas, and USD a STRK, as far as they are known */
export interface Prices {
  gas: bigint | undefined;
  strk: number | undefined;
}

const bad = (what: string, fix: string, where?: string): Error => usage('ZK0867', { what, fix, ...(where !== undefined && { where }) });

/**
 * The prices that were asked for; the node is asked where it is named.
 * @throws usage ZK0867 for prices that are none, or of another profile; chain errors of the node
 */
export async function pricesOf(args: CostArguments, profile: string): Promise<Prices> {
  const { rpc, 'gas-price': gasPrice, 'strk-price': strk } = args.options;
  if (rpc === undefined && gasPrice === undefined && strk === undefined) return { gas: undefined, strk };
  if (profile !== 'chain') throw bad(`a proof of profile ${profile} is not verified on Starknet`, 'give --profile chain with a price');
  if (strk !== undefined && !(strk > 0 && strk < Number.POSITIVE_INFINITY))
    throw bad('--strk-price is no price', 'USD a STRK: --strk-price 0.12');
  if (rpc !== undefined && gasPrice !== undefined) throw bad('--rpc and --gas-price both say what gas costs', 'give one');
  if (gasPrice !== undefined) {
    if (!/^[0-9]{1,30}$/.test(gasPrice) || BigInt(gasPrice) === 0n)
      throw bad('--gas-price is no price', 'fri (10^-18 STRK) a unit of L2 gas, a whole number', JSON.stringify(gasPrice.slice(0, 80)));
    return { gas: BigInt(gasPrice), strk };
  }
  if (rpc === undefined) throw bad('a price of STRK needs one of gas', 'give --rpc URL or --gas-price FRI too');
  const { gasPrices } = await import('../contracts/client/fees.ts');
  return { gas: (await gasPrices(await openReadOnly(args))).l2Gas, strk };
}

/** The gas of a call, priced where there is a price. */
export function chainCost(size: CallSize, { gas, strk }: Prices): { sierraGas: number; cost: Priced | undefined } {
  const sierraGas = verifyGas(size);
  return { sierraGas, cost: gas === undefined ? undefined : priced(sierraGas, gas, strk) };
}

export const costLines = ({ sierraGas, cost }: ReturnType<typeof chainCost>, most: bigint): string[] => [
  `gas       about ${formatCount(Math.round(sierraGas / 1e6))} M Sierra gas in one transaction, which may use ${formatCount(Number(most) / 1e6)} M`,
  cost
    ? `cost      about ${pricedText(cost)} at ${formatCount(Number(cost.gasPriceFri))} fri a unit`
    : 'cost      unknown without a price: --rpc URL or --gas-price FRI, and --strk-price USD',
];

export const costJson = ({ sierraGas, cost }: ReturnType<typeof chainCost>): Record<string, unknown> => ({
  sierraGas,
  gasPriceFri: cost ? `${cost.gasPriceFri}` : null,
  costFri: cost ? `${cost.costFri}` : null,
  costUsd: cost?.usd ?? null,
});
