// The real models of test/models, compiled with their calibration, and inputs of theirs as integers.
import fs from 'node:fs';
import path from 'node:path';
import { readCalibration } from '../../cli/io/calibration.ts';
import { readTensors } from '../../cli/io/tensors.ts';
import { compileModel } from '../../compiler/index.ts';
import { inputSpecs } from '../../compiler/onnx/inputs.ts';
import { readOnnx } from '../../compiler/onnx/model.ts';
import { integersOf } from '../../vm/library/integers.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';

const folder = path.join(import.meta.dirname, '../models');

/** A model by its folder's name; `batch` samples in one proof. */
export function compiledModel(name: string, batch = 1): Program {
  const file = (part: string): string => path.join(folder, name, part);
  const onnx = new Uint8Array(fs.readFileSync(file('model.onnx')));
  const calibration = readCalibration(file('calib.json'), inputSpecs(readOnnx(onnx)));
  return compileModel(onnx, { calibration, name, batch }).program;
}

/** the model's own sample input */
export const sampleInput = (name: string, program: Program): IntegerTensors =>
  integersOf(readTensors(path.join(folder, name, 'input.json')), program.inputs, 'input');

interface Digits {
  pixels_0_16: number[][];
  labels: number[];
}

/** handwritten digits of 8 × 8 pixels in 0..16, with labels */
export const digits = (): Digits => JSON.parse(fs.readFileSync(path.join(folder, 'digits300.json'), 'utf8')) as Digits;

/** digits as the input of `digits_mlp`: pixels / 16 at the input's scale */
export function digitInput(program: Program, images: readonly (readonly number[])[]): IntegerTensors {
  const [region] = program.inputs;
  return { [region!.name]: Int32Array.from(images.flat(), (pixel) => Math.round(pixel / 16 / region!.scale)) };
}
