// What the published JavaScript is joined to: entries stay, what two of them load is there once, what comes later and what asks where it lies stays apart. Source:
// bench/parts.ts. Caveat: a few files of one line; check:package looks at all of ours.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtImports, joinParts } from '../../bench/parts.ts';
import { temporaryFolder } from '../cli/capture.ts';

/** no import of this file */
const LATER = './in/later.js';
const FILES: Readonly<Record<string, string>> = {
  'one.js': `import {a} from "./in/a.js";import {b} from "./in/b.js";export const one=a+b;export const later=()=>import("${LATER}");`,
  'two.js': 'import {b} from "./in/b.js";export const two=b;',
  'in/a.js': 'export const a="only the first";',
  'in/b.js': 'import {c} from "./c.js";export const b="both"+c;',
  'in/c.js': 'export const c=" and below";',
  'in/later.js': 'import {own} from "./place.js";export const later="imported later";export const where=own;',
  'in/place.js': 'export const own=import.meta.url;',
};

const folder = temporaryFolder();
beforeAll(async () => {
  fs.mkdirSync(folder.at('in'));
  fs.writeFileSync(folder.at('package.json'), '{"type": "module"}');
  for (const [name, text] of Object.entries(FILES)) folder.write(name, text);
  await joinParts(folder.at(''), ['one.js', 'two.js']);
});
afterAll(folder.remove);

const names = (): string[] => fs.readdirSync(folder.at(''), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
const holders = (text: string): string[] => names().filter((name) => fs.readFileSync(folder.at(name), 'utf8').includes(text));

test('what one entry loads is in it, what both load is in one part', () => {
  expect(holders('only the first')).toEqual(['one.js']);
  const [shared, ...others] = holders('both');
  expect(others).toEqual([]);
  expect(path.dirname(shared!)).toBe('parts');
  expect(holders(' and below')).toEqual([shared]);
});

test('what is imported later is no part of who imports it, and what asks where it lies lies where it lay', async () => {
  expect(holders('imported later').map((name) => path.dirname(name))).toEqual(['parts']);
  const one = (await import(/* @vite-ignore */ pathToFileURL(folder.at('one.js')).href)) as {
    one: string;
    later(): Promise<{ where: string }>;
  };
  expect(one.one).toBe('only the firstboth and below');
  expect((await one.later()).where).toBe(pathToFileURL(fs.realpathSync(folder.at('in/place.js'))).href);
});

test('no folder is left empty, and imports lead to files', () => {
  for (const name of names())
    for (const to of builtImports(fs.readFileSync(folder.at(name), 'utf8')))
      expect(fs.existsSync(path.join(folder.at(name), '..', to))).toBe(true);
  expect(fs.readdirSync(folder.at('in'))).toEqual(['place.js']);
});
