// What goes into a buffer is what is compared with it. Source: vm/files/bytes.ts. Caveat: on a little-endian machine, as all that run the tests are.
import { describe, expect, test } from 'vitest';
import { ByteComparer, type ByteSink, ByteWriter } from '../../../vm/files/bytes.ts';

const WORDS = Uint32Array.from({ length: 5000 }, (_, i) => i * 65537);

function write(to: ByteSink): void {
  to.u32(1, 2 ** 32 - 1);
  to.counted((inner) => {
    inner.words(WORDS.subarray(1));
    inner.words(Int32Array.of(-1, 7));
    inner.counted((innermost) => innermost.text('\u00e9'));
  });
  to.f64(0.1);
  to.bytes(Uint8Array.of(9));
}

const bytesOf = (content: (to: ByteSink) => void): Uint8Array => {
  const to = new ByteWriter();
  content(to);
  return to.finish();
};
const isSame = (bytes: Uint8Array, content = write): boolean => {
  const to = new ByteComparer(bytes);
  content(to);
  return to.isSame();
};

describe('bytes', () => {
  const bytes = bytesOf(write);

  test('are little-endian, counts before what they count', () => {
    expect(bytes.length).toBe(8 + 4 + 4 * 4999 + 8 + 4 + 4 + 2 + 8 + 1);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    expect([view.getUint32(4, true), view.getUint32(8, true)]).toEqual([2 ** 32 - 1, 4 * 4999 + 8 + 4 + 4 + 2]);
    expect([view.getUint32(12 + 4 * 4998, true), view.getInt32(12 + 4 * 4999, true)]).toEqual([4999 * 65537, -1]);
    expect(view.getFloat64(bytes.length - 9, true)).toBe(0.1);
  });

  test('are compared with themselves wherever they lie', () => {
    expect(isSame(bytes)).toBe(true);
    for (const offset of [1, 4]) {
      const moved = new Uint8Array(bytes.length + offset);
      moved.set(bytes, offset);
      expect(isSame(moved.subarray(offset))).toBe(true);
    }
  });

  test('of other content are found, each of them', () => {
    // counts, words, a text, a number, the end
    for (const at of [0, 4, 8, 11, 12, 13, 4000, 12 + 4 * 4998, bytes.length - 16, bytes.length - 10, bytes.length - 1])
      expect(isSame(bytes.with(at, bytes[at]! ^ 1))).toBe(false);
    expect(isSame(bytes.subarray(0, -1))).toBe(false);
    expect(isSame(Uint8Array.of(...bytes, 0))).toBe(false);
    expect(isSame(bytes.subarray(0, 10))).toBe(false);
    expect(isSame(new Uint8Array(0))).toBe(false);
  });

  test('of a list that lies in the file itself are the same', () => {
    const file = bytesOf((to) => to.words(WORDS));
    const own = new Uint32Array(file.buffer, file.byteOffset, WORDS.length);
    expect(isSame(file, (to) => to.words(own))).toBe(true);
    expect(isSame(file, (to) => to.words(own.subarray(1)))).toBe(false);
  });
});
