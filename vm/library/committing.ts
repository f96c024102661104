// Roots of committed inputs, for a program: what an attester registers, and what a statement has instead of elements. Source: vm/statement/input.ts.
// Caveat: a committed input is not hidden: proofs show cells of it, and a root can be tried against guesses.
import { type Digest, digestFromHex, digestToHex } from '../../fri/core/digest.ts';
import { usage } from '../../fri/core/errors.ts';
import { DEFAULT_PROFILE, type Profile, type ProfileName, profileNamed } from '../../fri/pcs/profile.ts';
import { isCommitted } from '../program/committed.ts';
import type { IntegerTensors, Program } from '../program/types.ts';
import { committedRoots, type Roots } from '../statement/input.ts';
import { type OptionKinds, requireOptions } from './arguments.ts';
import { givenTensors, type ModelTensors } from './given.ts';
import { integersOf } from './integers.ts';
import type { Verifiable } from './verifying.ts';

/**
 * How an input is committed to.
 * @example const options: CommitInputOptions = { profile: 'chain' };
 */
export interface CommitInputOptions {
  /** profile of the proofs, to whose blowup a root belongs */
  profile?: ProfileName;
}

const OPTIONS: OptionKinds<CommitInputOptions> = { profile: 'text' };

export const hexadecimal = (roots: Roots): { [name: string]: string } =>
  Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, digestToHex(root)]));

/** @throws usage ZK0120 for a text that is no root */
export const digests = (roots: { readonly [name: string]: string }): Record<string, Digest> =>
  Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, digestFromHex(root)]));

/** made with the plain backend, which is loaded where a model takes inputs by commitment */
export async function rootsOf(program: Pick<Program, 'inputs'>, tensors: IntegerTensors, profile: Profile): Promise<Roots> {
  const { jsBackend } = await import('../../fri/backend/js/backend.ts');
  return committedRoots(program, tensors, profile, jsBackend());
}

/**
 * The roots of a model's committed inputs, in hexadecimal by name. A root follows from the input's words, their layout and the profile, not from the model.
 * @param against a record or a model
 * @param inputs all inputs of the model
 * @throws ZkvmError ZK0349 for a model that takes none by commitment; ZK080x and ZK081x for inputs that do not fit
 * @example
 * const { image } = await commitInput(record, { image: pixels }, { profile: 'chain' });
 */
export async function commitInput(
  against: Verifiable,
  inputs: ModelTensors,
  options: CommitInputOptions = {},
): Promise<{ [name: string]: string }> {
  requireOptions(options, 'commitInput', OPTIONS);
  const profile = profileNamed(options.profile ?? DEFAULT_PROFILE.name);
  const { program } = await against.verifiable(profile);
  if (!program.inputs.some(isCommitted))
    throw usage('ZK0349', { what: 'the model takes no input by commitment', fix: 'compile it with commitInputs' });
  const names = program.inputs.map(({ name }) => name);
  const integers = integersOf(givenTensors(inputs, names, 'the inputs'), program.inputs, 'input', program.metadata);
  return hexadecimal(await rootsOf(program, integers, profile));
}
