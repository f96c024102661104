// An honest proof of the toy machine is accepted at several heights and blowups, and its claim is what is proved.
// Caveat: few queries; what stops a liar is in forgeries.test.ts beside this file.
import { expect, test } from 'vitest';
import { check } from '../../air/check.ts';
import { setupColumns } from '../../air/columns.ts';
import type { Instance } from '../../air/machine.ts';
import { prove } from '../../air/prove.ts';
import { type VerifyRequest, verify } from '../../air/verify.ts';
import { jsBackend } from '../../fri/backend/js/backend.ts';
import type { Digest } from '../../fri/core/digest.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { CalldataReader, ProofReader, toCalldata } from '../../fri/pcs/stream.ts';
import { toyProfile } from './forger.ts';
import { type ToyRun, toyMachine, toyRun } from './toy.ts';

const backend = jsBackend();
const profile = (logBlowup: number, queries: number, bits = 5): Profile => toyProfile(logBlowup, queries, bits);

async function proved(run: ToyRun, p: Profile): Promise<{ request: VerifyRequest; proof: Awaited<ReturnType<typeof prove>> }> {
  const setup = await setupColumns(backend, run.instances, p.logBlowup);
  const statement = {
    modelId: new Uint32Array(8) as Digest,
    preprocessedRoots: [setup.tree.root],
    inputs: run.inputs,
    outputs: run.outputs,
    context: new TextEncoder().encode('check'),
  };
  const proof = await prove({ machine: toyMachine, profile: p, backend, statement, instances: run.instances });
  const instances: Instance[] = run.instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }));
  return { request: { machine: toyMachine, profile: p, statement, instances, publicTerms: run.publicTerms }, proof };
}

test.each([
  [[4, 6, 8], 1, 12],
  [[8, 6, 4], 1, 12],
  [[6, 8, 4], 1, 12],
  [[6, 6, 6], 1, 12],
  [[2, 1, 6], 1, 12],
  [[11, 6, 4], 1, 12],
  [[5, 7, 9], 4, 19],
  [[4, 6, 8], 1, 80],
] as const)(
  'an honest toy proof of heights %j at log blowup %i with %i queries is accepted, as words and as calldata',
  async (logs, logBlowup, queries) => {
    const run = toyRun([...logs]);
    expect(check(toyMachine, run.instances, run.publicTerms)).toMatchObject({ failureCount: 0, sumIsZero: true });
    const { request, proof } = await proved(run, profile(logBlowup, queries));
    verify(request, new ProofReader(proof.words));
    verify(request, new CalldataReader(toCalldata(proof.writer)));
  },
);

test('a wrong output is rejected where the running sum closes', async () => {
  const run = toyRun([4, 6, 8]);
  const { request, proof } = await proved(run, profile(1, 12, 0));
  expect(() => verify({ ...request, publicTerms: [run.publicTerms[0]!] }, new ProofReader(proof.words))).toThrow('composition at z');
});
