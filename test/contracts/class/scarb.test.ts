// The Scarb package as text: what is generated is that of the sources, every file is a module, its chapter keeps what it promises. It is compiled and run in
// test/devnet/scarb.test.ts.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { itemsOf, scarbExamples, scarbFiles, scarbText } from '../../../contracts/class/scarb.ts';
import { shippedClass } from '../../../contracts/class/shipped.ts';

const CONTRACTS = path.join(import.meta.dirname, '../../../contracts');
const read = (name: string): string => fs.readFileSync(path.join(CONTRACTS, name), 'utf8');

describe('zkvm_starknet', () => {
  test.each(Object.entries(scarbFiles()))('%s is what contracts/cairo gives; if not: npm run gen', (file, text) => {
    expect(read(file)).toBe(text);
  });

  test('items of a source are found with their attributes and comments; a change of one is seen, another item is not', () => {
    const source = read('cairo/consumers/proven.cairo');
    const items = itemsOf(source);
    expect(items.get('argmax')).toMatch(/^\/\/\/ index of the first largest number\nfn argmax/);
    expect(items.get('IToken')).toMatch(/^#\[starknet::interface\]\ntrait IToken/);
    const forged = itemsOf(source.replace('*numbers.at(i) > *numbers.at(best)', '*numbers.at(i) < *numbers.at(best)'));
    expect(forged.get('argmax')).not.toBe(items.get('argmax'));
    expect(forged.get('elements')).toBe(items.get('elements'));
  });

  test('the ABI beside it is that of the registry; if not: npm run build:contracts -- --write', () => {
    expect(JSON.parse(read('scarb/abi/registry.json'))).toEqual(shippedClass('registry').contract.abi);
  });

  test('every file is a module of the library, and of the text that is compiled', () => {
    const names = fs.readdirSync(path.join(CONTRACTS, 'scarb/src')).map((file) => path.basename(file, '.cairo'));
    const modules = [...read('scarb/src/lib.cairo').matchAll(/^pub mod (\w+);/gm)].map(([, name]) => name!);
    expect(modules.sort()).toEqual(names.filter((name) => name !== 'lib').sort());
    for (const name of modules) expect(scarbText()).toContain(`pub mod ${name} {`);
    expect(scarbText(scarbExamples()[0]!)).not.toContain('pub mod mock {');
  });

  test('it has the version of this one', () => {
    const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };
    expect(read('scarb/Scarb.toml')).toContain(`\nversion = "${version}"\n`);
    expect(read('scarb/README.md')).toContain(`--tag v${version}`);
  });

  test('its first contract has thirty lines', () => {
    const [gate, ...more] = scarbExamples();
    expect(gate!.trim().split('\n').length).toBeLessThanOrEqual(30);
    expect(more).toHaveLength(1);
  });
});
