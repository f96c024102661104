// Whether the contract at an address is a registry that may be believed: its class is one that this version knows and does not refuse, and it was
// deployed as that class. Source: contracts/class/known.ts. Caveat: the class that stands at an address now says nothing of who wrote its storage:
// a contract can fill it with facts and then replace its class. So the address itself must follow from the class and a small salt, as `zkvm
// deploy` makes it; who gives a class by name takes that on himself.
import { CLASS_HASHES } from '../class/hashes.ts';
import { KNOWN_CLASSES, type KnownClass } from '../class/known.ts';
import { chainError, toChainError } from './errors.ts';
import { hex, type Node, starknetPackage } from './node.ts';

/** A registry's address is that of one of these salts, deployed by nobody in particular: so it says its first class. */
export const REGISTRY_SALTS = 16;

/** The address of a class deployed with a salt, no arguments and no deployer's name. */
export async function registryAddress(classHash: bigint, salt: number): Promise<bigint> {
  const { hash } = await starknetPackage();
  return BigInt(hash.calculateContractAddressFromHash(hex(BigInt(salt)), hex(classHash), [], 0));
}

/**
 * The address at which `zkvm deploy` puts the first registry of this version, on any chain.
 * @example const registry = await firstRegistry();
 */
export const firstRegistry = (): Promise<bigint> => registryAddress(CLASS_HASHES.registry.classHash, 0);

/** The class at an address; undefined where there is no contract. */
export async function classHashAt({ provider, url }: Node, contract: bigint): Promise<bigint | undefined> {
  try {
    return BigInt(await provider.getClassHashAt(hex(contract)));
  } catch (error) {
    const told = toChainError(error, url);
    if (told.code === 'ZK0703') return undefined;
    throw told;
  }
}

async function wasDeployedAs(contract: bigint, classHash: bigint): Promise<boolean> {
  for (let salt = 0; salt < REGISTRY_SALTS; salt++) if ((await registryAddress(classHash, salt)) === contract) return true;
  return false;
}

/**
 * The class of a registry that may be believed, before anything is sent to it.
 * @param expected the class that it must have, given by who knows it; without it one that this version knows
 * @throws ZK0703 without a contract, ZK0735 for another class, ZK0736 for one that is refused, ZK0743 for one that was deployed as something else
 * @example await requireRegistry(chain, contract);
 */
export async function requireRegistry(node: Node, contract: bigint, expected?: bigint): Promise<bigint> {
  const classHash = await classHashAt(node, contract);
  if (classHash === undefined)
    throw chainError('ZK0703', 'there is no such contract on this chain', hex(contract), 'check --contract, or zkvm deploy');
  const known: KnownClass | undefined = KNOWN_CLASSES.find((each) => each.classHash === classHash);
  if (known?.refused)
    throw chainError(
      'ZK0736',
      `the registry at ${hex(contract)} is of an earlier version: ${known.version}`,
      `class ${hex(classHash)}: ${known.refused}`,
      '`zkvm deploy` makes one of this version; register the model and prove again with a context for it',
    );
  if (expected !== undefined ? classHash !== expected : !known)
    throw chainError(
      'ZK0735',
      expected === undefined
        ? `the contract at ${hex(contract)} is no registry that this version knows`
        : `the contract at ${hex(contract)} is not of class ${hex(expected)}`,
      `its class is ${hex(classHash)}; nothing was sent`,
      'check --contract; a class that you know to be sound is taken with --class HASH',
    );
  if (expected === undefined && !(await wasDeployedAs(contract, classHash)))
    throw chainError(
      'ZK0743',
      `nothing shows that the contract at ${hex(contract)} was a registry from its first day`,
      'its class is known, but its address is none that `zkvm deploy` gives this class: another class may have filled its storage before',
      `\`zkvm deploy\` makes one whose address says its class; if you know who deployed this one: --class ${hex(classHash)}`,
    );
  return classHash;
}
