// `zkvm deploy`: declares the registry's class, or a consumer's, unless the chain has it, and deploys an instance. Source: DESIGN §10. The classes are
// files of this package, so nothing is compiled. Caveat: one registry serves every model; deploy your own only if there is none on the chain.

import { CLASS_HASHES } from '../contracts/class/hashes.ts';
import { usage } from '../fri/core/errors.ts';
import { hexFelt, openChain, parseFelt } from './chain.ts';
import type { Command } from './commands.ts';
import { constructorCalldata } from './constructor.ts';

export const run: Command<'deploy'> = async (args, terminal) => {
  const { class: declared, consumer, arg, json } = args.options;
  const name = consumer ?? 'registry';
  const known = declared === undefined ? undefined : parseFelt(declared, '--class');
  const { parameters, sierraFelts, classHash: own } = CLASS_HASHES[name];
  const calldata = constructorCalldata(name, parameters, arg);
  if (known !== undefined && consumer !== undefined && known !== own)
    throw usage('ZK0870', { what: `--class is no ${consumer} of this version`, fix: `leave --class out, or give ${hexFelt(own)}` });
  const chain = await openChain(args);
  const { deploy, deployClass } = await import('../contracts/client/chain.ts');
  let deployed: { address: bigint; classHash: bigint; declareGas: number };
  if (known === undefined) {
    const { shippedClass } = await import('../contracts/class/shipped.ts');
    terminal.say(`declaring ${name}, ${sierraFelts} felts of Sierra, unless the chain has it, and deploying`);
    deployed = await deploy(chain, shippedClass(name), calldata);
  } else deployed = { address: await deployClass(chain, known, calldata), classHash: known, declareGas: 0 };
  const { address, classHash, declareGas } = deployed;
  const result = { contract: hexFelt(address), classHash: hexFelt(classHash), chainId: hexFelt(chain.chainId), declareL2Gas: declareGas };
  const next = consumer === undefined ? `export ZKVM_CONTRACT=${result.contract}` : `zkvm register model.zkb --extra ${result.contract}`;
  if (json) terminal.json(result);
  else terminal.out([`contract    ${result.contract}`, `class hash  ${result.classHash}`, `next: ${next}`]);
  return 0;
};
