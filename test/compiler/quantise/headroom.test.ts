// Tables go on beyond what calibration saw: inputs several times as large are answered rightly or warned of, and what calibration saw stays as exact.
// The twin is the same program with its tables cut back to where they saturate.
import { describe, expect, test } from 'vitest';
import { interactionColumns } from '../../../air/component.ts';
import { buildGraph } from '../../../compiler/graph/build.ts';
import { evaluateGraph } from '../../../compiler/graph/reference.ts';
import { compileModel, type RealTensors } from '../../../compiler/index.ts';
import { readOnnx } from '../../../compiler/onnx/model.ts';
import { CELLS, isAffordable } from '../../../compiler/quantise/headroom.ts';
import { nearestInUse, OCTAVE } from '../../../compiler/quantise/targets.ts';
import { CHIPS } from '../../../vm/chips/table.ts';
import { execute } from '../../../vm/executor/run.ts';
import { saturation } from '../../../vm/executor/saturation.ts';
import type { Program, Region } from '../../../vm/program/types.ts';
import { modelBytes, modelCalibration, trainedModel } from '../models.ts';
import { node, onnxModel, type TestModel } from '../onnx-writer.ts';

const IMAGES = modelCalibration('lenet');
const { program } = trainedModel('lenet');
const graph = buildGraph(readOnnx(modelBytes('lenet')));
const larger = (image: RealTensors, size: number): RealTensors =>
  Object.fromEntries(
    Object.entries(image).map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data, (x) => size * x) }]),
  );
const wanted = (image: RealTensors): Float64Array => evaluateGraph(graph, image).get('output')!.data;
const LARGEST = Math.max(...IMAGES.flatMap((image) => [...wanted(image)].map(Math.abs)));

/** Error relative to the largest value of images of this size, and whether the run warns; undefined where it is refused. */
function answered(of: Program, image: RealTensors, size: number): { error: number; warned: boolean } | undefined {
  const [region] = of.inputs as [Region];
  const given = larger(image, size);
  const integers = Int32Array.from(given[region.name]!.data, (value) => Math.round(value / region.scale));
  if (integers.some((q) => q < region.lo || q > region.hi)) return undefined;
  const run = execute(of, { [region.name]: integers });
  const want = wanted(given);
  const error = Math.max(...Array.from(want, (y, i) => Math.abs(y - run.outputs.output![i]! * of.outputs[0]!.scale))) / (size * LARGEST);
  return { error, warned: saturation(run).length > 0 };
}

/** every interval whose value is beyond twice the calibrated outputs' keeps the value at its end */
function cutBack(): Program {
  const most = Math.ceil(LARGEST / program.outputs[0]!.scale);
  const slots = program.slots.map(({ id, name, intervals }) => ({
    id,
    name,
    intervals: intervals.map((x, i) => (i % 3 === 2 ? Math.min(Math.max(x, -most), most) : x)),
  }));
  return { ...program, slots };
}

describe('beyond the calibrated range', () => {
  test.each([1, 1.5, 2, 3])('images %f times as bright are taken, and right', (size) => {
    for (const image of IMAGES.slice(0, 12)) {
      const answer = answered(program, image, size);
      expect(answer).toMatchObject({ warned: false });
      expect(answer!.error).toBeLessThan(0.01);
    }
  });

  test('an image beyond what the program declares is refused', () => expect(answered(program, IMAGES[0]!, 40)).toBeUndefined());

  test('the twin that saturates is found', () => {
    const twin = cutBack();
    expect(Math.max(...IMAGES.slice(0, 12).map((image) => answered(twin, image, 3)!.error))).toBeGreaterThan(0.05);
  });
});

describe('integers in use', () => {
  test('are all of them in the fine range, and 512 from one power of two to the next beyond it', () => {
    const fine = [-600, 600] as const;
    for (let x = -600; x <= 600; x++) expect(nearestInUse(x, fine)).toBe(x);
    const beyond = new Set<number>();
    for (let x = 4096; x < 8192; x++) beyond.add(nearestInUse(x, fine));
    expect(beyond.size).toBeGreaterThan(OCTAVE / 2);
    expect(beyond.size).toBeLessThanOrEqual(OCTAVE + 1);
    for (let x = 601; x < 20_000; x += 7) {
      const y = nearestInUse(x, fine);
      expect(Math.abs(y - x) / x).toBeLessThanOrEqual(1 / OCTAVE);
      expect(nearestInUse(y, fine)).toBe(y);
    }
  });
});

describe('hard numbers', () => {
  const one = (op: string, data: number[]): number =>
    compileModel(
      onnxModel({ nodes: [node(op, ['x'], ['y'])], inputs: { x: [1, data.length] }, outputs: ['y'], initializers: {} } as TestModel),
      { calibration: [{ x: { shape: [1, data.length], data } }] },
    ).report.outputs[0]!.relativeError;

  test.each<[string, number[]]>([
    ['Exp', [0, 1, 50, 80]],
    ['Log', [1e-7, 0.001, 0.5, 1]],
    ['Reciprocal', [1e-5, 0.5, 1, 4]],
    ['Sqrt', [1e-6, 0.01, 1, 64]],
  ])('%s of %j', (op, data) => expect(one(op, data)).toBeLessThan(0.01));

  test('what is too steep even so is refused', () => expect(() => one('Reciprocal', [1e-9, 1, 64])).toThrow(/ZK0533/));
});

describe('what headroom may cost', () => {
  test('is counted in the cells of the chips', () => {
    for (const name of ['cpu', 'mac', 'store', 'lut'] as const) {
      const { component } = CHIPS[name];
      expect([name, CELLS[name]]).toEqual([name, component.base.length + 4 * interactionColumns(component)]);
    }
  });

  test('is a small share of the program', () => {
    const chips = { cpu: 2000, mac: 30_000, store: 15_000 };
    expect(isAffordable(chips, 40_000, 60_000)).toBe(true);
    expect(isAffordable(chips, 40_000, 140_000)).toBe(false);
    // tables of tiny models are small anyway
    expect(isAffordable({ cpu: 10, mac: 10, store: 10 }, 1000, 8000)).toBe(true);
  });
});
