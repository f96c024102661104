// What a proof says: this model, on these inputs, gave these outputs, in this context. Tensors become public words here, packed by
// the verifier itself. Source: DESIGN §5, AIR.md §4, §9 items 8-10. Caveat: proofs hide nothing; inputs and outputs are in clear.
import type { PublicTerm } from '../../air/machine.ts';
import { withLengths } from '../../air/transcript.ts';
import { bytesToWords, hash, PURPOSE } from '../../fri/core/blake2s.ts';
import { type Digest, truncate } from '../../fri/core/digest.ts';
import { type Profile, profileWords } from '../../fri/pcs/profile.ts';
import { dispatch, read, write } from '../chips/relations.ts';
import type { StatementInput } from '../program/committed.ts';
import { ISA, LANES, toField } from '../program/isa.ts';
import { elementWords, inputWords, packRegion, tensorOf, tensorWords } from '../program/packing.ts';
import type { IntegerTensors, Program, Region } from '../program/types.ts';
import { inputLists, publicInputs, type Roots } from './input.ts';

export interface Statement {
  modelId: Digest;
  inputs: IntegerTensors;
  /** of committed inputs; left out where there are none */
  roots?: Roots;
  outputs: IntegerTensors;
  /** the caller's bytes: chain, contract, nonce, caller */
  context: Uint8Array;
}

/** fields of a dispatch tuple after the opcode */
const DISPATCH_FIELDS = 11;

function regionTerms(regions: readonly Region[], tensors: IntegerTensors, kind: 'input' | 'output', relation: number): PublicTerm[] {
  return regions.flatMap((region) => {
    const { addresses, words } = packRegion(region, tensorOf(tensors, region.name), kind);
    return Array.from(addresses, (address, i) => ({
      count: 1,
      relation,
      values: [address, ...words.subarray(i * LANES, (i + 1) * LANES)],
    }));
  });
}

/**
 * Words of public inputs are written, output words are read, HLT is received once. Of a committed input there is no term.
 * @throws ZK032x when a tensor does not fit its region
 */
export const publicTerms = (
  program: Pick<Program, 'inputs' | 'outputs'>,
  inputs: IntegerTensors,
  outputs: IntegerTensors,
): PublicTerm[] => [
  { count: -1, relation: dispatch.id, values: [ISA.HLT.code, ...Array<number>(DISPATCH_FIELDS).fill(0)] },
  ...regionTerms(publicInputs(program.inputs), inputs, 'input', write.id),
  ...regionTerms(program.outputs, outputs, 'output', read.id),
];

/** how many terms `publicTerms` gives */
export const publicTermCount = (program: Pick<Program, 'inputs' | 'outputs'>): number =>
  1 +
  publicInputs(program.inputs).reduce((words, region) => words + inputWords(region), 0) +
  program.outputs.reduce((words, region) => words + elementWords(region), 0);

/**
 * Hash of all that is claimed, every part length-prefixed: what a contract stores. A committed input is the eight words of its root; the model id,
 * which stands before, says which inputs are, so no two statements have the same words.
 * @throws ZK032x when a tensor does not fit its region, usage ZK0349 without the root of a committed input
 */
export function statementHash(
  airHash: Digest,
  profile: Profile,
  program: Pick<Program, 'inputs' | 'outputs'>,
  statement: Statement,
): Digest {
  const { modelId, context, roots = {} } = statement;
  const inputs = inputLists(program.inputs, { tensors: statement.inputs, roots });
  return wordsHash(airHash, profile, { modelId, inputs, outputs: tensorWords(program.outputs, statement.outputs, 'output'), context });
}

/** What a proof file says of itself: tensors in the record's order. */
export interface SaidStatement {
  modelId: Digest;
  inputs: readonly StatementInput[];
  outputs: readonly Int32Array[];
  context: Uint8Array;
}

/** `statementHash` of what a proof file says, without its model: nothing is held against anything. */
export const saidStatementHash = (airHash: Digest, profile: Profile, { modelId, inputs, outputs, context }: SaidStatement): Digest =>
  wordsHash(airHash, profile, {
    modelId,
    inputs: inputs.map((input) => ('root' in input ? Uint32Array.from(input.root) : fieldWords(input))),
    outputs: outputs.map(fieldWords),
    context,
  });

const fieldWords = (tensor: Int32Array): Uint32Array => Uint32Array.from(tensor, toField);

function wordsHash(
  airHash: Digest,
  profile: Profile,
  said: { modelId: Digest; inputs: Uint32Array[]; outputs: Uint32Array[]; context: Uint8Array },
): Digest {
  const parts = [
    airHash,
    profileWords(profile),
    said.modelId,
    withLengths(said.inputs),
    withLengths(said.outputs),
    bytesToWords(said.context),
  ];
  const words = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    words.set(part, at);
    at += part.length;
  }
  return truncate(hash(PURPOSE.STATEMENT, words));
}

/** hash of the inputs alone, committed ones by their roots: for a reader who has them and wants to compare */
export const inputsHash = (program: Pick<Program, 'inputs'>, inputs: IntegerTensors, roots: Roots = {}): Digest =>
  truncate(hash(PURPOSE.INPUTS, withLengths(inputLists(program.inputs, { tensors: inputs, roots }))));
