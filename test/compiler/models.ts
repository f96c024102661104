// Models and their recorded inputs and outputs (onnxruntime 1.x), see ../models. Caveat: a compiled model is made once for all tests of a process,
// so nobody may change it.
import { readFileSync } from 'node:fs';
import { type CompileResult, compileModel, type RealTensors } from '../../compiler/index.ts';

const folder = (name: string): URL => new URL(`../models/${name}/`, import.meta.url);
const json = (name: string, file: string): unknown => JSON.parse(readFileSync(new URL(file, folder(name)), 'utf8'));

/** shape and flat values of a nested array */
export function flat(nested: unknown): { shape: number[]; data: Float64Array } {
  const shape: number[] = [];
  for (let level = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { shape, data: Float64Array.from((nested as number[]).flat(20) as number[]) };
}

export const tensors = (inputs: unknown): RealTensors =>
  Object.fromEntries(Object.entries(inputs as Record<string, unknown>).map(([name, value]) => [name, flat(value)]));

export const modelBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL('model.onnx', folder(name))));
export const modelInput = (name: string): RealTensors => tensors(json(name, 'input.json'));
export const modelCalibration = (name: string): RealTensors[] => (json(name, 'calib.json') as unknown[]).map(tensors);
export const modelLabels = (name: string): number[] => json(name, 'labels.json') as number[];
export const modelExpected = (name: string) => json(name, 'expected.json') as Record<string, { shape: number[]; data: number[] }>;
const compiled = new Map<string, CompileResult>();

/** the model, compiled with its calibration inputs and nothing else */
export function trainedModel(name: string): CompileResult {
  const result = compiled.get(name) ?? compileModel(modelBytes(name), { calibration: modelCalibration(name) });
  compiled.set(name, result);
  return result;
}

export const digits300 = () =>
  JSON.parse(readFileSync(new URL('../models/digits300.json', import.meta.url), 'utf8')) as {
    pixels_0_16: number[][];
    divide_by: number;
    [key: string]: unknown;
  };

/** position of the largest value */
export const argmax = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((best, value, i, all) => (value > all[best]! ? i : best), 0);
