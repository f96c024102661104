// `zkvm deploy`: declares the registry's class, unless the chain has it, and deploys an instance. Source: DESIGN §10.
// Caveat: one registry serves every model; deploy your own only if there is none on the chain.

import { hexFelt, openChain } from './chain.ts';
import type { Command } from './commands.ts';
import { printJson } from './terminal.ts';

export const run: Command = async (args, terminal) => {
  const chain = await openChain(args);
  const { buildClass } = await import('../../contracts/compile.ts');
  const { deploy } = await import('../../contracts/chain.ts');
  terminal.err('building the contract class (half a minute where it is new)\n');
  const built = await buildClass('registry');
  terminal.err(`declaring and deploying ${built.casmFelts} felts\n`);
  const { address, classHash, declareGas } = await deploy(chain, built);
  const result = { contract: hexFelt(address), classHash: hexFelt(classHash), chainId: hexFelt(chain.chainId), declareL2Gas: declareGas };
  if (args.flag('json')) printJson(terminal, result);
  else terminal.out(`contract    ${result.contract}\nclass hash  ${result.classHash}\nnext: export ZKVM_CONTRACT=${result.contract}\n`);
  return 0;
};
