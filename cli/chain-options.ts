// Options of the commands that talk to Starknet. Caveat: no option takes a key.

import type { OptionSpec } from './command.ts';
export const CHAIN_OPTIONS = {
  rpc: { type: 'string', describe: 'address of a Starknet node, JSON-RPC 0.10; default: ZKVM_RPC' },
  'rpc-timeout': {
    type: 'number',
    describe: 'seconds that the node may take for an answer; default 20 (ZKVM_RPC_TIMEOUT); 6 times that to execute, 30 times to declare',
  },
  keystore: {
    type: 'string',
    describe: 'JSON file {"address", "privateKey"} of the account, readable by you alone; default: ZKVM_ACCOUNT, ZKVM_PRIVATE_KEY',
  },
} as const satisfies Record<string, OptionSpec>;

/** of them, those of a command that only reads */
export const NODE_OPTIONS = { rpc: CHAIN_OPTIONS.rpc, 'rpc-timeout': CHAIN_OPTIONS['rpc-timeout'] } as const satisfies Record<
  string,
  OptionSpec
>;

/** what gas and STRK cost, for an estimate */
export const PRICE_OPTIONS = {
  'gas-price': { type: 'string', describe: 'fri (10^-18 STRK) a unit of L2 gas, for what a verification on Starknet costs; or --rpc' },
  'strk-price': { type: 'number', describe: 'USD a STRK, for that cost in USD' },
} as const satisfies Record<string, OptionSpec>;

/** of what a contract may be before it is believed */
export const CLASS_OPTION = {
  type: 'string',
  describe: 'class hash that the contract must have, instead of one that this version knows: you trust it, and who deployed it',
} as const satisfies OptionSpec;

export const CONTRACT_OPTION = {
  type: 'string',
  describe: 'address of the deployed registry; default: ZKVM_CONTRACT',
} as const satisfies OptionSpec;
