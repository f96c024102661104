// One proof with the digests of its phases: what the conformance run does with every model on every tier, in Node and in a page.
// Caveat: it may import only what runs without Node.
import type { Backend } from '../../fri/backend/seam.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { execute } from '../../vm/executor/run.ts';
import type { IntegerTensors, Program } from '../../vm/program/types.ts';
import { proveExecution } from '../../vm/prove.ts';
import { freeModel, type PreparedModel, prepareModel } from '../../vm/statement/model.ts';
import { type PhaseDigest, watch } from './phases.ts';

interface WatchedProof {
  /** the proof file */
  bytes: Uint8Array;
  digests: PhaseDigest[];
  cells: number;
  /** execution, the model's columns and the proof, with what watching costs */
  ms: number;
  /** its columns are given back already: for verification only */
  model: PreparedModel;
}

export async function proveWatched(backend: Backend, program: Program, inputs: IntegerTensors, profile: Profile): Promise<WatchedProof> {
  const started = performance.now();
  const { backend: watched, digests, endStep } = watch(backend);
  const model = await prepareModel(program, profile, watched, { allowUndetermined: true }); // hand-made programs with loops too
  endStep('model');
  const { bytes, cells } = await proveExecution(model, execute(program, inputs), { onStep: endStep });
  const ms = performance.now() - started;
  freeModel(model);
  return { bytes, digests, cells, ms, model };
}
