// The backend test cases of the `onnx` package as files in the cache folder, read with this project's own ONNX reader.
// Source: onnx/backend/test of the version below; install.ts makes the files. Caveat: sequences, maps and text are not read.
import fs from 'node:fs';
import path from 'node:path';
import { type OnnxModel, readOnnx } from '../../compiler/onnx/model.ts';
import { Message } from '../../compiler/onnx/protobuf.ts';
import type { Tensor } from '../../compiler/onnx/tensor.ts';
import { readTensor } from '../../compiler/onnx/tensor-proto.ts';
import { cacheFolder } from '../../contracts/devnet/cache.ts';

export const ONNX_VERSION = '1.23.2';

/** folders of cases */
const KINDS = ['node', 'simple', 'pytorch-operator', 'pytorch-converted'] as const;

export const dataFolder = (): string => path.join(cacheFolder('onnx', ONNX_VERSION), 'data');

export const isInstalled = (): boolean => fs.existsSync(dataFolder());

/** Names of all cases, `kind/name`, sorted. */
export function caseNames(): string[] {
  return KINDS.flatMap((kind) =>
    fs
      .readdirSync(path.join(dataFolder(), kind))
      .filter((name) => fs.existsSync(path.join(dataFolder(), kind, name, 'model.onnx')))
      .sort()
      .map((name) => `${kind}/${name}`),
  );
}

export const readModel = (name: string): OnnxModel => readOnnx(fs.readFileSync(path.join(dataFolder(), name, 'model.onnx')));

/** Tensors by position; undefined where a file is missing. */
export interface DataSet {
  inputs: Tensor[];
  outputs: Tensor[];
}

function tensors(folder: string, kind: 'input' | 'output'): Tensor[] {
  const list: Tensor[] = [];
  for (let i = 0; ; i++) {
    const file = path.join(folder, `${kind}_${i}.pb`);
    if (!fs.existsSync(file)) return list;
    const bytes = fs.readFileSync(file);
    list.push(readTensor(new Message(bytes, 0, bytes.length, '')).tensor);
  }
}

/** All data sets of a case. @throws ZkvmError for values that are no tensors of numbers */
export function readDataSets(name: string): DataSet[] {
  const folder = path.join(dataFolder(), name);
  return fs
    .readdirSync(folder)
    .filter((entry) => entry.startsWith('test_data_set_'))
    .sort()
    .map((entry) => ({ inputs: tensors(path.join(folder, entry), 'input'), outputs: tensors(path.join(folder, entry), 'output') }));
}
