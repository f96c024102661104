// Classes packed and unpacked, felt for felt; a damaged file is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packClass, unpackClass } from '../../../contracts/class/packing.ts';
import { compress, type SierraClass } from '../../../contracts/class/sierra.ts';

const VERSION = [1n, 8n, 0n, 2n, 17n, 0n];
const classOf = (values: readonly bigint[]): SierraClass => ({
  sierra_program: [...VERSION, ...compress(values)].map((felt) => `0x${felt.toString(16)}`),
  contract_class_version: '0.1.0',
  entry_points_by_type: { EXTERNAL: [{ selector: '0x1', function_idx: 0 }] },
  abi: [{ type: 'function', name: 'a line\nand ü' }],
});

describe('a packed class', () => {
  test('is what it was', () => {
    const value = fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 251n));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 400 }), (values) => {
        const made = classOf(values);
        expect(unpackClass(packClass(made), 'test')).toEqual(made);
      }),
    );
  });

  test('keeps no names of functions, which are no part of a class', () => {
    const made = classOf([1n, 2n]);
    expect(unpackClass(packClass({ ...made, sierra_program_debug_info: { user_func_names: [[0, 'a']] } }), 'test')).toEqual(made);
  });

  test('of another value is another', () => {
    expect(unpackClass(packClass(classOf([1n, 2n])), 'test')).not.toEqual(classOf([1n, 3n]));
  });

  test.each([
    ['is cut', (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ['has a changed byte', (bytes: Uint8Array) => bytes.map((byte, i) => (i === 3 ? byte ^ 0xff : byte))],
    ['is empty', () => new Uint8Array(0)],
  ])('that %s is refused', (_what, damage) => {
    expect(() => unpackClass(damage(packClass(classOf([5n, 6n, 7n]))), 'registry.class')).toThrow('cannot be read');
  });

  test('of more values than two bytes name is not packed', () => {
    expect(() => packClass(classOf(Array.from({ length: 2 ** 16 + 1 }, (_, i) => BigInt(i))))).toThrow('cannot be packed');
  });
});
