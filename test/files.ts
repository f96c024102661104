// The test files of `npm test`, and what they say of themselves in their text: one that mocks a module runs in a process of its own, one with a
// line `// Slow: why` in its header is left out of `npm run test:fast`. Source: the tree; nothing is listed by hand. Caveat: test/setup.ts holds
// the line `Slow` against the processor time that a file took, with a wide margin: busy machines are up to three times as slow.
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');

/** suites of their own, with a `vitest.*.config.ts` each */
const OTHER_SUITES = /^test\/((soundness|graphs|devnet|browser|web|queue|slow)\/|gpu\/webgpu)/;

export const textOf = (file: string): string => fs.readFileSync(path.resolve(ROOT, file), 'utf8');

/** every file under test/ that vitest may run, by its path from the root */
export const allTestFiles = (): string[] =>
  fs
    .readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.replaceAll(path.sep, '/')}`)
    .filter((file) => file.endsWith('.test.ts'))
    .sort();

export const testFiles = (): string[] => allTestFiles().filter((file) => !OTHER_SUITES.test(file));

/** the comment that a file starts with, without its slashes; empty if it has none */
export const headerOf = (text: string): string => /^(?:#!.*\n)?((?:\/\/.*\n)*)/.exec(text)![1]!.replace(/^\/\/ ?/gm, '');

/** mocks stay in whatever loaded the mocked module */
export const mocksModules = (text: string): boolean => /^\s*vi\.mock\(/m.test(text);

/** it takes a sample of what `npm run test:slow` goes through */
export const callsSampled = (text: string): boolean => /^import \{.*\bsampled\b.*times\.ts'/m.test(text);

export const isSlow = (text: string): boolean => /^Slow: \S/m.test(headerOf(text));
