// Verifies a proof file against a model: profile, model, instances, tensors, security, then the proof. Source: AIR.md §9.
// Security comes from the caller's list of acceptable profiles, never from the proof.
// Caveat: inputs and outputs are those in the file; a caller who expects certain ones passes them, and they are compared.
import { type VerifyShardsRequest, verifyPart, verifyShards, verifySums } from '../air/verify.ts';
import { type Digest, digestEqual, digestToHex } from '../fri/core/digest.ts';
import { rejected, retold, usage, ZkvmError } from '../fri/core/errors.ts';
import type { QM31 } from '../fri/core/qm31.ts';
import { PROFILES, type Profile } from '../fri/pcs/profile.ts';
import { requireSecurity, type SecurityReport } from '../fri/pcs/security.ts';
import { ProofReader, type ProofSource } from '../fri/pcs/stream.ts';
import { MACHINE } from './chips/machine.ts';
import { decodeProofFile, encodeProofFile, orderedParts, type ProofFile, type ProofPart } from './files/proof.ts';
import { isCommitted } from './program/committed.ts';
import { checkBuckets } from './program/encoding.ts';
import { requireNames, tensorOf, tensorWords } from './program/packing.ts';
import type { IntegerTensors, Region } from './program/types.ts';
import { inputsHash, publicTerms, statementHash } from './statement/claim.ts';
import { inputLists, namedInputs, publicInputs, type Roots, rootsInOrder } from './statement/input.ts';
import { requireShards, securedShards } from './statement/instances.ts';
import type { VerifiableModel } from './statement/model.ts';
import { contentHash, statementTrees } from './statement/record.ts';

export interface Expectation {
  /** of public inputs */
  inputs?: IntegerTensors;
  /** of committed inputs: what the caller's own input, or an attester, gives (`committedRoots`) */
  roots?: Roots;
  outputs?: IntegerTensors;
  context?: Uint8Array;
}

/** What an accepted proof says. */
export interface Verdict {
  modelId: Digest;
  statementHash: Digest;
  inputsHash: Digest;
  profile: Profile;
  security: SecurityReport;
  /** elements of public inputs */
  inputs: IntegerTensors;
  /** roots of committed inputs, of whose elements the proof says that they are in the model's range and give the outputs */
  roots: Roots;
  outputs: IntegerTensors;
  context: Uint8Array;
}

function namedOutputs(regions: readonly Region[], list: readonly Int32Array[]): IntegerTensors {
  if (list.length !== regions.length) throw rejected('ZK0352', `the proof has ${list.length} outputs, the model ${regions.length}`);
  return Object.fromEntries(regions.map((region, i) => [region.name, list[i]!]));
}

const sameNumbers = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((x, i) => x === b[i]);

/** @throws rejected ZK0353 for another root; usage ZK0349 for a root of an input that is not committed, or the elements of one that is */
function requireExpectedRoots(regions: readonly Region[], proved: Roots, { inputs, roots }: Expectation): void {
  const given = regions.find((region) => isCommitted(region) && inputs && tensorOf(inputs, region.name));
  if (given)
    throw usage('ZK0349', {
      what: `the elements of the committed input "${given.name}" are expected, of which a statement has the root only`,
      fix: 'expect its root',
    });
  for (const [name, root] of Object.entries(roots ?? {})) {
    if (!Object.hasOwn(proved, name)) throw usage('ZK0349', { what: `the model has no committed input "${name}"` });
    if (!digestEqual(proved[name]!, root))
      throw rejected(
        'ZK0353',
        `the proof is about another input "${name}" than the one expected`,
        'committed input',
        `root ${digestToHex(proved[name]!)} in the proof, ${digestToHex(root)} expected`,
      );
  }
}

function requireExpected(
  regions: readonly Region[],
  proved: IntegerTensors,
  expected: IntegerTensors | undefined,
  kind: 'input' | 'output',
): void {
  if (!expected) return;
  requireNames(regions, expected, kind);
  for (const region of regions) {
    const want = tensorOf(expected, region.name);
    if (!want || !sameNumbers(want, proved[region.name]!))
      throw rejected('ZK0353', `the proof is about another ${kind} "${region.name}" than the one expected`);
  }
}

