// What a program without types may hand over beside tensors: each is taken, or refused with what it should have been.
import { expect, test } from 'vitest';
import { requireBytes, requireList, requireModel, requireOptions, requireVerifiable } from '../../../vm/library/arguments.ts';
import { commitInput } from '../../../vm/library/committing.ts';
import { inspect } from '../../../vm/library/inspecting.ts';
import { Model } from '../../../vm/library/model.ts';
import { ModelRecord } from '../../../vm/library/record.ts';
import { digests, hexadecimal } from '../../../vm/library/roots.ts';
import { code } from '../../failure.ts';

const bytes = Uint8Array.of(1, 2);
/** a value of each kind of option */
const FITS = {
  bytes,
  list: ['a'],
  text: 'a',
  number: 0.5,
  flag: false,
  callback: () => {},
  signal: new AbortController().signal,
  table: {},
};

test('what fits is taken', () => {
  expect(requireBytes(bytes, 'x')).toBe(bytes);
  requireOptions({ a: 1 }, 'f', { a: 'number', b: 'flag' });
  for (const [kind, value] of Object.entries(FITS)) requireOptions({ a: value, b: undefined }, 'f', { a: kind as 'text', b: 'text' });
  requireList(['a'], 'x');
  requireModel({ program: {} });
  requireVerifiable({ verifiable: () => {} });
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'dead'],
  ['a number', 3],
  ['a list', [1, 2]],
  ['a buffer', bytes.buffer],
  ['other numbers', Uint16Array.of(1)],
  ['a promise', Promise.resolve(bytes)],
])('%s is refused as bytes', (_what, value) => {
  for (const read of [Model.load, ModelRecord.decode, inspect]) expect(code(() => read(value as never))).toBe('ZK0626');
});

test('an option that there is not, a name for a list, bytes for a model or a record', () => {
  const known = { a: 'number', b: 'flag' } as const;
  for (const options of [null, 'a', { a: 1, c: 2 }, { toString: 1 }])
    expect(code(() => requireOptions(options, 'f', known))).toBe('ZK0626');
  expect(code(() => requireList('proven', 'x'))).toBe('ZK0626');
  expect(code(() => requireModel(bytes))).toBe('ZK0626');
  expect(code(() => requireModel(undefined))).toBe('ZK0626');
  expect(code(() => requireVerifiable(bytes))).toBe('ZK0626');
  expect(code(() => requireVerifiable(null))).toBe('ZK0626');
});

test('roots that are no texts, and bytes for the model whose input is committed to', async () => {
  const root = '12'.repeat(31);
  expect(hexadecimal(digests({ x: root }))).toEqual({ x: root });
  for (const no of [undefined, null, bytes, { x: root }, 'no root']) expect(code(() => digests({ x: no as never }))).toBe('ZK0120');
  for (const no of [bytes, null, undefined]) await expect(commitInput(no as never, {})).rejects.toMatchObject({ code: 'ZK0626' });
});

test.each(Object.keys(FITS))('what is no %s is refused as one', (kind) => {
  for (const [other, value] of [...Object.entries(FITS), ['null', null] as const]) {
    // bytes, lists and signals are objects too
    if (other === kind || (kind === 'table' && ['bytes', 'list', 'signal'].includes(other))) continue;
    expect(
      code(() => requireOptions({ a: value }, 'f', { a: kind as 'text' })),
      other,
    ).toBe('ZK0626');
  }
  expect(code(() => requireOptions({ a: new AbortController() }, 'f', { a: 'signal' }))).toBe('ZK0626');
});
