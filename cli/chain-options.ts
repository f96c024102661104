// Options of the commands that talk to Starknet. Caveat: no option takes a key.

import type { OptionSpec } from './command.ts';
export const CHAIN_OPTIONS = {
  rpc: { type: 'string', describe: 'address of a Starknet node, JSON-RPC 0.10; default: ZKVM_RPC' },
  keystore: {
    type: 'string',
    describe: 'JSON file {"address", "privateKey"} of the account, readable by you alone; default: ZKVM_ACCOUNT, ZKVM_PRIVATE_KEY',
  },
} as const satisfies Record<string, OptionSpec>;

export const CONTRACT_OPTION = {
  type: 'string',
  describe: 'address of the deployed registry; default: ZKVM_CONTRACT',
} as const satisfies OptionSpec;
