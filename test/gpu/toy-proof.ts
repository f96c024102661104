// One proof of the toy machine on a backend, with what a verifier needs: shared by the tests that compare backends.
import { freeSetup, type Setup, setupColumns } from '../../air/columns.ts';
import { type ProveRequest, prove } from '../../air/prove.ts';
import type { VerifyRequest } from '../../air/verify.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { type ToyRun, toyMachine, toyRun } from '../air/toy.ts';

export const profile = (logBlowup: number): Profile => ({
  name: 'toy',
  id: 9,
  logBlowup,
  queries: 12,
  work: { query: 6, interaction: 5, deep: 4, fold: 3 },
  floor: { kind: 'conjectured', bits: 0 },
  minLogSize: 6,
  repeatedChips: true,
});

/** What a proof of the toy machine asks for, with the run it is about. @param x the public input; another one gives another proof */
export async function toyRequest(
  backend: Backend,
  logSizes: readonly [number, number, number],
  logBlowup: number,
  x = 3,
): Promise<{ run: ToyRun; request: ProveRequest & { setup: Setup } }> {
  const run = toyRun([...logSizes], 5, x);
  const setup = await setupColumns(backend, run.instances, logBlowup);
  const statement = {
    modelId: new Uint32Array(8),
    preprocessedRoots: [setup.tree.root],
    inputs: run.inputs,
    outputs: run.outputs,
    context: new TextEncoder().encode('conformance'),
  };
  return { run, request: { machine: toyMachine, profile: profile(logBlowup), backend, statement, instances: run.instances, setup } };
}

/** a proof, and what its verifier needs */
export async function toyProof(
  backend: Backend,
  logSizes: readonly [number, number, number],
  logBlowup: number,
  x = 3,
): Promise<{ words: Uint32Array; request: VerifyRequest }> {
  const { run, request } = await toyRequest(backend, logSizes, logBlowup, x);
  const proof = await prove(request);
  freeSetup(backend, request.setup);
  const instances = run.instances.map(({ type, logSize, base, data }) => ({ type, logSize, base, data }));
  const { machine, profile: p, statement } = request;
  return { words: proof.words, request: { machine, profile: p, statement, instances, publicTerms: run.publicTerms } };
}
