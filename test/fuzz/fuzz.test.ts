// The short form of `npm run fuzz`: some thousand changed inputs, and that a fault would be seen.
// Slow: two thousand damaged files.
import { beforeAll, expect, test } from 'vitest';
import { bug, usage } from '../../fri/core/errors.ts';
import { times } from '../times.ts';
import { inputOf, outcomeOf } from './inputs.ts';
import { makeReaders, type Reader } from './readers.ts';

const COUNT = times(2000);
let readers: Reader[];
beforeAll(async () => {
  readers = await makeReaders();
});

test('every reader takes its valid inputs', () => {
  for (const reader of readers) {
    const codes = reader.seeds.map((bytes) => outcomeOf(reader, bytes));
    // the JSON seeds are of several forms, not all of them for these tensors
    expect(codes, reader.name).toContain('accepted');
    for (const code of codes) expect(typeof code, JSON.stringify(code)).toBe('string');
  }
});

test('changed inputs are accepted or refused by a typed error', () => {
  const seen = new Map<string, Set<string>>();
  for (let number = 0; number < COUNT; number++) {
    const { reader, bytes } = inputOf(readers, 7, number);
    const outcome = outcomeOf(readers[reader]!, bytes);
    if (typeof outcome !== 'string') throw new Error(`${readers[reader]!.name}, input ${number} of seed 7: ${outcome.crash}`);
    const { name } = readers[reader]!;
    seen.set(name, (seen.get(name) ?? new Set()).add(outcome === 'accepted' ? 'accepted' : 'refused'));
  }
  for (const { name } of readers) expect(seen.get(name)?.has('refused'), name).toBe(true);
});

test('an input has the same bytes again, and a crash is one', () => {
  expect(inputOf(readers, 3, 44)).toEqual(inputOf(readers, 3, 44));
  expect(inputOf(readers, 3, 44)).not.toEqual(inputOf(readers, 3, 45));
  const throwing = (error: unknown): Reader => ({
    name: '',
    share: 1,
    seeds: [],
    read: () => {
      throw error;
    },
  });
  expect(outcomeOf(throwing(usage('ZK0301', { what: '' })), new Uint8Array(0))).toBe('ZK0301');
  for (const error of [bug('x'), new RangeError('x'), 'text'])
    expect(outcomeOf(throwing(error), new Uint8Array(0))).toHaveProperty('crash');
});
