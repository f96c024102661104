// What a statement has of each input: its elements, or the root of a tree of its words for one that is committed (program/committed.ts). The root
// follows from the words, the region's layout and the profile's blowup, not from the model. Source: AIR.md §2 (DATA), §9 items 9, 10.
// Caveat: a root says nothing of what it stands for; whose input it is, or that it is one that somebody attested, is for the caller to compare.
import type { Digest } from '../../fri/core/digest.ts';
import { rejected, usage } from '../../fri/core/errors.ts';
import { isCommitted, type StatementInput } from '../program/committed.ts';
import { emptyTensors, requireNames, tensorOf, wordsOf } from '../program/packing.ts';
import type { IntegerTensors, Region } from '../program/types.ts';

export type Roots = Readonly<Record<string, Digest>>;

/** Inputs by name, as a verifier knows them: elements of those that are public, roots of those that are committed. */
export interface NamedInputs {
  tensors: IntegerTensors;
  roots: Roots;
}

/** Regions of inputs whose elements a statement has. */
export const publicInputs = (inputs: readonly Region[]): Region[] => inputs.filter((region) => !isCommitted(region));

/** @throws usage ZK0349 where there is none */
function rootOf(roots: Roots, { name }: Region): Digest {
  if (!Object.hasOwn(roots, name)) throw usage('ZK0349', { what: `the committed input "${name}" has no root` });
  return roots[name]!;
}

/** What a statement has of a run's inputs. @throws usage ZK0349 for a committed one without a root */
export const statementInputs = (inputs: readonly Region[], tensors: IntegerTensors, roots: Roots): StatementInput[] =>
  inputs.map((region) => (isCommitted(region) ? { root: rootOf(roots, region) } : tensorOf(tensors, region.name)!));

/**
 * The inputs of a statement by name.
 * @throws rejected ZK0352 for another number of inputs, ZK0349 for a root where elements are wanted, or elements where a root is
 */
export function namedInputs(inputs: readonly Region[], list: readonly StatementInput[]): NamedInputs {
  if (list.length !== inputs.length) throw rejected('ZK0352', `the proof has ${list.length} inputs, the model ${inputs.length}`);
  const tensors = emptyTensors();
  const roots: Record<string, Digest> = Object.create(null);
  for (const [i, region] of inputs.entries()) {
    const given = list[i]!;
    const committed = 'root' in given;
    if (committed !== isCommitted(region))
      throw rejected(
        'ZK0349',
        committed ? 'the proof has a root for an input that is not committed' : 'the proof has elements for a committed input',
        `input "${region.name}"`,
      );
    if (committed) roots[region.name] = given.root;
    else tensors[region.name] = given;
  }
  return { tensors, roots };
}

/** Words of each input for transcript and hash: its elements, or the eight words of its root. The model id says which. @throws ZK032x, ZK0349 */
export function inputLists(inputs: readonly Region[], { tensors, roots }: NamedInputs): Uint32Array[] {
  requireNames(inputs, tensors, 'input');
  return inputs.map((region) => (isCommitted(region) ? Uint32Array.from(rootOf(roots, region)) : wordsOf(region, tensors, 'input')));
}

/** Roots of a statement behind those of the model, in the order of the inputs. @throws usage ZK0349 for a committed one without a root */
export const rootsInOrder = (inputs: readonly Region[], roots: Roots): Digest[] =>
  inputs.filter(isCommitted).map((region) => rootOf(roots, region));
