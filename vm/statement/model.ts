// A model ready to be proved or verified: the checked program, its committed columns' root for a profile, its record and id.
// Source: DESIGN §5. The root is always computed here from the program's words; roots stored in a file are a claim that nobody reads.
// Caveat: committing costs a transform and a tree over the model's columns; keep a `Model` when many proofs are verified.

import { freeSetup, type Setup, setupColumns } from '../../air/columns.ts';
import { airHash } from '../../air/machine.ts';
import type { SetupSource } from '../../air/shard-steps.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import { type Digest, digestEqual } from '../../fri/core/digest.ts';
import { bug } from '../../fri/core/errors.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { fixedWitnesses } from '../chips/fixed.ts';
import { MACHINE } from '../chips/machine.ts';
import { type Page, pagesOf } from '../chips/pages.ts';
import { type Audit, type AuditOptions, requireDetermined } from '../program/audit.ts';
import { type TableKind, tableKind } from '../program/exact.ts';
import { checkProgram, type LoadedProgram, requireCommitable } from '../program/loader.ts';
import type { Program } from '../program/types.ts';
import { exactnessOf, type FixedTree, type ModelRecord, metadataHash, modelId } from './record.ts';

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

/** a model that a backend is ready to prove */
export interface PreparedModel extends Model {
  backend: Backend;
  /** the model's trees: in the backend's memory where there is one; a page of a large model is committed to again when a shard has it */
  setups: readonly (Setup | undefined)[];
}

/** the pages of each tree */
const treesOf = (loaded: LoadedProgram, { repeatedChips }: Profile): Page[][] => {
  const trees: Page[][] = [];
  for (const page of pagesOf(loaded, { repeatedChips })) trees[page.page] = [...(trees[page.page] ?? []), page];
  return trees;
};

const commitTree = (backend: Backend, loaded: LoadedProgram, tree: readonly Page[], profile: Profile): Promise<Setup> =>
  setupColumns(backend, fixedWitnesses(loaded, tree), profile.logBlowup);

/** The committed columns of some of a model's trees, for the shard that has them. @throws bug if the backend does not come to the same root again */
export function setupsOf({ backend, program, record, setups }: PreparedModel, pages: readonly number[]): SetupSource {
  const loaded = checkProgram(program); // was checked before, and is remembered
  const made: Setup[] = [];
  return {
    async open() {
      const trees = treesOf(loaded, record.profile);
      const opened: Setup[] = [];
      for (const page of pages) {
        const kept = setups[page];
        opened.push(kept ?? (await commitTree(backend, loaded, trees[page]!, record.profile)));
        if (kept) continue;
        made.push(opened.at(-1)!);
        if (!digestEqual(made.at(-1)!.tree.root, record.trees[page]!.root)) throw bug(`page ${page} of the model has two roots`);
      }
      return opened;
    },
    close() {
      for (const setup of made.splice(0)) freeSetup(backend, setup);
    },
  };
}

/** gives back what a model keeps in its backend's memory */
export function freeModel({ backend, setups }: PreparedModel): void {
  for (const setup of setups) if (setup) freeSetup(backend, setup);
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
  const pages = treesOf(loaded, profile);
  const setups: (Setup | undefined)[] = [];
  const trees: FixedTree[] = [];
  for (const tree of pages) {
    const setup = await commitTree(backend, loaded, tree, profile);
    trees.push({
      root: setup.tree.root,
      logSize: setup.tree.height - profile.logBlowup,
      instances: tree.map(({ type, logSize, base }) => ({ type, logSize, base })),
    });
    if (pages.length > 1) freeSetup(backend, setup);
    setups.push(pages.length > 1 ? undefined : setup);
  }
  const { inputs, outputs, metadata } = program;
  const tables = tableKind(program);
  const record: ModelRecord = {
    airHash: airHash(MACHINE),
    profile,
    trees,
    inputs,
    outputs,
    metadataHash: metadataHash(metadata, inputs, outputs, exactnessOf(program.slots)),
  };
  return { program, record, id: modelId(record), audit, tables, backend, setups };
}

/** A model for verification: as `prepareModel`, with the columns given back. */
export async function loadModel(program: Program, profile: Profile, backend: Backend, options: AuditOptions = {}): Promise<Model> {
  const prepared = await prepareModel(program, profile, backend, options);
  freeModel(prepared);
  const { setups: _setups, backend: _backend, ...model } = prepared;
  return model;
}
