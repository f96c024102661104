// Trained models as files in the cache folder: a model, samples, and what onnxruntime answers. install.ts makes them with make/*.py.
// Caveat: one version of the packages gives one set of files; another gives others, and the committed report is of these.
import fs from 'node:fs';
import path from 'node:path';
import { readNpy } from '../../cli/io/npy.ts';
import { cacheFolder } from '../../contracts/devnet/cache.ts';
import type { RealTensor } from '../../vm/library/tensors.ts';

/** a change of what install.ts installs or of what make/ writes needs another number */
export const MODELS_VERSION = '1';

/** samples that calibrate; all others are fresh */
export const CALIBRATION = 64;

export const dataFolder = (): string => path.join(cacheFolder('trained', MODELS_VERSION), 'data');

export const isInstalled = (): boolean => fs.existsSync(dataFolder());

export const modelNames = (): string[] => fs.readdirSync(dataFolder()).sort();

/** An output: what it is called, whether it is made of integers, and what it is for every sample. */
export interface Answers {
  name: string;
  integers: boolean;
  samples: RealTensor[];
}

export interface TrainedModel {
  onnx: Uint8Array;
  /** package that the model comes from */
  source: string;
  samples: Record<string, RealTensor>[];
  answers: Answers[];
}

interface About {
  inputs: string[];
  outputs: string[];
  integers: boolean[];
  source: string;
}

/** The rows of the first axis. */
function rowsOf({ shape: [count = 0, ...shape], data }: RealTensor): RealTensor[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => ({ shape, data: data.subarray(i * size, (i + 1) * size) }));
}

export function readTrained(name: string): TrainedModel {
  const folder = path.join(dataFolder(), name);
  const read = (file: string): RealTensor[] => rowsOf(readNpy(fs.readFileSync(path.join(folder, file)), file));
  const about = JSON.parse(fs.readFileSync(path.join(folder, 'about.json'), 'utf8')) as About;
  const inputs = about.inputs.map((_, i) => read(`in_${i}.npy`));
  return {
    onnx: fs.readFileSync(path.join(folder, 'model.onnx')),
    source: about.source,
    samples: inputs[0]!.map((_, k) => Object.fromEntries(about.inputs.map((input, i) => [input, inputs[i]![k]!]))),
    answers: about.outputs.map((output, i) => ({ name: output, integers: about.integers[i]!, samples: read(`out_${i}.npy`) })),
  };
}
