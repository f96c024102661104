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
  air: 'e32d1fa3627d9e9090e26e7c368b68e08a28ae4128d2eeb7a1e76fb0019288',
  modelId: '05d854064269b7e24701fe6322251b0aaef429576a376a7677046fb1a07f9a',
  proof: '172cc3aead0a086ac7f5e7a0c5923020600a17bc204258e6ebc2c774bed48e',
  statement: '767420891053d07600c8db2f06df1775c0cb0bebb01ca486758786191f0c22',
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
