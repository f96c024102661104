// .npy files: every element type, both orders, both endiannesses, and what is refused.
import { describe, expect, test } from 'vitest';
import { readNpy } from '../../../cli/io/npy.ts';
import { code } from '../../failure.ts';
import { npyFile } from './npy-file.ts';

describe('readNpy', () => {
  test.each(['f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8'])('reads %s in both byte orders and versions', (type) => {
    const values = type.startsWith('u') ? [0, 1, 2, 100, 127, 3] : [0, -1, 2, -100, 127, 3];
    for (const order of ['<', '>'] as const)
      for (const version of [1, 2]) {
        const { shape, data } = readNpy(npyFile(`${order}${type}`, [2, 3], values, { version }), 'x.npy');
        expect(shape).toEqual([2, 3]);
        expect([...data]).toEqual(values);
      }
  });

  test('reads bool and a one-dimensional shape', () => {
    expect(readNpy(npyFile('|b1', [3], [1, 0, 1]), 'x.npy')).toEqual({ shape: [3], data: Float64Array.of(1, 0, 1) });
    expect(() => readNpy(npyFile('|b1', [3], [1, 2, 1]), 'x.npy')).toThrow(/ZK0813.*element 1 is neither false nor true/);
  });

  test('turns Fortran order into row-major order', () => {
    // a[i][j][k] = 100 i + 10 j + k, stored with the first index fastest
    const stored: number[] = [];
    for (let k = 0; k < 4; k++) for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) stored.push(100 * i + 10 * j + k);
    const { data } = readNpy(npyFile('<i4', [2, 3, 4], stored, { fortran: true }), 'x.npy');
    const rowMajor = Array.from({ length: 24 }, (_, e) => 100 * Math.floor(e / 12) + 10 * (Math.floor(e / 4) % 3) + (e % 4));
    expect([...data]).toEqual(rowMajor);
  });

  test.each([0, 5, 9, 11, 40, 127, 130, 139])('refuses a file that ends after %i bytes', (length) => {
    expect(code(() => readNpy(npyFile('<f4', [3], [1, 2, 3]).subarray(0, length), 'x.npy'))).toBe('ZK0813');
  });

  test('refuses trailing bytes, other versions, other types, hostile shapes', () => {
    const good = npyFile('<f4', [3], [1, 2, 3]);
    expect(code(() => readNpy(good, 'x.npy'))).toBe('accepted');
    expect(code(() => readNpy(Uint8Array.of(...good, 0), 'x.npy'))).toBe('ZK0813');
    const version = good.slice();
    version[6] = 9;
    expect(code(() => readNpy(version, 'x.npy'))).toBe('ZK0813');
    expect(code(() => readNpy(npyFile('<c8', [1], [], { bytes: 8 }), 'x.npy'))).toBe('ZK0814');
    expect(code(() => readNpy(npyFile('|O', [1], [], { bytes: 8 }), 'x.npy'))).toBe('ZK0813');
    expect(code(() => readNpy(npyFile('<f4', [2 ** 31, 2 ** 31], [1]), 'x.npy'))).toBe('ZK0813');
    expect(code(() => readNpy(npyFile('<f4', [1, 1, 1, 1, 1, 1, 1, 1, 1], [1]), 'x.npy'))).toBe('ZK0813');
  });

  test('refuses an integer that no double holds', () => {
    const file = npyFile('<i8', [1], [1]);
    new DataView(file.buffer).setBigInt64(file.length - 8, 2n ** 60n + 1n, true);
    expect(code(() => readNpy(file, 'x.npy'))).toBe('ZK0813');
  });
});