/** A proof file that was read, and the profile that it claims. */
export interface OpenProof {
  readonly file: ProofFile;
  readonly profile: Profile;
}

/** Reads a proof file whose profile the caller accepts. @throws rejected ZK0330, ZK0331, ZK0354 */
export const openProof = (bytes: Uint8Array, acceptable: readonly Profile[], where = 'proof file'): OpenProof =>
  openedFile(decodeProofFile(bytes), acceptable, where);

/** @throws rejected ZK0354 */
function openedFile(file: ProofFile, acceptable: readonly Profile[], where = 'proof file'): OpenProof {
  const profile = acceptable.find(({ id }) => id === file.profileId);
  if (profile) return { file, profile };
  const name = Object.values(PROFILES).find(({ id }) => id === file.profileId)?.name ?? file.profileId;
  throw rejected(
    'ZK0354',
    `the proof's profile (${name}) is not acceptable`,
    where,
    `acceptable: ${acceptable.map((one) => one.name).join(', ')}`,
  );
}

/** @throws rejected with the first reason; nothing else, whatever the bytes are */
export const verifyProof = (
  model: VerifiableModel,
  bytes: Uint8Array,
  acceptable: readonly Profile[],
  expected: Expectation = {},
): Verdict => verifyOpened(model, openProof(bytes, acceptable), expected);

/** reads a proof's words: those that all shards share, then each shard's */
export type ReadWords = (words: Uint32Array) => ProofSource;

/**
 * `verifyProof` of a file that is open already.
 * @param read for a caller who wants to know what the words are
 * @throws rejected with the first reason
 */
export const verifyOpened = (
  model: VerifiableModel,
  proof: OpenProof,
  expected: Expectation = {},
  read: ReadWords = (words) => new ProofReader(words),
): Verdict => told(() => verifyFile(model, proof, expected, read));

function told<T>(verify: () => T): T {
  try {
    return verify();
  } catch (error) {
    // a tensor that does not fit its region is the proof's fault here, not the caller's
    if (error instanceof ZkvmError && error.kind === 'usage') throw retold('rejected', error);
    throw error;
  }
}

/** What the proof itself is held against, when everything around it is right. */
export interface Claim {
  request: VerifyShardsRequest;
  security: SecurityReport;
  inputs: IntegerTensors;
  roots: Roots;
  outputs: IntegerTensors;
}

/** What a proof claims, held against the model: steps 1 to 5. @throws rejected with the first reason */
export function claimOf(model: VerifiableModel, { file, profile }: OpenProof, expected: Expectation): Claim {
  const { record, program } = model;

  // 1 the profile is the model's; that the caller accepts it is known since the file was opened
  if (record.profile.id !== profile.id)
    throw rejected('ZK0355', `the model was loaded for profile ${record.profile.name}, the proof is for ${profile.name}`);

  // 2 the model is the one it was made for
  if (!digestEqual(file.modelId, model.id))
    throw rejected(
      'ZK0356',
      'the proof is for another model',
      'model id',
      `proof ${digestToHex(file.modelId)}, model ${digestToHex(model.id)}`,
    );

  // 3 instances
  const shards = requireShards(file.shards, statementTrees(record), profile);

  // 4 tensors: shapes, ranges, and what the caller expects
  const { tensors: inputs, roots } = namedInputs(program.inputs, file.inputs);
  const outputs = namedOutputs(program.outputs, file.outputs);
  const terms = publicTerms(program, inputs, outputs);
  checkBuckets(program, inputs);
  requireExpectedRoots(program.inputs, roots, expected);
  requireExpected(publicInputs(program.inputs), inputs, expected.inputs, 'input');
  requireExpected(program.outputs, outputs, expected.outputs, 'output');
  if (expected.context && !sameNumbers(expected.context, file.context)) throw rejected('ZK0357', 'the proof was made for another context');

  // 5 security
  const { profile: secured, security } = securedShards(profile, shards, terms.length);
  requireSecurity(security, secured);

  const statement = {
    modelId: model.id,
    preprocessedRoots: [...record.trees.map(({ root }) => root), ...rootsInOrder(program.inputs, roots)],
    inputs: inputLists(program.inputs, { tensors: inputs, roots }),
    outputs: tensorWords(program.outputs, outputs, 'output'),
    context: file.context,
  };
  const request = { machine: MACHINE, profile: secured, statement, shards, publicTerms: terms };
  return { request, security, inputs, roots, outputs };
}

