// The classes as they ship: ready to be declared without a compiler. Source: contracts/class/built, which `npm run build:contracts -- --write` makes
// of contracts/cairo. Caveat: there is no CASM in them. A declaration has its hash only, and the node compiles the Sierra program again and compares.
import fs from 'node:fs';
import path from 'node:path';
import { bug } from '../../fri/core/errors.ts';
import { CLASS_HASHES, type ClassName } from './hashes.ts';
import { unpackClass } from './packing.ts';
import type { SierraClass } from './sierra.ts';

/** What a declaration takes: a class, and either its CASM or the hashes that say what its CASM is. */
export interface DeclarableClass {
  contract: SierraClass;
  /** felts of both programs, which are paid for */
  sierraFelts: number;
  casmFelts: number;
  casm?: { bytecode: string[] } & Record<string, unknown>;
  hashes?: { classHash: bigint; compiledClassHash: bigint };
}

/** a file under contracts/, also when this one runs from dist/ */
export function contractsFile(name: string): Uint8Array {
  const candidates = ['..', '../../../contracts'].map((folder) => path.join(import.meta.dirname, folder, name));
  const file = candidates.find((each) => fs.existsSync(each));
  if (!file) throw bug(`there is no file contracts/${name}`);
  return fs.readFileSync(file);
}

/** path of a packed class under contracts/ */
export const packedFile = (name: string): string => `class/built/${name}.class`;

/** @throws ZK0725 for a file that is damaged */
export function shippedClass(name: ClassName): DeclarableClass {
  const { classHash, compiledClassHash, sierraFelts, casmFelts } = CLASS_HASHES[name];
  const contract = unpackClass(contractsFile(packedFile(name)), packedFile(name));
  return { contract, sierraFelts, casmFelts, hashes: { classHash, compiledClassHash } };
}
