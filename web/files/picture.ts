// Tensors as pictures and pictures as tensors: which shapes are one, drawings fitted as handwriting data sets fit theirs, image files scaled down.
// Source: the digits of the UCI repository (32 × 32 bitmaps, counted in blocks) and MNIST (a box of 20 of 28 pixels, centred by mass) say how their
// samples were fitted. Caveat: a guess from the shape alone; a model that was trained otherwise answers worse.
import type { TensorInfo } from 'zkvm/prover';

export interface Picture {
  /** 1 grey, 3 red, green and blue, one plane after the other */
  channels: 1 | 3;
  height: number;
  width: number;
}

/** shorter sides are rows of a table */
const LEAST_SIDE = 5;
const LEAST_FLAT_SIDE = 8;

/** The picture that a tensor of this shape may be; undefined where it is none. */
export function pictureOf({ shape }: Pick<TensorInfo, 'shape'>): Picture | undefined {
  const sizes = shape.slice(shape.findIndex((size) => size !== 1));
  const sides = (height: number, width: number, channels: 1 | 3): Picture | undefined =>
    Math.min(height, width) >= LEAST_SIDE && Math.max(height, width) <= 8 * Math.min(height, width)
      ? { channels, height, width }
      : undefined;
  if (sizes.length === 1) {
    const side = Math.sqrt(sizes[0]!);
    return Number.isInteger(side) && side >= LEAST_FLAT_SIDE ? { channels: 1, height: side, width: side } : undefined;
  }
  if (sizes.length === 2) return sides(sizes[0]!, sizes[1]!, 1);
  if (sizes.length === 3 && sizes[0] === 3) return sides(sizes[1]!, sizes[2]!, 3);
  return undefined;
}

/** a point of a drawing, both in 0 to 1 */
export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];

interface Canvas2D {
  context: OffscreenCanvasRenderingContext2D;
  read(): Uint8ClampedArray;
}

function canvas(width: number, height: number): Canvas2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  return { context, read: () => context.getImageData(0, 0, width, height).data };
}

/** strokes drawn white on black into a box of a square, their own size kept in proportion. @returns brightness, 0 to 1, row by row */
function fitted(strokes: readonly Stroke[], size: number, box: number, pen: number): Float32Array {
  const points = strokes.flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const scale = (box - pen) / Math.max(width, height, 0.15);
  const { context, read } = canvas(size, size);
  context.strokeStyle = context.fillStyle = '#fff';
  context.lineWidth = pen;
  context.lineCap = context.lineJoin = 'round';
  const at = ([x, y]: Point): [number, number] => [
    (size - width * scale) / 2 + (x - left) * scale,
    (size - height * scale) / 2 + (y - top) * scale,
  ];
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...at(stroke[0]!));
    for (const point of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(...at(point));
    context.stroke();
  }
  const pixels = read();
  return Float32Array.from({ length: size * size }, (_, i) => pixels[4 * i]! / 255);
}

/** averages of square blocks */
function blocks(values: Float32Array, size: number, side: number): Float32Array {
  const block = size / side;
  return Float32Array.from({ length: side * side }, (_, i) => {
    const [row, column] = [Math.floor(i / side) * block, (i % side) * block];
    let sum = 0;
    for (let y = 0; y < block; y++) for (let x = 0; x < block; x++) sum += values[(row + y) * size + column + x]!;
    return sum / (block * block);
  });
}

/** a square picture at another size, between four neighbours, edges held: pixel centres are where they were */
export function resized(values: Float32Array, from: number, to: number): Float32Array {
  const place = (i: number): number => Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
  return Float32Array.from({ length: to * to }, (_, i) => {
    const [y, x] = [place(Math.floor(i / to)), place(i % to)];
    const [y0, x0] = [Math.floor(y), Math.floor(x)];
    const [y1, x1] = [Math.min(from - 1, y0 + 1), Math.min(from - 1, x0 + 1)];
    const [v, u] = [y - y0, x - x0];
    return (
      (1 - v) * ((1 - u) * values[y0 * from + x0]! + u * values[y0 * from + x1]!) +
      v * ((1 - u) * values[y1 * from + x0]! + u * values[y1 * from + x1]!)
    );
  });
}

/** blocks a side of a bitmap's square, and how thick the pen is in it: the UCI digits */
const BLOCK = 4;
const UCI_PEN = 1.05 * BLOCK;
/** of the picture's side: MNIST's box and pen */
const BOX = 20 / 28;
const PEN = 2.4 / 28;

/**
 * A drawing as the picture that the model was trained on.
 * @param grid squares a side that the training data were averaged over; undefined: as MNIST is fitted
 * @returns brightness, 0 to 1, row by row; all 0 for no strokes
 */
export function rasterised(strokes: readonly Stroke[], { height, width }: Picture, grid: number | undefined): Float32Array {
  if (strokes.length === 0) return new Float32Array(height * width);
  if (height === width && grid !== undefined) {
    const size = grid * BLOCK;
    const bitmap = fitted(strokes, size, size, UCI_PEN).map((x) => (x >= 0.5 ? 1 : 0));
    return resized(blocks(bitmap, size, grid), grid, height);
  }
  const side = Math.min(height, width);
  const square = fitted(strokes, side, BOX * side, Math.max(1, PEN * side));
  const values = new Float32Array(height * width);
  const [top, left] = [Math.floor((height - side) / 2), Math.floor((width - side) / 2)];
  for (let y = 0; y < side; y++) values.set(square.subarray(y * side, (y + 1) * side), (top + y) * width + left);
  return values;
}

/** An image file at the picture's size. @returns brightness, 0 to 1, plane by plane */
export async function imageValues(file: Blob, { channels, height, width }: Picture, inverted: boolean): Promise<Float32Array> {
  const image = await createImageBitmap(file);
  const { context, read } = canvas(width, height);
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  image.close();
  const pixels = read();
  const grey = (i: number): number => 0.299 * pixels[4 * i]! + 0.587 * pixels[4 * i + 1]! + 0.114 * pixels[4 * i + 2]!;
  const size = height * width;
  return Float32Array.from({ length: channels * size }, (_, i) => {
    const value = (channels === 1 ? grey(i) : pixels[4 * (i % size) + Math.floor(i / size)]!) / 255;
    return inverted ? 1 - value : value;
  });
}
