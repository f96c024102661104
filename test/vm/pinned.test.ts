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
  air: '625776ce38819accba4291021cf89aee5a1084c68eaf8176260accf0bd215b',
  modelId: '8b055093404e70da2858e179cbaf6e0ffd15cf36e98105836d1cae405d9dbe',
  proof: 'e537436c1befe1aace9a5a21b312d6ad7e2581e30abf39469e40b8f028a809',
  statement: 'c60abfaaa2c490faae13189dd1ea67625efbc0388a1f48434c6bb5505bb0a8',
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
