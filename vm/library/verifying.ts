// Verifying, for a program: real numbers in, a verdict in real numbers out. Source: vm/verify.ts, which makes all checks.
// Caveat: a verdict is as good as the record or the model it was made with: take one that you made or audited, never one that came with the proof.
import { digestToHex } from '../../fri/core/digest.ts';
import { rejected } from '../../fri/core/errors.ts';
import { type Profile, type ProfileName, profileNamed } from '../../fri/pcs/profile.ts';
import type { SecurityReport } from '../../fri/pcs/security.ts';
import type { AuditOptions } from '../program/audit.ts';
import type { TableKind } from '../program/exact.ts';
import { publicInputs } from '../statement/input.ts';
import type { VerifiableModel } from '../statement/model.ts';
import { openProof, verifyOpened } from '../verify.ts';
import { type OptionKinds, requireBytes, requireOptions, requireVerifiable } from './arguments.ts';
import { expectedIntegers } from './expected.ts';
import { givenTensors, type ModelTensors } from './given.ts';
import { predictions } from './outputs.ts';
import { type RealTensorsByName, realValues } from './real.ts';
import { digests, hexadecimal } from './roots.ts';

/**
 * Whatever knows what proofs of a model are held against: a `Record`, or a `Model`, which has to commit its weights first.
 * @example const against: Verifiable = ModelRecord.decode(await readFile('model.record'));
 */
export interface Verifiable {
  verifiable(profile: Profile, options?: AuditOptions & { signal?: AbortSignal }): VerifiableModel | Promise<VerifiableModel>;
}

/**
 * What a caller expects of a proof; what is left out may be anything.
 * @example const options: VerifyOptions = { inputs: { image }, context: nonce, profiles: ['proven'] };
 */
export interface VerifyOptions {
  /** the proof must be about these inputs, rounded as `run` rounds them; committed ones are expected by `roots` */
  inputs?: ModelTensors;
  /** committed inputs must have these roots, in hexadecimal by name (`commitInput`) */
  roots?: { readonly [name: string]: string };
  /** the proof must have these outputs */
  outputs?: ModelTensors;
  /** the predicted labels must be these, in order */
  labels?: readonly string[];
  /** the proof must be bound to these bytes */
  context?: Uint8Array;
  /** profiles that are good enough; all but `test`, which proves nothing, if left out */
  profiles?: readonly ProfileName[];
  /** take a model of which it is not known that it has one answer; default no */
  allowUndetermined?: boolean;
  signal?: AbortSignal;
}

/**
 * What an accepted proof says.
 * @example const { modelId, outputs, labels, profile, determined } = await verify(proof, record);
 */
export interface Verdict {
  accepted: true;
  /** the model's name: the id names it, not the name */
  model: string;
  /** ids and hashes in hexadecimal */
  modelId: string;
  statementHash: string;
  inputsHash: string;
  /** public inputs; a committed one is in `roots` */
  inputs: RealTensorsByName;
  /** roots of committed inputs, in hexadecimal: what is under them is in range, and gave these outputs */
  roots: { readonly [name: string]: string };
  outputs: RealTensorsByName;
  /** the label of each row of scores; undefined if the model has none */
  labels: readonly string[] | undefined;
  context: Uint8Array;
  profile: ProfileName;
  security: SecurityReport;
  /** whether inputs beyond the calibrated ranges can be proved */
  tables: TableKind;
  /** whether the outputs are the only ones that can be proved for these inputs */
  determined: boolean;
}

/** profiles that prove something */
const ACCEPTABLE: readonly ProfileName[] = ['proven', 'fast', 'chain'];

const OPTIONS: OptionKinds<VerifyOptions> = {
  inputs: 'tensors',
  roots: 'table',
  outputs: 'tensors',
  labels: 'list',
  context: 'bytes',
  profiles: 'list',
  allowUndetermined: 'flag',
  signal: 'signal',
};

/**
 * Verifies a proof. What comes back is what it says; a proof that is not accepted is an error.
 * @param against a record or a model, or the promise of one
 * @throws ZkvmError kind `rejected` with the reason; kind `usage` for expected tensors that are none of this model, ZK0626 for an option that there is not
 * @example
 * const { labels, modelId } = await verify(proof, record, { context: nonce, profiles: ['proven'] });
 */
export async function verify(
  proof: Uint8Array,
  against: Verifiable | PromiseLike<Verifiable>,
  options: VerifyOptions = {},
): Promise<Verdict> {
  requireOptions(options, 'verify', OPTIONS);
  const { inputs, roots = {}, outputs, labels, context, profiles = ACCEPTABLE, allowUndetermined = false, signal } = options;
  requireBytes(proof, 'the proof');
  const acceptable = profiles.map(profileNamed);
  const source = await against;
  requireVerifiable(source);
  const opened = openProof(proof, acceptable);
  const model = await source.verifiable(opened.profile, { allowUndetermined, ...(signal && { signal }) });
  const { program } = model;
  // of a committed input there are no elements in a proof
  const shown = { ...program, inputs: publicInputs(program.inputs) };
  const integers = (tensors: ModelTensors, kind: 'input' | 'output') =>
    expectedIntegers(
      givenTensors(
        tensors,
        shown[`${kind}s`].map(({ name }) => name),
        `the expected ${kind}s`,
      ),
      shown,
      kind,
    );
  signal?.throwIfAborted();
  const verdict = verifyOpened(model, opened, {
    ...(inputs !== undefined && { inputs: integers(inputs, 'input') }),
    roots: digests(roots),
    ...(outputs !== undefined && { outputs: integers(outputs, 'output') }),
    ...(context !== undefined && { context }),
  });
  const found = predictions(program, verdict.outputs);
  if (labels && !(found?.length === labels.length && labels.every((label, i) => label === found[i])))
    throw rejected('ZK0353', 'the proof is about other labels than those expected', 'labels', `it says ${found?.join(', ') ?? 'none'}`);
  return {
    accepted: true,
    model: program.metadata.name,
    modelId: digestToHex(verdict.modelId),
    statementHash: digestToHex(verdict.statementHash),
    inputsHash: digestToHex(verdict.inputsHash),
    inputs: realValues(shown, 'input', verdict.inputs),
    roots: hexadecimal(verdict.roots),
    outputs: realValues(program, 'output', verdict.outputs),
    labels: found,
    context: verdict.context,
    profile: opened.profile.name as ProfileName,
    security: verdict.security,
    tables: model.tables,
    determined: model.audit.determined,
  };
}
