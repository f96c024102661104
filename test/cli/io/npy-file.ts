// Writes .npy and .npz files for the tests. Caveat: 64-bit integers only from safe integers; halves are given as their bits.
import { crc32, deflateRawSync } from 'node:zlib';

const WRITERS: Readonly<Record<string, (view: DataView, at: number, value: number, le: boolean) => void>> = {
  f2: (v, o, x, le) => v.setUint16(o, x, le), // its bits
  f4: (v, o, x, le) => v.setFloat32(o, x, le),
  f8: (v, o, x, le) => v.setFloat64(o, x, le),
  i1: (v, o, x) => v.setInt8(o, x),
  i2: (v, o, x, le) => v.setInt16(o, x, le),
  i4: (v, o, x, le) => v.setInt32(o, x, le),
  i8: (v, o, x, le) => v.setBigInt64(o, BigInt(x), le),
  u1: (v, o, x) => v.setUint8(o, x),
  u2: (v, o, x, le) => v.setUint16(o, x, le),
  u4: (v, o, x, le) => v.setUint32(o, x, le),
  u8: (v, o, x, le) => v.setBigUint64(o, BigInt(x), le),
  b1: (v, o, x) => v.setUint8(o, x),
};

/** The bytes of a .npy file with these values in stored order. */
export function npyFile(
  descr: string,
  shape: readonly number[],
  values: readonly number[],
  options: { fortran?: boolean; version?: number; bytes?: number } = {},
): Uint8Array {
  const version = options.version ?? 1;
  const start = version === 1 ? 10 : 12;
  const order = options.fortran ? 'True' : 'False';
  let header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  header = `${header.padEnd(Math.ceil((start + header.length + 1) / 64) * 64 - start - 1)}\n`;
  const size = options.bytes ?? Number(descr.slice(2));
  const file = new Uint8Array(start + header.length + Math.max(values.length, options.bytes ? 1 : 0) * size);
  const view = new DataView(file.buffer);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  file.set(new TextEncoder().encode(header), start);
  for (const [i, value] of values.entries()) WRITERS[descr.slice(1)]!(view, start + header.length + i * size, value, descr[0] !== '>');
  return file;
}

/** The bytes of a .npz file with these members, deflated or stored. */
export function npzFile(members: Readonly<Record<string, Uint8Array>>, method: 0 | 8 = 8): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const record = (length: number, fill: (view: DataView) => void): Uint8Array => {
    const bytes = new Uint8Array(length);
    fill(new DataView(bytes.buffer));
    return bytes;
  };
  for (const [name, content] of Object.entries(members)) {
    const packed = method === 8 ? new Uint8Array(deflateRawSync(content)) : content;
    const label = new TextEncoder().encode(name);
    const head = record(30, (view) => {
      view.setUint32(0, 0x04034b50, true);
      view.setUint16(26, label.length, true);
    });
    const entry = record(46, (view) => {
      view.setUint32(0, 0x02014b50, true);
      view.setUint16(10, method, true);
      view.setUint32(16, crc32(content), true);
      view.setUint32(20, packed.length, true);
      view.setUint32(24, content.length, true);
      view.setUint16(28, label.length, true);
      view.setUint32(42, at, true);
    });
    parts.push(head, label, packed);
    directory.push(entry, label);
    at += head.length + label.length + packed.length;
  }
  const end = record(22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(10, directory.length / 2, true);
    view.setUint32(16, at, true);
  });
  return new Uint8Array(Buffer.concat([...parts, ...directory, end]));
}
