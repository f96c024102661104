// What bytes are: a compiled model, its record, a proof or a trace, told apart by their first four bytes. Source: vm/files/. Caveat: it shows what a file
// claims and verifies nothing; outputs of a proof are integers here, for only the model knows their scales.

import { digestToHex } from '../../fri/core/digest.ts';
import { usage } from '../../fri/core/errors.ts';
import { PROFILES, type ProfileName } from '../../fri/pcs/profile.ts';
import { cellCount } from '../chips/cells.ts';
import { fileKindOf } from '../files/magic.ts';
import { decodeProofFile } from '../files/proof.ts';
import { decodeTrace } from '../files/trace.ts';
import { LANES } from '../program/isa.ts';
import { requireBytes } from './arguments.ts';
import type { TensorInfo } from './described.ts';
import { Model } from './model.ts';
import { type RealTensorsByName, realValues } from './real.ts';
import { ModelRecord } from './record.ts';

/**
 * A compiled model.
 * @example
 * const file = inspect(bytes);
 * if (file.kind === 'model') console.log(file.name, file.inputs, file.contentHash);
 */
export interface InspectedModel {
  kind: 'model';
  name: string;
  labels: readonly string[];
  inputs: readonly TensorInfo[];
  outputs: readonly TensorInfo[];
  contentHash: string;
  /** words of code, weights and constants */
  words: number;
  bytes: number;
}

/**
 * A proof, not verified.
 * @example
 * const file = inspect(bytes);
 * if (file.kind === 'proof') console.log(file.profile, file.modelId);
 */
export interface InspectedProof {
  kind: 'proof';
  /** undefined for a profile that this release does not know */
  profile: ProfileName | undefined;
  modelId: string;
  /** in the model's order, in its integers; of a committed input the root, in hexadecimal */
  inputs: readonly (Int32Array | string)[];
  outputs: readonly Int32Array[];
  context: Uint8Array;
  bytes: number;
}

/**
 * A run with its columns.
 * @example
 * const file = inspect(bytes);
 * if (file.kind === 'trace') console.log(file.outputs, file.cells);
 */
export interface InspectedTrace {
  kind: 'trace';
  name: string;
  inputs: RealTensorsByName;
  outputs: RealTensorsByName;
  context: Uint8Array;
  cells: number;
  bytes: number;
}

/**
 * A model without its weights.
 * @example
 * const file = inspect(bytes);
 * if (file.kind === 'record') console.log(file.ids);
 */
export interface InspectedRecord {
  kind: 'record';
  name: string;
  labels: readonly string[];
  inputs: readonly TensorInfo[];
  outputs: readonly TensorInfo[];
  /** model ids by profile, in hexadecimal */
  ids: readonly { profile: ProfileName; id: string }[];
  bytes: number;
}

/**
 * What a file is and says.
 * @example
 * const file: Inspected = inspect(await readFile('model.zkb'));
 * console.log(file.kind, file.bytes);
 */
export type Inspected = InspectedModel | InspectedRecord | InspectedProof | InspectedTrace;

/**
 * Says what a file of this project holds.
 * @throws ZkvmError ZK0301 for bytes that are none, and what the reader of its kind throws for damaged ones
 * @example
 * const found = inspect(bytes);
 * if (found.kind === 'proof') console.log(found.profile, found.modelId);
 */
export function inspect(bytes: Uint8Array): Inspected {
  requireBytes(bytes, 'what is inspected');
  const size = { bytes: bytes.length };
  if (fileKindOf(bytes) === 'model') {
    const { name, labels, inputs, outputs, contentHash, program } = Model.load(bytes);
    return { kind: 'model', name, labels, inputs, outputs, contentHash, words: program.rom.length / LANES, ...size };
  }
  if (fileKindOf(bytes) === 'record') {
    const record = ModelRecord.decode(bytes);
    const { name, labels, inputs, outputs, profiles } = record;
    return {
      kind: 'record',
      name,
      labels,
      inputs,
      outputs,
      ids: profiles.map((profile) => ({ profile, id: record.id(profile) })),
      ...size,
    };
  }
  if (fileKindOf(bytes) === 'proof') {
    const { profileId, modelId, inputs, outputs, context } = decodeProofFile(bytes);
    const profile = Object.values(PROFILES).find(({ id }) => id === profileId)?.name as ProfileName | undefined;
    return {
      kind: 'proof',
      profile,
      modelId: digestToHex(modelId),
      inputs: inputs.map((input) => ('root' in input ? digestToHex(input.root) : input)),
      outputs,
      context,
      ...size,
    };
  }
  if (fileKindOf(bytes) === 'trace') {
    const { program, inputs, outputs, context, instances } = decodeTrace(bytes);
    return {
      kind: 'trace',
      name: program.metadata.name,
      inputs: realValues(program, 'input', inputs),
      outputs: realValues(program, 'output', outputs),
      context,
      cells: cellCount(instances),
      ...size,
    };
  }
  throw usage('ZK0301', {
    what: 'the bytes are no file of this project',
    why: `they begin with ${Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ') || 'nothing'}`,
    fix: 'give a .zkb, a record, a proof or a trace',
  });
}
