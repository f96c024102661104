// Models whose columns a prover keeps in its backend's memory, so that only the first proof of a model commits them. The one that was not used
// for longest goes when there are too many. Source: ours. Caveat: they are counted in models and in cells, not in bytes of a device.
import { owned } from '../../air/owned.ts';
import type { Backend } from '../../fri/backend/seam.ts';
import type { Profile } from '../../fri/pcs/profile.ts';
import type { AuditOptions } from '../program/audit.ts';
import { chipCells } from '../statement/instances.ts';
import { freeModel, type PreparedModel, prepareModel } from '../statement/model.ts';
import type { Model } from './model.ts';
import { listening } from './signals.ts';

interface Entry {
  model: Model;
  profile: Profile;
  prepared: PreparedModel;
  cells: number;
}

export interface Limits {
  /** most models, counted once a profile */
  models: number;
  /** most cells of all of them; one model is kept whatever its size */
  cells: number;
}

export class PreparedModels {
  readonly #backend: Backend;
  readonly #limits: Limits;
  /** the one used last is the last */
  #entries: Entry[] = [];

  constructor(backend: Backend, limits: Limits) {
    this.#backend = backend;
    this.#limits = limits;
  }

  get count(): number {
    return this.#entries.length;
  }

  /**
   * The model, committed now or before.
   * @throws as `prepareModel`, and the signal's reason; nothing is left in the backend's memory then
   */
  async of(model: Model, profile: Profile, options: AuditOptions, signal: AbortSignal | undefined): Promise<PreparedModel> {
    const known = this.#entries.find((entry) => entry.model === model && entry.profile.id === profile.id);
    if (known) {
      this.#entries = [...this.#entries.filter((entry) => entry !== known), known];
      return known.prepared;
    }
    const { backend, abandon } = owned(listening(this.#backend, signal));
    let prepared: PreparedModel;
    try {
      prepared = await prepareModel(model.program, profile, backend, options);
    } catch (error) {
      await abandon();
      throw error;
    }
    const cells = Object.values(chipCells(prepared.record.trees.flatMap(({ instances }) => instances))).reduce(
      (sum, count) => sum + count,
      0,
    );
    this.#entries.push({ model, profile, prepared, cells });
    model.remember(profile, prepared);
    while (this.#entries.length > 1 && this.#areTooMany()) this.#drop(this.#entries[0]!);
    return prepared;
  }

  /** Gives the memory of all but one model back. @returns whether there were others */
  keepOnly(model: Model, profile: Profile): boolean {
    const others = this.#entries.filter((entry) => entry.model !== model || entry.profile.id !== profile.id);
    for (const entry of others) this.#drop(entry);
    return others.length > 0;
  }

  #areTooMany(): boolean {
    const cells = this.#entries.reduce((sum, entry) => sum + entry.cells, 0);
    return this.#entries.length > this.#limits.models || cells > this.#limits.cells;
  }

  #drop(entry: Entry): void {
    this.#entries = this.#entries.filter((other) => other !== entry);
    freeModel(entry.prepared);
  }
}
