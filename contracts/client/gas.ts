// What a verification in one transaction will cost, before there is a proof: Sierra gas from the felts of the call, and that at a price. Source: measured
// on devnet, metered as the network does (README "On Starknet"); test/devnet/models.test.ts holds it against what is paid. Caveat: for proofs
// of one shard; gas moves by some per cent with the drawn positions, prices with the network.
import { FRI_PER_STRK, strkText } from './fees.ts';

/** Sierra gas: of every call, of a felt of the proof, of an element of inputs and outputs */
const GAS = { call: 11_300_000, proofFelt: 49_500, element: 14_000 } as const;

/** what decides the gas of a call */
export interface CallSize {
  proofFelts: number;
  /** elements of the inputs and outputs */
  elements: number;
}

/** Sierra gas of `verify`. */
export const verifyGas = ({ proofFelts, elements }: CallSize): number =>
  Math.round(GAS.call + GAS.proofFelt * proofFelts + GAS.element * elements);

/** Gas at a price. */
export interface Priced {
  sierraGas: number;
  /** fri a unit of gas */
  gasPriceFri: bigint;
  costFri: bigint;
  /** undefined without a price of STRK */
  usd: number | undefined;
}

/** @param strkPrice USD a STRK */
export function priced(sierraGas: number, gasPriceFri: bigint, strkPrice: number | undefined): Priced {
  const costFri = BigInt(sierraGas) * gasPriceFri;
  const usd = strkPrice === undefined ? undefined : (Number(costFri) / Number(FRI_PER_STRK)) * strkPrice;
  return { sierraGas, gasPriceFri, costFri, usd };
}

export const pricedText = ({ costFri, usd }: Priced): string =>
  `${strkText(costFri)}${usd === undefined ? '' : `, ${Number(usd.toPrecision(2))} USD`}`;
