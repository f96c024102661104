// GridSample: the expansion's float values against pixels looked up here one by one, and the executed program against the simulation.
// Caveat: where a coordinate is exactly half way between two pixels, nothing is said about which is nearest.
// Slow: models are compiled and run.
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import type { RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { checkModel, randomNumbers, randomTensor } from '../check.ts';
import { onnxModel, type TestModel, type TestTensor } from '../onnx-writer.ts';

const random = randomNumbers(41);

interface Case {
  mode: 'linear' | 'nearest' | 'cubic';
  padding: 'zeros' | 'border' | 'reflection';
  aligned: 0 | 1;
  image: [samples: number, channels: number, height: number, width: number];
}

const reflected = (place: number, low: number, high: number): number => {
  if (place < low) return reflected(2 * low - place, low, high);
  return place > high ? reflected(2 * high - place, low, high) : place;
};

/** Keys' kernel with a = -0.75, spelled out for each piece */
const cubic = (x: number): number => {
  const t = Math.abs(x);
  if (t < 1) return 1.25 * t ** 3 - 2.25 * t ** 2 + 1;
  return t < 2 ? -0.75 * t ** 3 + 3.75 * t ** 2 - 6 * t + 3 : 0;
};

function expected({ mode, padding, aligned, image }: Case, x: TestTensor, grid: TestTensor): number[] {
  const [samples, channels, height, width] = image;
  const [, rows, columns] = grid.shape as [number, number, number, number];
  const inside = (place: number, size: number): number => {
    if (padding === 'border') return Math.min(Math.max(place, 0), size - 1);
    return aligned ? reflected(place, 0, size - 1) : reflected(place, -0.5, size - 0.5);
  };
  const pixel = (n: number, c: number, row: number, column: number): number => {
    if (padding === 'zeros' && (row < 0 || row >= height || column < 0 || column >= width)) return 0;
    return x.data[((n * channels + c) * height + inside(row, height)) * width + inside(column, width)]!;
  };
  const placeOf = (g: number, size: number): number => (aligned ? ((g + 1) / 2) * (size - 1) : ((g + 1) * size - 1) / 2);
  const out: number[] = [];
  for (let n = 0; n < samples; n++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < rows * columns; p++) {
        const at = (n * rows * columns + p) * 2;
        const [column, row] = [placeOf(grid.data[at]!, width), placeOf(grid.data[at + 1]!, height)];
        if (mode === 'nearest') {
          out.push(pixel(n, c, Math.round(row), Math.round(column)));
          continue;
        }
        let sum = 0;
        for (let i = Math.floor(row) - 2; i <= Math.floor(row) + 3; i++)
          for (let j = Math.floor(column) - 2; j <= Math.floor(column) + 3; j++) {
            const weight = (d: number): number => (mode === 'cubic' ? cubic(d) : Math.max(0, 1 - Math.abs(d)));
            sum += weight(row - i) * weight(column - j) * pixel(n, c, i, j);
          }
        out.push(sum);
      }
  return out;
}

const modelOf = ({ mode, padding, aligned, image }: Case, points: number[], grid?: TestTensor): TestModel => ({
  nodes: [
    {
      op: 'GridSample',
      inputs: ['x', 'g'],
      outputs: ['y'],
      attributes: { mode, padding_mode: padding, align_corners: aligned },
      name: '/sample',
    },
  ],
  inputs: { x: image, ...(grid ? {} : { g: points }) },
  outputs: ['y'],
  initializers: grid ? { g: grid } : {},
  opset: 20,
});

const cases = (['linear', 'nearest', 'cubic'] as const).flatMap((mode) =>
  (['zeros', 'border', 'reflection'] as const).flatMap((padding) =>
    ([0, 1] as const).map((aligned): Case => ({ mode, padding, aligned, image: [1, 2, 4, 5] })),
  ),
);
const titled = (list: readonly Case[]) =>
  list.map((c) => [`${c.mode}, ${c.padding}, ${c.aligned ? 'corners aligned' : 'half pixels'}, ${c.image.join(' × ')}`, c] as const);

function holds(model: TestModel, sample: RealTensors, want: number[]): void {
  const got = evaluateGraph(buildGraph(readOnnx(onnxModel(model))), sample).get('y')!;
  expect(got.data.length).toBe(want.length);
  for (const [e, y] of want.entries()) expect(got.data[e]).toBeCloseTo(y, 5);
}

describe('a constant grid', () => {
  test.each(titled([...cases, { ...cases[0]!, image: [2, 2, 4, 5] }]))('%s', (_name, c) => {
    const [grid, x] = [randomTensor(random, [c.image[0], 3, 4, 2], 1.8), randomTensor(random, c.image)];
    const model = modelOf(c, grid.shape, grid);
    holds(model, { x }, expected(c, x, grid));
    // the two samples alone: ranges that hold for other inputs too cost a part of a bit
    expect(checkModel(model, [{ x }, { x: randomTensor(random, c.image) }], { augment: false }).error).toBeLessThan(0.004);
  });

  test('a large one moves its corners and means the same', () => {
    const c: Case = { mode: 'linear', padding: 'zeros', aligned: 0, image: [1, 1, 24, 24] };
    const [grid, x] = [randomTensor(random, [1, 22, 22, 2], 1.2), randomTensor(random, c.image)];
    holds(modelOf(c, grid.shape, grid), { x }, expected(c, x, grid));
  });

  test('volumes', () => {
    const x = randomTensor(random, [1, 1, 2, 3, 4]);
    const corners = [
      [-1, -1, -1],
      [1, -1, -1],
      [-1, 1, -1],
      [-1, -1, 1],
    ];
    const grid: TestTensor = { shape: [1, 1, 1, 4, 3], data: corners.flat() };
    const model = modelOf({ ...cases[1]!, image: [1, 1, 2, 3] }, [], grid);
    const volume = { ...model, inputs: { x: [1, 1, 2, 3, 4] } };
    holds(
      volume,
      { x },
      [0, 3, 8, 12].map((e) => x.data[e]!),
    );
    expect(() => holds(volume, { x }, [x.data[0]!, x.data[1]!, x.data[8]!, x.data[12]!])).toThrow();
  });
});

describe('a computed grid', () => {
  const sampleOf = (c: Case, scale: number): { x: TestTensor; g: TestTensor } => ({
    x: randomTensor(random, c.image),
    g: randomTensor(random, [c.image[0], 2, 3, 2], scale),
  });
  test.each(titled([...cases, { ...cases[0]!, image: [2, 1, 4, 4] }]))('%s', (_name, c) => {
    const samples = Array.from({ length: 4 }, () => sampleOf(c, 1.3));
    const [first] = samples as [ReturnType<typeof sampleOf>];
    const model = modelOf(c, first.g.shape);
    holds(model, first as unknown as RealTensors, expected(c, first.x, first.g));
    // nearest pixels flip where rounding puts the coordinate on the other side
    if (c.mode !== 'nearest')
      expect(checkModel(model, samples as unknown as RealTensors[], { activationBits: 12 }).error).toBeLessThan(0.006);
  });
});

describe('refused', () => {
  const build = (model: TestModel) => () => buildGraph(readOnnx(onnxModel(model)));
  const c = cases[0]!;
  test.each([
    ['a mode that is none', modelOf({ ...c, mode: 'lanczos' as 'cubic' }, [1, 2, 3, 2]), /node #0 GridSample "\/sample".*mode "lanczos"/],
    ['a padding that is none', modelOf({ ...c, padding: 'constructor' as 'zeros' }, [1, 2, 3, 2]), /padding_mode "constructor"/],
    ['a grid of other samples', modelOf(c, [3, 2, 3, 2]), /grid of shape \[3,2,3,2\]/],
    ['a grid of points on a line', modelOf(c, [1, 2, 3, 1]), /grid of shape/],
    [
      'a computed grid that is too large',
      modelOf({ ...c, image: [1, 16, 32, 32] }, [1, 32, 32, 2]),
      /needs 589824 products.*constant grid/,
    ],
  ])('%s', (_name, model, message) => {
    expect(build(model)).toThrow(message);
  });
  test('the same grid with fewer points is not', () => {
    expect(build(modelOf({ ...c, image: [1, 16, 32, 32] }, [1, 4, 8, 2]))).not.toThrow();
  });
});
