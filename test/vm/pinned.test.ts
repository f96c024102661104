// The protocol is pinned: hashes of the AIR, of a model record and of whole proofs. Prover and verifier share the transcript, so a message
// dropped from both would pass every other test; here it shows. Proof bytes are canonical, so every backend gives these.
// Caveat: who changes the AIR, the record or the transcript on purpose changes these lines, and says in the commit that old ids end.
import { expect, test } from 'vitest';
import { airHash } from '../../air/machine.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import { hash } from '../../fri/core/blake2s.ts';
import { digestToHex, truncate } from '../../fri/core/digest.ts';
import { PROFILES } from '../../fri/pcs/profile.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { execute } from '../../vm/executor/run.ts';
import { proveExecution } from '../../vm/prove.ts';
import { prepareModel } from '../../vm/statement/model.ts';
import { verifyProof } from '../../vm/verify.ts';
import { mlp } from './programs.ts';

const PINNED = {
  air: '555d8d1d39ee740d8d76db8b6c5bc0cca31b522a1e6f8f0850568de15e6c4b',
  modelId: '1a4841622c5d872b411feb5a84bd9c919fe6adbd308fc0a128f05a8a35e044',
  proof: 'd3c602afe78668b9776c18e1f0a5035e3bd278a54ec882818f5c997a0be06a',
  statement: 'b3441ad083c7c0c81faef777a7f1c9b73ef5a65eed3c440a0c8bce23f4cb04',
  inputs: 'f51f9a1b683dc3b90b017feb254d91fa4249c0f84fbc18185591862de08bf3',
};

test('AIR hash, model id, proof words, statement hash and inputs hash are the pinned ones', async () => {
  const profile = { ...PROFILES.test, queries: 8, work: { query: 4, interaction: 3, deep: 2, fold: 1 } };
  const { program, inputs } = mlp(5);
  const model = await prepareModel(program, profile, jsBackend());
  const { bytes, writer } = await proveExecution(model, execute(program, inputs), { context: new TextEncoder().encode('pinned') });
  const verdict = verifyProof(model, bytes, [profile]);
  expect({
    air: digestToHex(airHash(MACHINE)),
    modelId: digestToHex(model.id),
    proof: digestToHex(truncate(hash(0, writer.words))),
    statement: digestToHex(verdict.statementHash),
    inputs: digestToHex(verdict.inputsHash),
  }).toEqual(PINNED);
});
