// The models of the service: a file each, named by its content hash, and what callers may know of it in the database. Source: README "As a
// service". Caveat: the id is that of the file; what a proof names is the model id of its profile, which stands beside it.
import fs from 'node:fs';
import type { Database } from 'node-sqlite3-wasm';
import { usage } from '../../fri/core/errors.ts';
import type { Metadata, Region } from '../../vm/program/types.ts';
import type { DataFolder } from './data-folder.ts';

/** What there is to know of a model without its weights. */
export interface AboutModel {
  /** content hash of the `.zkb` */
  id: string;
  name: string;
  bytes: number;
  inputs: readonly Region[];
  outputs: readonly Region[];
  metadata: Metadata;
  tables: string;
  /** model id by profile */
  modelIds: Readonly<Record<string, string>>;
  /** of the compiler, for people */
  notes: readonly string[];
}

export interface StoredModel extends AboutModel {
  created: number;
}

export interface Models {
  /** Keeps a model whose file is written. @returns false if it was there. @throws ZK0917 when there are too many */
  add(about: AboutModel): boolean;
  /** @throws ZK0912 */
  get(id: string): StoredModel;
  has(id: string): boolean;
  list(): StoredModel[];
  count(): number;
  remove(id: string): void;
}

/** Removes the files of a model. */
export function removeModel(folder: Pick<DataFolder, 'modelFile' | 'recordFile'>, id: string): void {
  for (const file of [folder.modelFile(id), folder.recordFile(id)]) fs.rmSync(file, { force: true });
}

export function modelsOf(database: Database, folder: DataFolder, most: number, clock: () => number = Date.now): Models {
  const rows = database.all('SELECT created, about FROM models ORDER BY created, id') as { created: number; about: string }[];
  const known = new Map<string, StoredModel>();
  for (const { created, about } of rows) {
    const model = { ...(JSON.parse(about) as AboutModel), created: Number(created) };
    known.set(model.id, model);
  }
  return {
    add(about) {
      if (known.has(about.id)) return false;
      if (known.size >= most)
        throw usage('ZK0917', { what: `the service keeps ${most} models, and has them`, fix: 'delete one: DELETE /v1/models/{model}' });
      const created = clock();
      database.run('INSERT INTO models (id, created, about) VALUES (?, ?, ?)', [about.id, created, JSON.stringify(about)]);
      known.set(about.id, { ...about, created });
      return true;
    },
    get(id) {
      const model = known.get(id);
      if (!model)
        throw usage('ZK0912', {
          what: 'there is no such model',
          where: JSON.stringify(id.slice(0, 80)),
          fix: 'upload it: POST /v1/models',
        });
      return model;
    },
    has: (id) => known.has(id),
    list: () => [...known.values()],
    count: () => known.size,
    remove(id) {
      database.run('DELETE FROM models WHERE id = ?', [id]);
      known.delete(id);
      removeModel(folder, id);
    },
  };
}
