// The devnet of a worker: each has one of its own, so that two files run at a time and none sees the other's blocks, nonces or clock.
// Caveat: files of one worker run in turn on the same devnet, and share its accounts.
import { inject } from 'vitest';

/** A devnet with the registry deployed. */
export interface Network {
  url: string;
  registry: string;
  /** L2 gas that declaring the registry took */
  declareGas: number;
}

/** The devnet of this worker. */
export const network = (): Network => inject('networks')[Number(process.env.VITEST_POOL_ID) - 1]!;

declare module 'vitest' {
  export interface ProvidedContext {
    networks: Network[];
  }
}