function verifyFile(model: VerifiableModel, proof: OpenProof, expected: Expectation, read: ReadWords): Verdict {
  const { file } = proof;
  const claim = claimOf(model, proof, expected);

  // 6 the proof
  const ordered = orderedParts(file);
  const common = read(file.words);
  const parts = ordered.map(read);
  verifyShards(claim.request, common, {}, parts.length ? parts : undefined);
  return verdictOf(model, file, claim);
}

function verdictOf({ id, record, program }: VerifiableModel, { context }: ProofFile, { security, inputs, roots, outputs }: Claim): Verdict {
  return {
    modelId: id,
    statementHash: statementHash(record.airHash, record.profile, program, { modelId: id, inputs, roots, outputs, context }),
    inputsHash: inputsHash(program, inputs, roots),
    profile: record.profile,
    security,
    inputs,
    roots,
    outputs,
    context,
  };
}

/** That a part of a proof was accepted by itself: of which proof, which shard, and what it claims. */
export interface AcceptedPart {
  /** hash of all that the parts of one proof share */
  proof: string;
  shard: number;
  /** hash of the part itself */
  part: string;
  /** what its fractions add up to */
  sum: QM31;
}

const headHash = (file: ProofFile): string => digestToHex(contentHash(encodeProofFile({ ...file, parts: [] })));
const partHash = ({ words }: ProofPart): string =>
  digestToHex(contentHash(new Uint8Array(words.buffer, words.byteOffset, words.byteLength)));

/**
 * One part of a proof in shards, by itself: whether a worker did its work. It says nothing of the statement before all parts are there.
 * @throws rejected
 */
export const verifyProofPart = (model: VerifiableModel, file: ProofFile, acceptable: readonly Profile[]): AcceptedPart =>
  told(() => {
    const { request } = claimOf(model, openedFile(file, acceptable), {});
    const [part, ...others] = file.parts;
    if (!part || others.length) throw rejected('ZK0332', `the file has ${file.parts.length} shards, one is expected`, 'proof file');
    const sum = verifyPart(request, new ProofReader(file.words), part.shard, new ProofReader(part.words));
    return { proof: headHash(file), shard: part.shard, part: partHash(part), sum };
  });

/**
 * `verifyProof` of a file whose parts were all accepted by themselves, perhaps by other threads: what is left is that they are of this proof, each
 * shard once, and that their sums cancel.
 * @param accepted what `verifyProofPart` said of the parts of this file, by the caller's own threads: whoever makes one up proves anything
 * @throws rejected with the first reason
 */
export function verifyAccepted(
  model: VerifiableModel,
  file: ProofFile,
  accepted: readonly AcceptedPart[],
  acceptable: readonly Profile[],
  expected: Expectation = {},
): Verdict {
  const proof = openedFile(file, acceptable);
  return told(() => {
    const claim = claimOf(model, proof, expected);
    if (file.shards.length === 1) throw rejected('ZK0332', 'a proof of one shard has no parts that could be accepted', 'proof file');
    const own = headHash(file);
    const sums = orderedParts(file).map((words, shard) => {
      const part = partHash({ shard, words });
      const one = accepted.find((said) => said.proof === own && said.shard === shard && said.part === part);
      if (!one) throw rejected('ZK0332', 'nobody accepted this part of this proof', `shard ${shard}`);
      return one.sum;
    });
    verifySums(claim.request, new ProofReader(file.words), sums);
    return verdictOf(model, file, claim);
  });
}
