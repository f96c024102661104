// A small model in pages, as `prepareModel` makes one of a program that is too large for one tree. Caveat: its columns stay in the backend's memory.
import { type Setup, setupColumns } from '../../air/columns.ts';
import { airHash } from '../../air/machine.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import { fixedWitnesses } from '../../vm/chips/fixed.ts';
import { MACHINE } from '../../vm/chips/machine.ts';
import { type PageOptions, pagesOf } from '../../vm/chips/pages.ts';
import { audit } from '../../vm/program/audit.ts';
import { tableKind } from '../../vm/program/exact.ts';
import { checkProgram } from '../../vm/program/loader.ts';
import type { Program } from '../../vm/program/types.ts';
import type { PreparedModel } from '../../vm/statement/model.ts';
import { exactnessOf, metadataHash, modelId } from '../../vm/statement/record.ts';

/** @param options the pages' size, and a profile, which the record names */
export async function inPages(program: Program, options: Profile & PageOptions, backend: Backend): Promise<PreparedModel> {
  const { oneTreeCells: _cells, pageLogSize: _rows, minSavedCells: _saved, ...profile } = options;
  const loaded = checkProgram(program);
  const pages = pagesOf(loaded, options);
  const setups: Setup[] = [];
  for (const page of pages) setups.push(await setupColumns(backend, fixedWitnesses(loaded, [page]), profile.logBlowup));
  const { inputs, outputs, metadata, slots } = program;
  const record = {
    airHash: airHash(MACHINE),
    profile,
    trees: pages.map(({ type, logSize, base }, i) => ({ root: setups[i]!.tree.root, logSize, instances: [{ type, logSize, base }] })),
    inputs,
    outputs,
    metadataHash: metadataHash(metadata, inputs, outputs, exactnessOf(slots)),
  };
  return { program, record, id: modelId(record), audit: audit(program), tables: tableKind(program), backend, setups };
}
