// A record in the hands of a program: a model without its weights, enough to verify with, some kilobytes. Source: vm/statement/record-file.ts.
// Caveat: that it belongs to the model that somebody means is the word of who made it: make it yourself, or compare its id with one that you
// computed from the model.
import { digestToHex } from '../../fri/core/digest.ts';
import { DEFAULT_PROFILE, type Profile, type ProfileName, profileNamed } from '../../fri/pcs/profile.ts';
import type { VerifiableModel } from '../statement/model.ts';
import { decodeRecord, encodeRecord, profilesOf, type RecordFile, recordedModel } from '../statement/record-file.ts';
import { requireBytes } from './arguments.ts';
import { describedTensors, type TensorInfo } from './described.ts';

/**
 * What `verify` needs of a model.
 * @example
 * const record = ModelRecord.decode(await readFile('model.record'));
 * if (record.id('proven') !== EXPECTED) throw new Error('this is another model');
 * const verdict = await verify(proof, record);
 */
export class ModelRecord {
  readonly name: string;
  /** of the classes of the first output; empty if there are none */
  readonly labels: readonly string[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** of the proofs that can be verified with it */
  readonly profiles: readonly ProfileName[];
  /** what the compiler said of the model's accuracy, as stored; undefined if nothing. A claim of the file. */
  readonly report: Uint8Array | undefined;
  readonly #file: RecordFile;
  readonly #models = new Map<number, VerifiableModel>();

  /** For this package: programs call `ModelRecord.decode`, or ask a model for its `record`. */
  constructor(file: RecordFile) {
    const program = { inputs: [...file.inputs], outputs: [...file.outputs], metadata: file.metadata };
    this.#file = file;
    this.name = file.metadata.name;
    this.labels = [...file.metadata.labels];
    this.inputs = describedTensors(program, 'input');
    this.outputs = describedTensors(program, 'output');
    this.profiles = profilesOf(file).map(({ name }) => name as ProfileName);
    this.report = file.report.length ? file.report : undefined;
  }

  /**
   * Reads a record file.
   * @throws ZkvmError ZK030x for bytes that are no such file
   * @example const record = ModelRecord.decode(new Uint8Array(await (await fetch('model.record')).arrayBuffer()));
   */
  static decode(bytes: Uint8Array): ModelRecord {
    return new ModelRecord(decodeRecord(requireBytes(bytes, 'the record')));
  }

  /**
   * The record file.
   * @example await writeFile('model.record', record.encode());
   */
  encode(): Uint8Array {
    return encodeRecord(this.#file);
  }

  /**
   * The model id under a profile, in hexadecimal.
   * @throws rejected ZK0359 for a profile that the record has no id for
   * @example console.log(record.id('fast'));
   */
  id(profile: ProfileName = DEFAULT_PROFILE.name as ProfileName): string {
    return digestToHex(this.verifiable(profileNamed(profile)).id);
  }

  /**
   * What a proof under a profile is held against; `verify` asks for it.
   * @example const verdict = await verify(proof, record);
   */
  verifiable(profile: Profile): VerifiableModel {
    const known = this.#models.get(profile.id);
    if (known) return known;
    const model = recordedModel(this.#file, profile);
    this.#models.set(profile.id, model);
    return model;
  }
}
