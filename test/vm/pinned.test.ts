// The protocol is pinned: hashes of the AIR, of a model record and of whole proofs. Prover and verifier share the transcript, so a message
// dropped from both would pass every other test; here it shows. Proof bytes are canonical, so every backend gives these.
// Caveat: who changes the AIR, the record or the transcript on purpose changes these lines, and says in the commit that old ids end.
import { expect, test } from 'vitest';
import { airHash } from '../../air/machine.ts';
import { hash } from '../../fri/blake2s.ts';
import { digestToHex, truncate } from '../../fri/digest.ts';
import { jsBackend } from '../../fri/js/backend.ts';
import { PROFILES } from '../../fri/profile.ts';
import { execute } from '../../vm/executor.ts';
import { MACHINE } from '../../vm/machine.ts';
import { prepareModel } from '../../vm/model.ts';
import { proveExecution } from '../../vm/prove.ts';
import { verifyProof } from '../../vm/verify.ts';
import { mlp } from './programs.ts';

const PINNED = {
  air: '2850cf3c2d27c9d0441964c34ae357b51b44baffe529a3ef55309852fb7257',
  modelId: '8e6cdedbbaae8fd5ed0c04541de4b51e12131ec74a053ce9ed895e4b2bf95c',
  proof: 'ae7e0d2c2f89a5341a36db7352bda6222fd9ad6b9ce3d08c2f051a5e2fd3a5',
  statement: '85eaee58b84bba60d8054e4eb1a222173ff3f198f17b44f78a3e2296754fb3',
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
