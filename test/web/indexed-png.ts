// Pictures that are kept as PNG files with a palette, which pngjs reads and does not write: a third smaller here. Source: PNG specification (W3C), chunks IHDR, PLTE,
// IDAT, IEND. Caveat: colours beyond 256 go to the nearest of those that are more frequent, and transparency is lost.
import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';

const MOST_COLOURS = 256;
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const BITS = 8;
const INDEXED = 3;

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  const check = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

const partsOf = (colour: number): readonly [number, number, number] => [colour >> 16, (colour >> 8) & 255, colour & 255];

function farness(a: number, b: number): number {
  const [own, other] = [partsOf(a), partsOf(b)];
  return own.reduce((sum, x, i) => sum + (x - other[i]!) ** 2, 0);
}

/** A screenshot at a size and with colours that are worth keeping: averages of squares, and the most frequent colours. */
export function reduced(shot: Buffer, factor: number, colours: number): PNG {
  const all = PNG.sync.read(shot);
  const small = new PNG({ width: Math.floor(all.width / factor), height: Math.floor(all.height / factor) });
  const counts = new Map<number, number>();
  const pixels = Int32Array.from({ length: small.width * small.height }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / small.width) * factor, (pixel % small.width) * factor];
    let colour = 0;
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let v = 0; v < factor; v++) for (let u = 0; u < factor; u++) sum += all.data[4 * ((y + v) * all.width + x + u) + c]!;
      colour = (colour << 8) | Math.round(sum / (factor * factor));
    }
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
    return colour;
  });
  const kept = [...counts]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, colours)
    .map(([colour]) => colour);
  const nearest = new Map(
    [...counts.keys()].map(
      (colour) => [colour, kept.reduce((best, other) => (farness(other, colour) < farness(best, colour) ? other : best))] as const,
    ),
  );
  for (const [pixel, colour] of pixels.entries()) small.data.set([...partsOf(nearest.get(colour)!), 255], 4 * pixel);
  return small;
}

/** The file. @throws for more colours than a palette holds */
export function written({ data, width, height }: PNG): Buffer {
  const palette = new Map<number, number>();
  const lines = Buffer.alloc((width + 1) * height); // each begins with the number of its filter, 0 for none
  for (let pixel = 0; pixel < width * height; pixel++) {
    const colour = (data[4 * pixel]! << 16) | (data[4 * pixel + 1]! << 8) | data[4 * pixel + 2]!;
    const place = palette.get(colour) ?? palette.size;
    palette.set(colour, place);
    lines[Math.floor(pixel / width) * (width + 1) + 1 + (pixel % width)] = place;
  }
  if (palette.size > MOST_COLOURS) throw new Error(`${palette.size} colours, a palette holds ${MOST_COLOURS}`);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([BITS, INDEXED], 8);
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk('IHDR', head),
    chunk('PLTE', Uint8Array.from([...palette.keys()].flatMap(partsOf))),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
}
