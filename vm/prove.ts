// Proves a run: traces of all chips, statement, proof file. Source: DESIGN §1, §5. The steps of the protocol are in air/prove.ts.
// Caveat: the prover refuses what its own verifier would refuse: a security sum below the profile's floor, oversized instances.
import type { UnfilledInstance } from '../air/columns.ts';
import { proveShards } from '../air/prove.ts';
import type { Digest } from '../fri/core/digest.ts';
import { distinct } from '../fri/pcs/layout.ts';
import { requireSecurity, type SecurityReport } from '../fri/pcs/security.ts';
import type { ProofWriter } from '../fri/pcs/stream.ts';
import { CHIP_LIST, MACHINE } from './chips/machine.ts';
import { planInstances } from './chips/split.ts';
import type { Execution } from './executor/run.ts';
import { encodeProofFile, partsOf } from './files/proof.ts';
import { tensorWords } from './program/packing.ts';
import { publicTermCount } from './statement/claim.ts';
import { requireContext } from './statement/context.ts';
import { cellCount, requireShards, securedShards } from './statement/instances.ts';
import { type PreparedModel, setupsOf } from './statement/model.ts';

export interface ProveOptions {
  /** the caller's bytes in the statement; empty if left out */
  context?: Uint8Array;
  /** the run's instances, shard by shard (`planShards`); as one shard if left out */
  shards?: readonly (readonly UnfilledInstance[])[];
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

/** the model's trees that a shard has, ascending */
const pagesIn = (instances: readonly UnfilledInstance[]): number[] =>
  distinct(instances.flatMap(({ type, page }) => (CHIP_LIST[type]!.sizedBy === 'program' ? [page ?? 0] : [])));

/** @throws usage ZK0311 for a context that is too long; rejected ZK0350, ZK0351 or the security error when this run cannot be proved under the model's profile */
export async function proveExecution(model: PreparedModel, run: Execution, options: ProveOptions = {}): Promise<ProvedRun> {
  const { program } = run.loaded;
  const { trees } = model.record;
  const context = Uint8Array.from(options.context ?? []); // a copy: proving takes a while
  requireContext(context);
  const timings: Record<string, number> = {};
  const step = (name: string, ms: number): void => {
    timings[name] = (timings[name] ?? 0) + ms;
    options.onStep?.(name, ms);
  };
  const shards = options.shards ?? [planInstances(run, model.record.profile)];
  const claimed = requireShards(shards, trees, model.record.profile);
  const { profile, security } = securedShards(model.record.profile, shards, publicTermCount(program));
  requireSecurity(security, profile);
  const proof = await proveShards({
    machine: MACHINE,
    profile,
    backend: model.backend,
    statement: {
      modelId: model.id,
      preprocessedRoots: trees.map(({ root }) => root),
      inputs: tensorWords(program.inputs, run.inputs, 'input'),
      outputs: tensorWords(program.outputs, run.outputs, 'output'),
      context,
    },
    shards: shards.map((instances) => ({ instances, setups: setupsOf(model, pagesIn(instances)) })),
    onStep: step,
  });
  const bytes = encodeProofFile({
    profileId: profile.id,
    modelId: model.id,
    shards: claimed,
    ...partsOf(proof.words, proof.lengths),
    inputs: program.inputs.map((region) => run.inputs[region.name]!),
    outputs: program.outputs.map((region) => run.outputs[region.name]!),
    context,
  });
  const cells = shards.reduce((sum, instances) => sum + cellCount(instances), 0);
  return { bytes, writer: proof.writer, cells, timings, security, modelId: model.id };
}
