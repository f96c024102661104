// Models whose columns stay in a backend's memory, so that only the first proof of a model commits them. The one that was not used for longest goes
// when there are too many. Source: ours. Caveat: what a model counts is what its keeper says: the library counts cells, the service bytes, and neither
// asks a device.
import { owned } from '../../air/owned.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import type { AuditOptions } from '../program/audit.ts';
import type { Program } from '../program/types.ts';
import { freeModel, type PreparedModel, prepareModel } from '../statement/model.ts';

interface Entry<Key> {
  key: Key;
  profile: Profile;
  prepared: PreparedModel;
  size: number;
}

export interface Limits {
  /** most models, counted once a profile */
  models: number;
  /** most of what `sizeOf` counts, of all of them; one model is kept whatever its size */
  size: number;
  sizeOf(prepared: PreparedModel): number;
}

/** Prepared models by whatever names them, and by profile. */
export class PreparedModels<Key> {
  readonly #backend: Backend;
  readonly #limits: Limits;
  /** the one used last is the last */
  #entries: Entry<Key>[] = [];

  constructor(backend: Backend, limits: Limits) {
    this.#backend = backend;
    this.#limits = limits;
  }

  /** those that are ready, the one used last is the last */
  get ready(): readonly { readonly key: Key; readonly profile: Profile }[] {
    return this.#entries;
  }

  /**
   * The model, committed now or before.
   * @param program asked for if it has to be committed
   * @param heard the backend as it listens to whoever may end the work
   * @throws as `prepareModel`, and what `heard` throws; nothing is left in the backend's memory then
   */
  async of(
    key: Key,
    profile: Profile,
    program: () => Program,
    options: AuditOptions,
    heard: (backend: Backend) => Backend,
  ): Promise<PreparedModel> {
    const known = this.#entries.find((entry) => entry.key === key && entry.profile.id === profile.id);
    if (known) {
      this.#entries = [...this.#entries.filter((entry) => entry !== known), known];
      return known.prepared;
    }
    const { backend, abandon } = owned(heard(this.#backend));
    let prepared: PreparedModel;
    try {
      prepared = await prepareModel(program(), profile, backend, options);
    } catch (error) {
      await abandon();
      throw error;
    }
    this.#entries.push({ key, profile, prepared, size: this.#limits.sizeOf(prepared) });
    while (this.#entries.length > 1 && this.#areTooMany()) this.#drop(this.#entries[0]!);
    return prepared;
  }

  /** Gives the memory of all but one model back. @returns whether there were others */
  keepOnly(key: Key, profile: Profile): boolean {
    const others = this.#entries.filter((entry) => entry.key !== key || entry.profile.id !== profile.id);
    for (const entry of others) this.#drop(entry);
    return others.length > 0;
  }

  #areTooMany(): boolean {
    const size = this.#entries.reduce((sum, entry) => sum + entry.size, 0);
    return this.#entries.length > this.#limits.models || size > this.#limits.size;
  }

  #drop(entry: Entry<Key>): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
    freeModel({ ...entry.prepared, backend: this.#backend });
  }
}
