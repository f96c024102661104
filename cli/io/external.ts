// Tensor data in files beside a model (ONNX external data). Source: onnx/docs/ExternalData.md, which asks for paths inside the model's folder.
// Caveat: a model on standard input has no folder, so its data must be inside it.
import fs from 'node:fs';
import path from 'node:path';
import type { ExternalData } from '../../compiler/onnx/tensor-proto.ts';
import { usage } from '../../fri/core/errors.ts';
import { readBytes, STANDARD_STREAM } from './files.ts';

/** Reads a path's target, or the path itself where there is none yet. */
const resolved = (file: string): string => (fs.existsSync(file) ? fs.realpathSync(file) : path.resolve(file));

/** @returns what reads the data files of this model, each once; undefined where there can be none */
export function dataBeside(model: string): ExternalData | undefined {
  if (model === STANDARD_STREAM) return undefined;
  const folder = resolved(path.dirname(model));
  const known = new Map<string, Uint8Array>();
  return (location) => {
    const file = path.resolve(folder, location);
    // symbolic links too may not lead out of the folder
    const inside = path.relative(folder, resolved(file));
    if (location === '' || path.isAbsolute(location) || inside === '' || inside.startsWith('..') || path.isAbsolute(inside))
      throw usage('ZK0825', {
        what: 'the model names a data file outside its own folder',
        where: JSON.stringify(location),
        fix: 'put the data file beside the model and save the model again',
      });
    const bytes = known.get(file) ?? readBytes(file);
    known.set(file, bytes);
    return bytes;
  };
}
