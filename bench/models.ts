// The models that whole-model benches and the conformance run prove: a folder with `model.onnx`, `calib.json` and `input.json` each, or
// one of the hand-assembled networks. Source: test/models, bench/networks.ts. Caveat: a folder wins over a network of the same name.
import fs from 'node:fs';
import path from 'node:path';
import { readCalibration } from '../cli/io/calibration.ts';
import { readInputs } from '../cli/io/tensors.ts';
import { compileModel } from '../compiler/index.ts';
import { inputSpecs } from '../compiler/onnx/inputs.ts';
import { readOnnx } from '../compiler/onnx/model.ts';
import { integersOf } from '../vm/library/integers.ts';
import type { IntegerTensors, Program } from '../vm/program/types.ts';
import * as networks from './networks.ts';

export interface Job {
  name: string;
  program: Program;
  inputs: IntegerTensors;
}

/**
 * Compiles a model of a folder, or assembles the network of that name.
 * @param onnx the folder that holds a folder for each model
 * @throws when there is neither; ZK05xx when the model does not compile
 */
export function loadJob(name: string, onnx: string): Job {
  const folder = path.join(onnx, name);
  const network = (networks as unknown as Record<string, (() => networks.Network) | undefined>)[name];
  if (!fs.existsSync(path.join(folder, 'model.onnx'))) {
    if (!network) throw new Error(`no model ${name} in ${onnx}, and no network of that name`);
    const { program, inputs } = network();
    return { name: `${name} (assembled)`, program, inputs };
  }
  const bytes = new Uint8Array(fs.readFileSync(path.join(folder, 'model.onnx')));
  const calibration = readCalibration(path.join(folder, 'calib.json'), inputSpecs(readOnnx(bytes)));
  const { program } = compileModel(bytes, { calibration, name });
  return {
    name,
    program,
    inputs: integersOf(readInputs([path.join(folder, 'input.json')]), program.inputs, 'input', program.metadata),
  };
}
