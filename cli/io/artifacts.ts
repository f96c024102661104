// What a file is by its first bytes, and reading one of the kind that is needed: a file of another kind is named with what it really is.
// Source: the formats of vm/files, NumPy's, ZIP's; ONNX has no magic, its first field is a number or a text. Caveat: the first bytes decide
// nothing but the message; a reader still checks all of the file.
import { type ErrorDetail, rejected, usage } from '../../fri/core/errors.ts';
import { fileKindOf, startsWith } from '../../vm/files/magic.ts';
import { readBytes } from './files.ts';

/** the first letter that is no space */
const firstLetter = (bytes: Uint8Array): string =>
  String.fromCharCode(bytes.find((byte) => byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13) ?? 0);

const KINDS = {
  model: { is: 'a compiled model', by: (bytes: Uint8Array) => fileKindOf(bytes) === 'model' },
  trace: { is: 'a trace', by: (bytes: Uint8Array) => fileKindOf(bytes) === 'trace' },
  proof: { is: 'a proof', by: (bytes: Uint8Array) => fileKindOf(bytes) === 'proof' },
  record: { is: 'a record of a model', by: (bytes: Uint8Array) => fileKindOf(bytes) === 'record' },
  npy: { is: 'a NumPy array', by: (bytes: Uint8Array) => startsWith(bytes, '\x93NUMPY') },
  zip: { is: 'a ZIP archive', by: (bytes: Uint8Array) => startsWith(bytes, 'PK\x03\x04') },
  json: { is: 'JSON', by: (bytes: Uint8Array) => '{['.includes(firstLetter(bytes)) },
  // field 1, the version of the format, then field 2, the producer, or field 7 or 8, graph or operator sets
  onnx: { is: 'an ONNX model', by: ([first, , third]: Uint8Array) => first === 8 && [18, 26, 34, 42, 58, 66].includes(third ?? 0) },
} as const;

export type ArtifactKind = keyof typeof KINDS;
type Readable = 'model' | 'trace' | 'proof' | 'record' | 'onnx';

/** what to do with a file of the one kind where another is needed */
const FIXES: Partial<Record<`${ArtifactKind} for ${Readable}`, string>> = {
  'onnx for model': 'compile it first: zkvm compile model.onnx -o model.zkb --calibrate samples.json',
  'onnx for trace': 'compile it first (zkvm compile), then run the model: zkvm run model.zkb --input x.json -o trace.bin',
  'trace for model': 'give the .zkb that the trace was made with',
  'proof for model': 'give the .zkb that was proved; zkvm inspect shows what the proof says of itself',
  'model for trace': 'run it first: zkvm run model.zkb --input x.json -o trace.bin',
  'proof for trace': 'a proof is checked with zkvm verify proof.bin --model model.zkb',
  'trace for proof': 'prove it first: zkvm prove trace.bin -o proof.bin',
  'model for proof': 'name the proof first and the model with --model',
  'record for model': 'a record has no weights: give it with --record to zkvm verify, or the .zkb here',
  'model for record': 'give it with --model, or make a record of it: zkvm record model.zkb -o model.record',
  'model for onnx': 'it is compiled already: zkvm run model.zkb --input x.json',
};

/** What a file is, as far as its first bytes say. */
export const kindOfFile = (bytes: Uint8Array): ArtifactKind | undefined =>
  (Object.keys(KINDS) as ArtifactKind[]).find((kind) => KINDS[kind].by(bytes));

/**
 * Says it where a file is of a kind that is known and not of those that are needed.
 * @param refusedAs what verifies says `rejected` of a file that is no proof
 * @throws ZK0826
 */
export function requireKind(bytes: Uint8Array, file: string, wanted: readonly Readable[], refusedAs: 'usage' | 'rejected' = 'usage'): void {
  const kind = kindOfFile(bytes);
  const empty = bytes.length === 0;
  if (!empty && (kind === undefined || (wanted as readonly ArtifactKind[]).includes(kind))) return;
  const needed = wanted.map((one) => KINDS[one].is).join(' or ');
  const name = file === '-' ? 'standard input' : JSON.stringify(file);
  const what = `${name} is ${empty ? 'empty' : KINDS[kind!].is}, ${needed} is needed`;
  if (refusedAs === 'rejected') throw rejected('ZK0826', what);
  const fix = kind && FIXES[`${kind} for ${wanted[0]!}`];
  const detail: ErrorDetail = { what, ...(fix !== undefined && { fix }) };
  throw usage('ZK0826', detail);
}

/** The bytes of a file that should be of this kind. @throws ZK0801 … ZK0804, ZK0826 */
export function readArtifact(file: string, ...wanted: Readable[]): Uint8Array {
  const bytes = readBytes(file);
  requireKind(bytes, file, wanted);
  return bytes;
}
