// More threads than the machine runs at once: said on stderr, and proved all the same.
import os from 'node:os';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { tooManyThreads } from '../../cli/cores.ts';
import { smallModel, temporaryFolder, zkvm } from './capture.ts';

const folder = temporaryFolder();
const { at, write } = folder;
beforeAll(() => {
  const { zkb, input } = smallModel();
  write('m.zkb', zkb);
  write('x.json', input);
});
afterEach(() => vi.restoreAllMocks());
afterAll(folder.remove);

test('as many threads as cores, fewer, or none said: nothing to say', () => {
  for (const threads of [undefined, 1, 4]) expect(tooManyThreads(threads, 4)).toBeUndefined();
  expect(tooManyThreads(5, 4)).toMatch(/^5 threads, and this machine runs 4 at once/);
});

test('prove warns, also with --quiet, and proves; with one thread it does not warn', async () => {
  vi.spyOn(os, 'availableParallelism').mockReturnValue(1);
  const prove = (threads: string) =>
    zkvm('prove', at('m.zkb'), '--input', at('x.json'), '-o', at('p'), '--profile', 'test', '--threads', threads, '--quiet');
  const many = await prove('2');
  expect(many.code).toBe(0);
  expect(many.err).toMatch(/^warning: 2 threads, and this machine runs 1 at once/);
  const one = await prove('1');
  expect({ code: one.code, warned: one.err.includes('threads') }).toEqual({ code: 0, warned: false });
});
