// The committed classes are those of the committed sources, as far as that shows without a compiler: the sources have the digest that the classes were
// built from, and the files have the hashes that are written down. test/devnet/classes.test.ts builds them again.
// Slow: class hashes as starknet.js computes them.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLASSES, codeOf, joinedSource } from '../../../contracts/class/compile.ts';
import { CLASS_HASHES, type ClassName } from '../../../contracts/class/hashes.ts';
import { KNOWN_CLASSES } from '../../../contracts/class/known.ts';
import { contractsFile, packedFile, shippedClass } from '../../../contracts/class/shipped.ts';
import { classHashOf, hashesText, isCommitted, parametersOf, sourceDigest } from '../../../contracts/class/write.ts';

const RENEW = 'if not: npm run build:contracts -- --write';
const names = Object.keys(CLASSES) as ClassName[];
const consumers = names.filter((name) => name !== 'registry');

describe('the classes that ship', () => {
  test(`are all that there are; ${RENEW}`, () => {
    expect(Object.keys(CLASS_HASHES)).toEqual(names);
    const files = fs.readdirSync(path.join(import.meta.dirname, '../../../contracts/class/built')).sort();
    expect(files).toEqual(names.map((name) => path.basename(packedFile(name))).sort());
  });

  test.each(names)(`%s is of the sources as they are; ${RENEW}`, (name) => {
    expect(CLASS_HASHES[name].source).toBe(sourceDigest(name));
  });

  test('a comment changes no source, a statement does', () => {
    const text = joinedSource('oracle');
    expect(codeOf(`// a comment\n${text}`)).toBe(codeOf(text));
    expect(codeOf(text.replace('rounds.read() + 1', 'rounds.read() + 2'))).not.toBe(codeOf(text));
  });

  test.each(names)('%s has the felts and the parameters that are written down', (name) => {
    const { contract } = shippedClass(name);
    expect(contract.sierra_program).toHaveLength(CLASS_HASHES[name].sierraFelts);
    expect(parametersOf(contract)).toEqual(CLASS_HASHES[name].parameters);
  });

  test.each(consumers)('%s has the class hash that is written down', async (name) => {
    expect(await classHashOf(shippedClass(name).contract)).toBe(CLASS_HASHES[name].classHash);
  });

  test('another program has another hash, and is not the committed one', async () => {
    const { contract } = shippedClass('oracle');
    const other = { ...contract, sierra_program: contract.sierra_program.map((felt, i) => (i === 20 ? '0x7' : felt)) };
    expect(await classHashOf(other)).not.toBe(CLASS_HASHES.oracle.classHash);
    expect(isCommitted('oracle', other)).toBe(false);
    expect(isCommitted('oracle', contract)).toBe(true);
  });

  test(`hashes.ts is as it is written; ${RENEW}`, () => {
    expect(Buffer.from(contractsFile('class/hashes.ts')).toString()).toBe(hashesText(CLASS_HASHES));
  });

  test('a parameter of a type that a command line cannot give is refused when the class is written', () => {
    const abi = [{ type: 'constructor', inputs: [{ name: 'names', type: 'core::array::Array::<core::felt252>' }] }];
    expect(() => parametersOf({ ...shippedClass('oracle').contract, abi })).toThrow('names');
  });
});

describe('the registries that are known', () => {
  const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };

  test("one is trusted: this version's", () => {
    const trusted = KNOWN_CLASSES.filter(({ refused }) => refused === undefined);
    expect(trusted).toEqual([{ classHash: CLASS_HASHES.registry.classHash, version }]);
  });

  test('those of protocol version 1 are refused by the name of the advisory', () => {
    const void1 = KNOWN_CLASSES.filter(({ refused }) => refused?.includes('advisory 2026-11'));
    expect(void1).toHaveLength(4);
    expect(KNOWN_CLASSES.every(({ refused }) => refused !== '')).toBe(true);
  });

  test('each stands there once', () => {
    const hashes = KNOWN_CLASSES.map(({ classHash }) => classHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
