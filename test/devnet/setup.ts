// A devnet for each worker of this folder's tests, with the registry deployed. Caveat: the classes are built first, half a minute each where they
// are not in the cache.
import type { TestProject } from 'vitest/node';
import { buildClass, CLASSES, VECTOR_CLASS } from '../../contracts/class/compile.ts';
import { connect, deploy } from '../../contracts/client/chain.ts';
import { type Devnet, startDevnet } from '../../contracts/devnet/node.ts';
import { firstAccount } from './accounts.ts';
import type { Network } from './network.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const registryClass = await buildClass('registry');
  for (const name of Object.keys(CLASSES)) await buildClass(name);
  await buildClass('vectors', VECTOR_CLASS);
  const devnets: Devnet[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(devnets.map((devnet) => devnet.stop()));
  };
  try {
    const networks: Network[] = [];
    for (let lane = 0; lane < Number(project.vitest.config.maxWorkers); lane++) {
      const devnet = await startDevnet();
      devnets.push(devnet);
      const chain = await connect(`${devnet.url}/rpc`, await firstAccount(devnet.url));
      const { address, declareGas } = await deploy(chain, registryClass);
      networks.push({ url: devnet.url, registry: address.toString(), declareGas });
    }
    project.provide('networks', networks);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
