// Roots of committed inputs, made from their elements: by whoever proves, attests, or compares with an input of his own. Source: vm/statement/input.ts.
// Caveat: a verifier that knows the root does not come here.
import { freeSetup, setupColumns } from '../../air/columns.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import type { Digest } from '../../fri/core/digest.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { committedInstance } from '../chips/committed.ts';
import { COMMITTED } from '../chips/fixed.ts';
import { isCommitted } from '../program/committed.ts';
import { emptyTensors, packRegion, tensorOf } from '../program/packing.ts';
import type { IntegerTensors, Program, Region } from '../program/types.ts';
import { type NamedInputs, publicInputs, type Roots } from './input.ts';

/**
 * The root of an input's tree under profiles of a blowup.
 * @throws ZK032x for a tensor that does not fit its region
 */
export async function committedRoot(
  region: Region,
  tensor: ArrayLike<number> | undefined,
  { logBlowup }: Pick<Profile, 'logBlowup'>,
  backend: Backend,
): Promise<Digest> {
  const { words } = packRegion(region, tensor, 'input');
  const instance = { ...committedInstance(region, 0), preprocessed: COMMITTED.words(region, words), columns: [] };
  const setup = await setupColumns(backend, [instance], logBlowup);
  freeSetup(backend, setup);
  return setup.tree.root;
}

/** Roots of all committed inputs of a program. @throws as `committedRoot` */
export async function committedRoots(
  { inputs }: Pick<Program, 'inputs'>,
  tensors: IntegerTensors,
  profile: Pick<Profile, 'logBlowup'>,
  backend: Backend,
): Promise<Roots> {
  const roots: Record<string, Digest> = Object.create(null);
  for (const region of inputs.filter(isCommitted))
    roots[region.name] = await committedRoot(region, tensorOf(tensors, region.name), profile, backend);
  return roots;
}

/** What a statement has of all elements of a program's inputs: what is expected of a proof by who knows them. @throws as `committedRoot` */
export async function namedInputsOf(
  { inputs }: Pick<Program, 'inputs'>,
  given: IntegerTensors,
  profile: Pick<Profile, 'logBlowup'>,
  backend: Backend,
): Promise<NamedInputs> {
  const tensors = emptyTensors();
  for (const { name } of publicInputs(inputs)) tensors[name] = tensorOf(given, name)!;
  return { tensors, roots: await committedRoots({ inputs }, given, profile, backend) };
}
