// A compiled model in the hands of a program: what it is called, what goes in and comes out, its ids, and what a verifier needs of it.
// Source: DESIGN §5. Caveat: an id and a record rest on a commitment to the model's columns, which is made when somebody asks, once a profile; a
// prover that has prepared the model brings it along.
import { digestToHex } from '../../fri/core/digest.ts';
import { DEFAULT_PROFILE, type Profile, type ProfileName, profileNamed } from '../../fri/pcs/profile.ts';
import { selectBackend } from '../../gpu/select.ts';
import { decodeZkb } from '../files/zkb.ts';
import { type Audit, type AuditOptions, audit, requireDetermined } from '../program/audit.ts';
import { type TableKind, tableKind } from '../program/exact.ts';
import type { Program } from '../program/types.ts';
import { makeRecord } from '../statement/make-record.ts';
import { loadModel, type VerifiableModel } from '../statement/model.ts';
import { contentHash } from '../statement/record.ts';
import { type OptionKinds, requireBytes, requireList, requireOptions } from './arguments.ts';
import { describedTensors, type TensorInfo } from './described.ts';
import { ModelRecord } from './record.ts';
import { listening } from './signals.ts';

/**
 * What may be said to a question that needs a commitment.
 * @example const id = await model.id('proven', { signal: AbortSignal.timeout(10_000) });
 */
export interface CommitOptions extends AuditOptions {
  signal?: AbortSignal;
}

const RECORD_OPTIONS: OptionKinds<Pick<CommitOptions, 'signal'>> = { signal: 'signal' };
const COMMIT_OPTIONS: OptionKinds<CommitOptions> = { allowUndetermined: 'flag', signal: 'signal' };

/**
 * A compiled model. It does not change; keep one and prove with it as often as you like.
 * @example
 * const model = Model.load(new Uint8Array(await (await fetch('model.zkb')).arrayBuffer()));
 * model.inputs; // [{ name: 'image', shape: [1, 1, 28, 28], kind: 'real', range: [0, 1], step: … }]
 */
export class Model {
  /** the program itself: for the tools of this package, not for arithmetic */
  readonly program: Program;
  /** as the ONNX graph or `compile` called it */
  readonly name: string;
  /** of the classes of the first output; empty if there are none */
  readonly labels: readonly string[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** what the compiler said of the model's accuracy, as stored (`reportOf` of `zkvm/compiler` reads it); undefined if nothing. A claim of the file. */
  readonly report: Uint8Array | undefined;
  /** whether inputs beyond the calibrated ranges can be proved: `strict` no, `saturating` yes, with values cut off there */
  readonly tables: TableKind;
  readonly #bytes: Uint8Array;
  readonly #committed = new Map<number, VerifiableModel>();
  #audit: Audit | undefined;
  #record: Promise<ModelRecord> | undefined;

  private constructor(bytes: Uint8Array) {
    const { program, report } = decodeZkb(bytes);
    this.program = program;
    this.name = program.metadata.name;
    this.labels = [...program.metadata.labels];
    this.inputs = describedTensors(program, 'input');
    this.outputs = describedTensors(program, 'output');
    this.report = report.length ? report : undefined;
    this.tables = tableKind(program);
    this.#bytes = bytes;
  }

  /**
   * Reads a compiled model, a `.zkb`.
   * @throws ZkvmError ZK030x for bytes that are no such file, ZK034x for a program that is broken
   * @example const model = Model.load(await readFile('model.zkb'));
   */
  static load(bytes: Uint8Array): Model {
    return new Model(Uint8Array.from(requireBytes(bytes, 'the model')));
  }

  /**
   * The `.zkb` file, a copy.
   * @example await writeFile('model.zkb', model.bytes());
   */
  bytes(): Uint8Array {
    return this.#bytes.slice();
  }

  /** Whether the outputs of a proof are the only ones that can be proved for its inputs, and if not, why. Every compiled model has one answer. */
  get audit(): Audit {
    this.#audit ??= audit(this.program);
    return this.#audit;
  }

  /** Hash of the whole file, report included, in hexadecimal; names it before any profile. */
  get contentHash(): string {
    return digestToHex(contentHash(this.#bytes));
  }

  /**
   * The model id under a profile, in hexadecimal: what a proof and the contract name.
   * @example console.log(await model.id('fast'));
   */
  async id(profile: ProfileName = DEFAULT_PROFILE.name as ProfileName, options: CommitOptions = {}): Promise<string> {
    requireOptions(options, 'id', COMMIT_OPTIONS);
    return digestToHex((await this.verifiable(profileNamed(profile), options)).id);
  }

  /**
   * What a proof under a profile is held against; `verify` asks for it.
   * @throws rejected ZK0347 when the model may have several answers and the options do not allow that
   * @example const verdict = await verify(proof, model); // commits the model first: `model.record` once is cheaper
   */
  async verifiable(profile: Profile, { signal, ...options }: CommitOptions = {}): Promise<VerifiableModel> {
    requireDetermined(this.program, options);
    const known = this.#committed.get(profile.id);
    if (known) return known;
    // not a GPU: compiling its kernels takes longer than the commitment of most models
    const { backend, close } = await selectBackend('wasm').catch(() => selectBackend('js'));
    try {
      const model = await loadModel(this.program, profile, listening(backend, signal), options);
      this.#committed.set(profile.id, model);
      return model;
    } finally {
      await close();
    }
  }

  /**
   * What a verifier needs of this model, without its weights: for proofs of `proven`, `fast` and, if the model is not too large for it, `chain`.
   * Made when it is first asked for, which commits the model twice; `verify` takes the promise.
   * @example await writeFile('model.record', (await model.record).encode());
   */
  get record(): Promise<ModelRecord> {
    this.#record ??= this.recordFor().catch((error: unknown) => {
      this.#record = undefined; // whoever asks again may have more luck
      throw error;
    });
    return this.#record;
  }

  /**
   * `record` for some profiles.
   * @throws ZK0346 when the model is too large for all of them, rejected ZK0347 when it may have several answers
   * @example const record = await model.recordFor(['fast'], { signal });
   */
  async recordFor(
    profiles: readonly ProfileName[] = ['proven', 'fast', 'chain'],
    options: Pick<CommitOptions, 'signal'> = {},
  ): Promise<ModelRecord> {
    requireList(profiles, 'profiles');
    requireOptions(options, 'recordFor', RECORD_OPTIONS);
    const { signal } = options;
    const load = (profile: Profile): Promise<VerifiableModel> => this.verifiable(profile, signal ? { signal } : {});
    return new ModelRecord(await makeRecord(this.program, this.report ?? new Uint8Array(0), load, profiles.map(profileNamed)));
  }

  /**
   * A commitment that somebody has made anyway. For the provers of this package.
   * @internal
   */
  remember(profile: Profile, { program, record, id, audit, tables }: VerifiableModel): void {
    if (program === this.program && !this.#committed.has(profile.id))
      this.#committed.set(profile.id, { program, record, id, audit, tables });
  }
}
