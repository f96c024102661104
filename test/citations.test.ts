// Every section of docs/ that a source, a test or a document cites exists, and every page named *.md is in the repository.
// Caveat: a citation is found by its "§"; a page that is named without one is only held against the list of pages.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { citationsOf, type Pages, sectionsOf } from './citations.ts';

const ROOT = path.join(import.meta.dirname, '..');
/** the forms and their corrupted twins stand in these two as text */
const SELF = ['test/citations.test.ts', 'test/citations.ts'];
const SKIPPED = /^(node_modules|dist|\.git|test\/models)$/;
const READ = /\.(ts|cairo|md|py|sh|wat|wgsl)$/;

function filesBelow(folder: string): string[] {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (SKIPPED.test(file)) return [];
    if (entry.isDirectory()) return filesBelow(file);
    return READ.test(file) && !SELF.includes(file) ? [file] : [];
  });
}

const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');
const files = filesBelow('.');
/** a page's own sections need no name */
const ownPage = (file: string): string | undefined => (file === 'docs/README.md' ? undefined : /^docs\/(\w+)\.md$/.exec(file)?.[1]);
const PAGES: Pages = Object.fromEntries(
  files.flatMap((file) => {
    const page = ownPage(file);
    return page ? [[page, sectionsOf(read(file))]] : [];
  }),
);

const pagesHere = new Set(files.map((file) => path.basename(file)));
const pagesNamed = (text: string): string[] => [...text.matchAll(/\b[A-Z]{3,}\.md\b/g)].map(([page]) => page);

const cited = files.flatMap((file) => citationsOf(read(file), PAGES, ownPage(file)).map((citation) => ({ file, ...citation })));

test('every citation leads somewhere', () => {
  expect(cited.filter(({ problems }) => problems.length)).toEqual([]);
});

test('the pages are what most of them cite', () => {
  for (const page of ['AIR', 'PCS', 'DESIGN'])
    expect(cited.filter((c) => c.page === page && ownPage(c.file) === undefined).length).toBeGreaterThan(20);
});

test('every page that is named is in the repository', () => {
  const named = files.flatMap((file) => pagesNamed(read(file)).map((page) => ({ file, page })));
  expect(named.filter(({ page }) => !pagesHere.has(page))).toEqual([]);
  expect(named.length).toBeGreaterThan(100);
});

describe('each form', () => {
  const problems = (text: string, own?: string): string[] => citationsOf(text, PAGES, own).flatMap((c) => c.problems);
  test.each<[string, string, string]>([
    ['AIR.md §5.2', 'AIR.md §5.7', 'section 5 has no item 7'],
    ['AIR §7', 'AIR §27', 'no section 27'],
    ['DESIGN §3', 'DESIGN §33', 'no section 33'],
    ['DESIGN.md §3', 'HOUSE.md §3', 'no page HOUSE'],
    ['DESIGN §4-§6', 'DESIGN §9-§12', 'no section 12'],
    ['PCS.md §2, §3', 'PCS.md §2, §24', 'no section 24'],
    ['AIR.md §4 and §9 item 12 (α ≠ 0), PCS.md §9', 'AIR.md §4 and §9 item 112 (α ≠ 0), PCS.md §9', 'section 9 has no item 112'],
    ['AIR.md §9.23', 'AIR.md §9.28', 'section 9 has no item 28'],
    ['AIR.md §9 items 4-7, §7', 'AIR.md §9 items 24-28, §7', 'section 9 has no item 28'],
    ['AIR.md §9 items 8, 10, 26', 'AIR.md §9 items 8, 10, 36', 'section 9 has no item 36'],
    ['AIR.md §10, tests 22 and 23', 'AIR.md §10, tests 22 and 43', 'section 10 has no item 43'],
    ['Test 39 of AIR.md §10', 'Test 39 of AIR.md §9', 'section 9 has no item 39'],
    ['AIR.md §5 (26 of §10)', 'AIR.md §5 (26 of §8)', 'section 8 has no item 26'],
    ['PCS.md §9, table rows 1-11', 'PCS.md §9, table rows 20-22', 'section 9 has no row 22'],
    ['PCS.md §11 d', 'AIR.md §9 d', 'section 9 has no part (d)'],
    ['AIR.md §11 (c), (e)', 'AIR.md §11 (c), (f)', 'section 11 has no part (f)'],
    ['AIR.md §5.3 "Fill"', 'AIR.md §5.4 "Fill"', 'section 5 does not say "Fill"'],
    ['AIR.md §2 ("what stays a property of the program")', 'AIR.md §2 ("what leaves")', 'section 2 does not say "what leaves"'],
    ['PCS.md §5 (D2-D4)', 'PCS.md §5 (D15-D17)', 'no decision D17'],
    ['PCS.md §6 (D6, D7): the line', 'PCS.md §6 (D6, D17): the line', 'no decision D17'],
    ['the rows of AIR.md\n// §5.0', 'the rows of nothing\n// §5.0', 'no page is named near it'],
    ['ePrint 2022/1530 §3', 'Haböck §3', 'no page is named near it'],
    ['Cairo whitepaper §2.6', 'Cairo §2.6', 'no page is named near it'],
    ['the WebGPU specification §13, §19', 'the WebGPU manual §13', 'no page is named near it'],
    ['PCS.md §9', 'PCS.md says more, and so does §9', 'no page is named near it'],
    ['PCS.md §9', 'PCS.md §x', 'no number'],
  ])('%j is right, %j is not', (right, wrong, why) => {
    expect(problems(right)).toEqual([]);
    expect(problems(wrong)).toEqual([why]);
  });
  test('a page that is not here is no page', () => {
    expect(pagesNamed('see AIR.md and [the design](DESIGN.md)')).toEqual(['AIR.md', 'DESIGN.md']);
    expect(pagesNamed('see AIR.md').filter((page) => !pagesHere.has(page))).toEqual([]);
    expect(pagesNamed('see HOUSE.md').filter((page) => !pagesHere.has(page))).toEqual(['HOUSE.md']);
  });
  test('a page means itself where it names no other', () => {
    expect(problems('see §13', 'PCS')).toEqual([]);
    expect(problems('see §13', 'AIR')).toEqual(['no section 13']);
    expect(problems('see PCS.md §13', 'AIR')).toEqual([]);
  });
  test('two sections of one number are refused', () => {
    expect(() => sectionsOf('## 1. A\n## 1. B\n')).toThrow();
  });
});
