// Roots of committed inputs, for a program: what an attester registers, and what a statement has instead of elements. Source: vm/statement/input.ts.
// Caveat: a committed input is not hidden: proofs show cells of it, and a root can be tried against guesses.
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { usage } from '../../fri/core/errors.ts';
import { DEFAULT_PROFILE, type Profile, type ProfileName, profileNamed } from '../../fri/pcs/profile.ts';
import { isCommitted } from '../program/committed.ts';
import type { VerifiableModel } from '../statement/model.ts';
import { committedRoots } from '../statement/roots.ts';
import { type OptionKinds, requireOptions, requireVerifiable } from './arguments.ts';
import { givenTensors, type ModelTensors } from './given.ts';
import { integersOf } from './integers.ts';
import { hexadecimal } from './roots.ts';

/** A record or a model. */
interface Described {
  verifiable(profile: Profile): Pick<VerifiableModel, 'program'> | Promise<Pick<VerifiableModel, 'program'>>;
}

/**
 * How an input is committed to.
 * @example const options: CommitInputOptions = { profile: 'chain' };
 */
export interface CommitInputOptions {
  /** profile of the proofs, to whose blowup a root belongs */
  profile?: ProfileName;
}

const OPTIONS: OptionKinds<CommitInputOptions> = { profile: 'text' };

/**
 * The roots of a model's committed inputs, in hexadecimal by name. A root follows from the input's words, their layout and the profile, not from the model.
 * @param against a record or a model
 * @param inputs all inputs of the model
 * @throws ZkvmError ZK0349 for a model that takes none by commitment; ZK080x and ZK081x for inputs that do not fit
 * @example
 * const roots = await commitInput(model, { image }, { profile: 'chain' });
 */
export async function commitInput(
  against: Described,
  inputs: ModelTensors,
  options: CommitInputOptions = {},
): Promise<{ [name: string]: string }> {
  requireOptions(options, 'commitInput', OPTIONS);
  requireVerifiable(against);
  const profile = profileNamed(options.profile ?? DEFAULT_PROFILE.name);
  const { program } = await against.verifiable(profile);
  if (!program.inputs.some(isCommitted))
    throw usage('ZK0349', { what: 'the model takes no input by commitment', fix: 'compile it with commitInputs' });
  const names = program.inputs.map(({ name }) => name);
  const integers = integersOf(givenTensors(inputs, names, 'the inputs'), program.inputs, 'input', program.metadata);
  return hexadecimal(await committedRoots(program, integers, profile, jsBackend()));
}
