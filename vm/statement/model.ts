// A model ready to be proved or verified: the checked program, its committed columns' root for a profile, its record and id.
// Source: DESIGN §5. The root is always computed here from the program's words; roots stored in a file are a claim that nobody reads.
// Caveat: committing costs a transform and a tree over the model's columns; keep a `Model` when many proofs are verified.

import { freeSetup, type Setup, setupColumns } from '../../air/columns.ts';
import { airHash } from '../../air/machine.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import type { Digest } from '../../fri/core/digest.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { fixedWitnesses } from '../chips/fixed.ts';
import { MACHINE } from '../chips/machine.ts';
import { type Audit, type AuditOptions, requireDetermined } from '../program/audit.ts';
import { type TableKind, tableKind } from '../program/exact.ts';
import { checkProgram, requireCommitable } from '../program/loader.ts';
import type { Program } from '../program/types.ts';
import { exactnessOf, type ModelRecord, metadataHash, modelId } from './record.ts';

/** What a verdict needs of a model: no weights. A record file has as much (record-file.ts). */
export interface VerifiableModel {
  program: Pick<Program, 'inputs' | 'outputs' | 'metadata'>;
  record: ModelRecord;
  /** hash of the record: what a proof and a registry name */
  id: Digest;
  /** whether the program has one answer; if not, the caller allowed it */
  audit: Audit;
  /** whether values can pass its tables where those are not exact; the id covers whether they are strict, and which ranges that is true of */
  tables: TableKind;
}

export interface Model extends VerifiableModel {
  program: Program;
}

/** a model whose columns stay in a backend's memory for proving */
export interface PreparedModel extends Model {
  backend: Backend;
  setup: Setup;
}

/**
 * Commits a program's fixed columns and keeps them in the backend's memory.
 * @throws ZK034x when the program breaks a loader rule, ZK0346 when it is too large for the profile, rejected ZK0347 when it may have several
 * answers and the options do not allow that
 */
export async function prepareModel(
  program: Program,
  profile: Profile,
  backend: Backend,
  options: AuditOptions = {},
): Promise<PreparedModel> {
  const loaded = checkProgram(program);
  const audit = requireDetermined(program, options);
  requireCommitable(loaded, profile.logBlowup);
  const fixed = fixedWitnesses(loaded);
  const setup = await setupColumns(backend, fixed, profile.logBlowup);
  const { inputs, outputs, metadata } = program;
  const tables = tableKind(program);
  const record: ModelRecord = {
    airHash: airHash(MACHINE),
    profile,
    preprocessedRoot: setup.tree.root,
    preprocessedLogSize: setup.tree.height - profile.logBlowup,
    instances: fixed.map(({ type, logSize, base }) => ({ type, logSize, base })),
    inputs,
    outputs,
    metadataHash: metadataHash(metadata, inputs, outputs, exactnessOf(program.slots)),
  };
  return { program, record, id: modelId(record), audit, tables, backend, setup };
}

/** A model for verification: as `prepareModel`, with the columns given back. */
export async function loadModel(program: Program, profile: Profile, backend: Backend, options: AuditOptions = {}): Promise<Model> {
  const { setup, backend: _, ...model } = await prepareModel(program, profile, backend, options);
  freeSetup(backend, setup);
  return model;
}
