// Proves a run: traces of all chips, statement, proof file. Source: DESIGN §1, §5. The steps of the protocol are in air/prove.ts.
// Caveat: the prover refuses what its own verifier would refuse: a security sum below the profile's floor, oversized instances.
import type { UnfilledInstance } from '../air/columns.ts';
import { prove } from '../air/prove.ts';
import type { Digest } from '../fri/core/digest.ts';
import type { Profile } from '../fri/pcs/profile.ts';
import { requireSecurity, type SecurityReport } from '../fri/pcs/security.ts';
import type { ProofWriter } from '../fri/pcs/stream.ts';
import { MACHINE } from './chips/machine.ts';
import { planInstances } from './chips/split.ts';
import type { Execution } from './executor/run.ts';
import { encodeProofFile } from './files/proof.ts';
import { tensorWords } from './program/packing.ts';
import { publicTermCount } from './statement/claim.ts';
import { requireContext } from './statement/context.ts';
import { cellCount, requireInstances, securityOf } from './statement/instances.ts';
import type { PreparedModel } from './statement/model.ts';

export interface ProveOptions {
  /** the caller's bytes in the statement; empty if left out */
  context?: Uint8Array;
  onStep?: (step: string, ms: number) => void;
}

export interface ProvedRun {
  /** the proof file */
  bytes: Uint8Array;
  writer: ProofWriter;
  /** committed cells */
  cells: number;
  /** milliseconds by protocol step, trace fill first */
  timings: Record<string, number>;
  security: SecurityReport;
  modelId: Digest;
}

/** The instances of a run. What the verifier would refuse is refused here, before any work. @throws as `requireSecurity` */
export function plannedRun(run: Execution, profile: Profile): { instances: UnfilledInstance[]; security: SecurityReport; cells: number } {
  const instances = planInstances(run, profile);
  const security = securityOf(profile, instances, publicTermCount(run.loaded.program));
  requireSecurity(security, profile);
  return { instances, security, cells: cellCount(instances) };
}

/** @throws usage ZK0311 for a context that is too long; rejected ZK0350, ZK0351 or the security error when this run cannot be proved under the model's profile */
export async function proveExecution(model: PreparedModel, run: Execution, options: ProveOptions = {}): Promise<ProvedRun> {
  const { program } = run.loaded;
  const { profile } = model.record;
  const context = Uint8Array.from(options.context ?? []); // a copy: proving takes a while
  requireContext(context);
  const timings: Record<string, number> = {};
  const step = (name: string, ms: number): void => {
    timings[name] = (timings[name] ?? 0) + ms;
    options.onStep?.(name, ms);
  };
  const { instances, security, cells } = plannedRun(run, profile);
  requireInstances(instances, model.record.instances, profile);
  const proof = await prove({
    machine: MACHINE,
    profile,
    backend: model.backend,
    statement: {
      modelId: model.id,
      preprocessedRoots: [model.record.preprocessedRoot],
      inputs: tensorWords(program.inputs, run.inputs, 'input'),
      outputs: tensorWords(program.outputs, run.outputs, 'output'),
      context,
    },
    instances,
    setup: model.setup,
    onStep: step,
  });
  const bytes = encodeProofFile({
    profileId: profile.id,
    modelId: model.id,
    instances,
    inputs: program.inputs.map((region) => run.inputs[region.name]!),
    outputs: program.outputs.map((region) => run.outputs[region.name]!),
    context,
    words: proof.words,
  });
  return { bytes, writer: proof.writer, cells, timings, security, modelId: model.id };
}
