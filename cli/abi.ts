// `zkvm abi`: the ABI of a contract of this version, as JSON, or as a module of which TypeScript takes names and types (`zkvm/starknet`, contractCall).
// Source: the classes as they ship (contracts/class/built). Caveat: names of types have the path that the compiler gave; what a contract at an
// address is, its class says.
import { shippedClass } from '../contracts/class/shipped.ts';
import type { Command } from './commands.ts';

export const run: Command<'abi'> = async (args, terminal) => {
  const name = args.options.consumer ?? 'registry';
  const abi = shippedClass(name).contract.abi as readonly unknown[];
  if (!args.options.typescript) {
    terminal.json(abi);
    return 0;
  }
  terminal.out([
    `// The ABI of the ${name}: \`zkvm abi${args.options.consumer ? ` --consumer ${name}` : ''} --typescript\`.`,
    `export const ${name.toUpperCase()}_ABI = [`,
    ...abi.map((entry) => `  ${JSON.stringify(entry)},`),
    '] as const;',
  ]);
  return 0;
};
