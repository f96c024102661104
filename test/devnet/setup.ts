// One devnet for all tests of this folder, with the registry deployed. Caveat: the classes are built first, half a minute each where they
// are not in the cache.
import type { TestProject } from 'vitest/node';
import { buildClass, CLASSES, VECTOR_CLASS } from '../../contracts/class/compile.ts';
import { connect, deploy } from '../../contracts/client/chain.ts';
import { startDevnet } from '../../contracts/devnet/node.ts';
import { firstAccount } from './accounts.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const registryClass = await buildClass('registry');
  for (const name of Object.keys(CLASSES)) await buildClass(name);
  await buildClass('vectors', VECTOR_CLASS);
  const devnet = await startDevnet();
  try {
    const account = await firstAccount(devnet.url);
    const chain = await connect(`${devnet.url}/rpc`, account);
    const { address, declareGas } = await deploy(chain, registryClass);
    project.provide('devnetUrl', devnet.url);
    project.provide('registry', address.toString());
    project.provide('declareGas', declareGas);
  } catch (error) {
    await devnet.stop();
    throw error;
  }
  return () => devnet.stop();
}

declare module 'vitest' {
  export interface ProvidedContext {
    devnetUrl: string;
    registry: string;
    declareGas: number;
  }
}
