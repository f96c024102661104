// Models and inputs for the tests of the library. Source: test/models. Caveat: they are compiled once for all files of a process.
import fs from 'node:fs';
import path from 'node:path';
import { compile } from '../../compile.ts';
import type { ModelTensors } from '../../vm/library/given.ts';
import type { Model } from '../../vm/library/model.ts';

export const MODELS = path.join(import.meta.dirname, '../models');

const read = (name: string, file: string): Uint8Array => new Uint8Array(fs.readFileSync(path.join(MODELS, name, file)));
const json = <T>(name: string, file: string): T => JSON.parse(new TextDecoder().decode(read(name, file))) as T;

export const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

export const onnxOf = (name: string): Uint8Array => read(name, 'model.onnx');
export const calibrationOf = (name: string): ModelTensors[] => json<ModelTensors[]>(name, 'calib.json');
/** the input that the folder has, as one typed array */
export const inputOf = (name: string): Float32Array =>
  Float32Array.from((json<{ input: number[][][] }>(name, 'input.json').input as unknown[]).flat(8) as number[]);

const compiled = new Map<string, Promise<Model>>();

/** @param called the model's name; that of its folder if left out */
export function modelOf(name: string, called = name): Promise<Model> {
  const known =
    compiled.get(`${name} ${called}`) ?? compile(onnxOf(name), { calibration: calibrationOf(name), labels: DIGITS, name: called });
  compiled.set(`${name} ${called}`, known);
  return known;
}

/** the error that a promise is rejected with; one that is not rejected fails the test */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it was not rejected');
    },
    (error: unknown) => error,
  );
