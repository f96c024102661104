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
  air: 'ae6161e0506ebe16308bc787b6ce0be196ec7eb51fdc75c6137bf710f5550c',
  modelId: '68ca86327d3aa1183679085bfc9549d606690b63af4ba6efe2c6954dced908',
  proof: '229a41fd33a3c5ca839bcbc118de6df807e415bdc57bff74e1d0cf45b95954',
  statement: '70e76be84df8ae35c2ef4c8888959d14ef862be8a860fbf0190f2ebcf592fe',
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
