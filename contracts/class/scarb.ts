// The Scarb package contracts/scarb: its files that follow from contracts/cairo (`npm run gen` writes them), and its files as one text, for the compiler
// that takes one. Source: contracts/cairo/registry-interface.cairo, consumers/proven.cairo. Caveat: items are found by their first and last line, as
// these sources are formatted, and everything is made public.
import fs from 'node:fs';
import path from 'node:path';
import { bug } from '../../fri/core/errors.ts';

const CONTRACTS = path.join(import.meta.dirname, '..');
const read = (name: string): string => fs.readFileSync(path.join(CONTRACTS, name), 'utf8');

/** Top-level items of a Cairo text by name, each with the attributes and comments before it. */
export function itemsOf(text: string): Map<string, string> {
  const items = new Map<string, string>();
  let open: string[] = [];
  let name: string | undefined;
  for (const line of text.split('\n')) {
    if (/^(\/\/(?!\/)|use )/.test(line) || (line === '' && name === undefined)) {
      open = [];
      continue;
    }
    open.push(line);
    name ??= /^(?:pub )?(?:fn|trait|struct) (\w+)/.exec(line)?.[1];
    if (line !== '}' || name === undefined) continue;
    items.set(name, open.join('\n'));
    open = [];
    name = undefined;
  }
  return items;
}

/** an item that other crates see, fields of a struct included */
const published = (item: string): string => {
  const visible = item.replace(/^(?:pub )?(fn|trait|struct) /m, 'pub $1 ');
  return /^pub struct/m.test(visible) ? visible.replace(/^ {4}(?:pub )?(\w+): /gm, '    pub $1: ') : visible;
};

function chosen(file: string, names: readonly string[]): string {
  const items = itemsOf(read(file));
  return names
    .map((name) => {
      const item = items.get(name);
      if (item === undefined) throw bug(`contracts/${file} has no ${name}`);
      return published(item);
    })
    .join('\n\n');
}

const head = (what: string, source: string, caveat: string): string =>
  `// ${what}\n// Generated from contracts/cairo/${source} (npm run gen): do not edit. Caveat: ${caveat}\n`;

/** the generated files, by path under contracts/ */
export const scarbFiles = (): Record<string, string> => ({
  'scarb/src/registry.cairo': `${head(
    "The registry's interface. Tensors come packed, 8 elements a felt, each tensor a group; a context is chain id, registry, caller, nonce and what you add.",
    'registry-interface.cairo and generated/sizes.cairo',
    'the order of the fields is their order in calldata.',
  )}${chosen('cairo/generated/sizes.cairo', ['ProofSizes', 'Instance'])}\n\n${chosen('cairo/registry-interface.cairo', ['IRegistry'])}\n`,
  'scarb/src/numbers.cairo': `${head(
    'What a packed tensor says: its numbers, and which is the largest.',
    'consumers/proven.cairo',
    'integers of the model, which compare only where all elements have one scale.',
  )}use core::traits::DivRem;\n\n${chosen('cairo/consumers/proven.cairo', ['elements', 'argmax'])}\n`,
  'scarb/src/proven.cairo': `${head(
    'Whether a statement is a fact, in a context that only the present caller could have used.',
    'consumers/proven.cairo',
    'the nonce is yours: without a new one, or a mark that it was used, a proof counts twice.',
  )}use starknet::{ContractAddress, get_caller_address, get_contract_address, get_tx_info};
use super::registry::{IRegistryDispatcher, IRegistryDispatcherTrait};

${chosen('cairo/consumers/proven.cairo', ['require_proven'])}\n`,
});

/** modules of the package, in the order of lib.cairo */
const modules = (): string[] => [...read('scarb/src/lib.cairo').matchAll(/^pub mod (\w+);/gm)].map(([, name]) => name!);

const indented = (text: string): string => text.replace(/^(?=.)/gm, '    ');

/**
 * A contract that uses the package, as one text: the package's files as modules before it.
 * @param own the contract's file; the package's mock registry where it is not given
 */
export function scarbText(own?: string): string {
  const kept = modules().filter((name) => own === undefined || name !== 'mock');
  const parts = kept.map((name) => `pub mod ${name} {\n${indented(read(`scarb/src/${name}.cairo`))}}\n`);
  // one text is one crate: inside the contract's module the package is a neighbour of that module
  const contract = (own ?? '').replace(/^( +)use zkvm_starknet::/gm, '$1use super::zkvm_starknet::');
  return `pub mod zkvm_starknet {\n${indented(parts.join('\n'))}}\n\n${contract}`;
}

/** the Cairo examples of the package's chapter */
export const scarbExamples = (): string[] => [...read('scarb/README.md').matchAll(/^```cairo\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);

/** the package's own contract for tests */
export const scarbHelpers = (): string => read('scarb/tests/helpers.cairo');
