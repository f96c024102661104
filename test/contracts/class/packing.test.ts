// Classes packed and unpacked, felt for felt; a damaged file is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packClass, unpackClass } from '../../../contracts/class/packing.ts';
import { compress, type SierraClass } from '../../../contracts/class/sierra.ts';

const VERSION = [1n, 8n, 0n, 2n, 17n, 0n];
const FALL_THROUGH = 2n ** 64n - 1n;
const withValues = (values: readonly bigint[]): SierraClass => ({
  sierra_program: [...VERSION, ...compress(values)].map((felt) => `0x${felt.toString(16)}`),
  contract_class_version: '0.1.0',
  entry_points_by_type: { EXTERNAL: [{ selector: '0x1', function_idx: 0 }] },
  abi: [{ type: 'function', name: 'a line\nand ü' }],
});
const list = (values: readonly bigint[]): bigint[] => [BigInt(values.length), ...values];
/** a program of one type and one libfunc with these statements and functions */
const classOf = (statements: readonly bigint[][], functions: readonly bigint[] = []): SierraClass =>
  withValues([1n, 5n, 1n, 0n, 7n, 1n, 8n, 1n, 0n, 9n, BigInt(statements.length), ...statements.flat(), ...functions]);
const RETURN = [1n, ...list([3n])];
const call = (libfunc: bigint, args: readonly bigint[], branches: readonly (readonly [bigint, readonly bigint[]])[]): bigint[] => [
  0n,
  libfunc,
  ...list(args),
  BigInt(branches.length),
  ...branches.flatMap(([target, results]) => [target, ...list(results)]),
];

describe('a packed class', () => {
  test('is what it was', () => {
    const numbers = fc.array(fc.bigInt(0n, 500n), { maxLength: 4 });
    const branch = fc.tuple(fc.oneof(fc.constant(FALL_THROUGH), fc.bigInt(0n, 2n ** 20n)), numbers);
    const statement = fc.oneof(
      fc
        .tuple(fc.bigInt(0n, 20n), numbers, fc.array(branch, { maxLength: 3 }))
        .map(([libfunc, args, branches]) => call(libfunc, args, branches)),
      numbers.map((args) => [1n, ...list(args)]),
    );
    const functions = fc.array(fc.bigInt(0n, 2n ** 251n), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 30 }), functions, (statements, rest) => {
        const made = classOf(statements, rest);
        expect(unpackClass(packClass(made), 'test')).toEqual(made);
      }),
    );
  });

  test('keeps no names of functions, which are no part of a class', () => {
    const made = classOf([RETURN]);
    expect(unpackClass(packClass({ ...made, sierra_program_debug_info: { user_func_names: [[0, 'a']] } }), 'test')).toEqual(made);
  });

  test('of another argument, result, target or function is another', () => {
    const made = (arg: bigint, result: bigint, target: bigint, last: bigint): SierraClass =>
      unpackClass(packClass(classOf([call(2n, [arg], [[target, [result]]]), RETURN], [last])), 'test');
    const all = [made(4n, 5n, 1n, 9n), made(3n, 5n, 1n, 9n), made(4n, 6n, 1n, 9n), made(4n, 5n, FALL_THROUGH, 9n), made(4n, 5n, 1n, 8n)];
    expect(new Set(all.map((each) => each.sierra_program.join())).size).toBe(all.length);
  });

  test.each([
    ['is cut', (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ['has a changed byte', (bytes: Uint8Array) => bytes.map((byte, i) => (i === 3 ? byte ^ 0xff : byte))],
    ['is empty', () => new Uint8Array(0)],
  ])('that %s is refused', (_what, damage) => {
    expect(() => unpackClass(damage(packClass(classOf([RETURN]))), 'registry.class')).toThrow('cannot be read');
  });

  test('is not made of what does not come back: another compression, a program that ends early', () => {
    const made = classOf([RETURN]);
    expect(() => packClass({ ...made, sierra_program: made.sierra_program.map((felt) => felt.replace('0x', '0x0')) })).toThrow('come back');
    expect(() => packClass(withValues([1n, 5n, 1n, 0n, 7n, 0n, 2n, 1n]))).toThrow();
  });
});
