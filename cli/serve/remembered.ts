// What a worker's thread remembers of the proof that its last piece was of: the run, the shards, and base columns of shards whose second phase may come
// here too. Source: ours; the phases are in vm/prove.ts. Caveat: a guess of what comes next: a piece of another proof forgets all of it, and columns
// are kept only where they leave room for a whole shard.
import type { Block } from '../../fri/backend/seam.ts';
import type { Execution } from '../../vm/executor/run.ts';
import { freeShard, type HeldShard, type ProvableRun } from '../../vm/prove.ts';
import type { PreparedModel } from '../../vm/statement/model.ts';

export const blockBytes = ({ columns, logSize }: Block): number => 4 * columns * 2 ** logSize;
/** 32 bytes a node */
export const treeBytes = ({ height }: { height: number }): number => 64 * 2 ** height;

const heldBytes = ({ columns, tree }: HeldShard): number =>
  [columns.traces, columns.coefficients, columns.evaluations]
    .flat()
    .reduce((sum, block) => sum + (block ? blockBytes(block) : 0), treeBytes(tree));

export class Remembered {
  #run: { key: string; run: Execution } | undefined;
  #provable: { key: string; setups: PreparedModel['setups']; provable: ProvableRun } | undefined;
  readonly #held = new Map<number, { provable: ProvableRun; held: HeldShard; bytes: number }>();

  /** bytes of columns that are kept */
  get bytes(): number {
    return [...this.#held.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** @param key whatever the run follows from */
  run(key: string, execute: () => Execution): Execution {
    if (this.#run?.key !== key) this.forget(); // before the next one takes memory
    this.#run ??= { key, run: execute() };
    return this.#run.run;
  }

  /**
   * @param key whatever it follows from besides the run, which was asked for before
   * @param model as it is ready now: one that was made ready again has its columns elsewhere
   */
  async provable(key: string, { setups }: PreparedModel, make: () => Promise<ProvableRun>): Promise<ProvableRun> {
    const last = this.#provable;
    if (last?.key === key && last.setups === setups) return last.provable;
    this.forgetColumns();
    const provable = await make();
    this.#provable = { key, setups, provable };
    return provable;
  }

  /** @param roomFor whether so many bytes may be kept in all */
  keep(provable: ProvableRun, shard: number, held: HeldShard, roomFor: (bytes: number) => boolean): void {
    this.#free(shard);
    const bytes = heldBytes(held);
    if (provable === this.#provable?.provable && roomFor(this.bytes + bytes)) this.#held.set(shard, { provable, held, bytes });
    else freeShard(provable, held);
  }

  /** what was kept of this shard: from now on the caller's */
  take(shard: number): HeldShard | undefined {
    const found = this.#held.get(shard)?.held;
    this.#held.delete(shard);
    return found;
  }

  /** gives the memory of all columns back */
  forgetColumns(): void {
    for (const shard of [...this.#held.keys()]) this.#free(shard);
  }

  forget(): void {
    this.forgetColumns();
    this.#run = undefined;
    this.#provable = undefined;
  }

  /** where the backend is gone, and its memory with it */
  lose(): void {
    this.#held.clear();
    this.forget();
  }

  #free(shard: number): void {
    const found = this.#held.get(shard);
    this.#held.delete(shard);
    if (found) freeShard(found.provable, found.held);
  }
}
