// `zkvm deploy`: declares the registry's class, unless the chain has it, and deploys an instance. Source: DESIGN §10.
// With --class nothing is built or declared. Caveat: one registry serves every model; deploy your own only if there is none on the chain.

import { hexFelt, openChain, parseFelt } from './chain.ts';
import type { Command } from './commands.ts';

export const run: Command<'deploy'> = async (args, terminal) => {
  const declared = args.options.class;
  const known = declared === undefined ? undefined : parseFelt(declared, '--class');
  const chain = await openChain(args);
  const { deploy, deployClass } = await import('../contracts/client/chain.ts');
  let deployed: { address: bigint; classHash: bigint; declareGas: number };
  if (known === undefined) {
    const { buildClass } = await import('../contracts/class/compile.ts');
    terminal.say('building the contract class (half a minute where it is new)');
    const built = await buildClass('registry');
    terminal.say(`declaring and deploying ${built.casmFelts} felts`);
    deployed = await deploy(chain, built);
  } else deployed = { address: await deployClass(chain, known), classHash: known, declareGas: 0 };
  const { address, classHash, declareGas } = deployed;
  const result = { contract: hexFelt(address), classHash: hexFelt(classHash), chainId: hexFelt(chain.chainId), declareL2Gas: declareGas };
  if (args.options.json) terminal.json(result);
  else terminal.out([`contract    ${result.contract}`, `class hash  ${result.classHash}`, `next: export ZKVM_CONTRACT=${result.contract}`]);
  return 0;
};
