// The classes that ship are what the compilers make of the sources: built again and compared felt for felt, with both hashes. They are declared as they
// ship, without CASM; a hash of another CASM is refused by the node.
import { beforeAll, describe, expect, test } from 'vitest';
import { buildClass, CLASSES } from '../../contracts/class/compile.ts';
import { CLASS_HASHES, type ClassName } from '../../contracts/class/hashes.ts';
import { shippedClass } from '../../contracts/class/shipped.ts';
import { hashesOf } from '../../contracts/class/write.ts';
import { type Chain, connect, declare, deploy, view } from '../../contracts/client/chain.ts';
import { starknetPackage } from '../../contracts/client/node.ts';
import { firstAccount } from './accounts.ts';
import { network } from './network.ts';

const names = Object.keys(CLASSES) as ClassName[];

describe('the classes that ship', () => {
  test.each(names)('%s is what its sources give; if not: npm run build:contracts -- --write', async (name) => {
    const built = await buildClass(name);
    expect(shippedClass(name).contract).toEqual(built.contract);
    expect(await hashesOf(built)).toEqual(CLASS_HASHES[name]);
  });

  test('another CASM and another program have other hashes', async () => {
    const built = await buildClass('oracle');
    const { bytecode } = built.casm;
    const casm = { ...built.casm, bytecode: bytecode.map((felt, i) => (i === 9 ? `0x${(BigInt(felt) + 1n).toString(16)}` : felt)) };
    const { classHash, compiledClassHash } = await hashesOf({ ...built, casm });
    expect(classHash).toBe(CLASS_HASHES.oracle.classHash);
    expect(compiledClassHash).not.toBe(CLASS_HASHES.oracle.compiledClassHash);
  });

  describe('on a chain', () => {
    let chain: Chain;
    beforeAll(async () => {
      const url = network().url;
      chain = await connect(`${url}/rpc`, await firstAccount(url));
    });

    test('a hash of another CASM is refused, its own is taken', async () => {
      const { hashes, contract, ...rest } = shippedClass('airdrop');
      // a class that no other test has declared: one more type in its interface
      const other = { ...contract, abi: [...(contract.abi as unknown[]), { type: 'struct', name: 'zkvm::Another', members: [] }] };
      const { hash } = await starknetPackage();
      const classHash = BigInt(hash.computeContractClassHash(other as never));
      const offered = (added: bigint) =>
        declare(chain, {
          ...rest,
          contract: other,
          hashes: { ...hashes!, classHash, compiledClassHash: hashes!.compiledClassHash + added },
        });
      await expect(offered(1n)).rejects.toThrow(/compiled class hash/i);
      expect((await offered(0n)).classHash).toBe(classHash);
    });

    test('the one that ships is taken, and works', async () => {
      const { address, classHash } = await deploy(chain, shippedClass('oracle'), [1n, 2n, 0n, 0n, 3n, 0n, 10n, 60n]);
      expect(classHash).toBe(CLASS_HASHES.oracle.classHash);
      expect(await view(chain, { contract: address, entrypoint: 'believes', calldata: [] })).toEqual([1n, 2n]);
    });
  });
});
