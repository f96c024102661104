// The one WASM memory of a backend and its allocator: first fit over sorted free ranges, neighbours are joined, growth on demand.
// Source: ours. Caveat: addresses are byte offsets as plain numbers up to 2^32; memory that was touched is kept for later, never
// handed back to the system.
import { ZkvmError } from '../../fri/errors.ts';

const PAGE = 65536;
const ALIGN = 64;
/** 4 GiB less one page, so that the end of a range is always a 32-bit number; smaller limits are tried where an engine refuses that */
const LIMITS = [65535, 32768, 16384, 8192] as const;
/** growing costs a system call or more: never by less than 4 MiB */
const LEAST_GROWTH = 64;

/** Refused before work starts, or when a column does not fit. */
export const outOfMemory = (wantedBytes: number, usedBytes: number, limitBytes: number): ZkvmError =>
  new ZkvmError('backend', 'ZK0621', {
    what: 'the proof does not fit into the memory of the WASM backend',
    why: `${mebibytes(wantedBytes)} more are wanted, ${mebibytes(usedBytes)} are in use, the limit is ${mebibytes(limitBytes)}`,
    fix: 'prove a smaller model or batch, or take the js backend (--backend js), which has no such limit',
  });

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

interface Range {
  start: number;
  bytes: number;
}

export class Memory {
  readonly memory: WebAssembly.Memory;
  /** pages that the memory may grow to: modules that import it must say so */
  readonly maximum: number;
  readonly shared: boolean;
  readonly #free: Range[] = [];
  readonly #sizes = new Map<number, number>();
  #end: number;
  #used = 0;
  #peak = 0;
  #words: Uint32Array;

  /** @param heap address where free memory begins */
  constructor(shared: boolean, heap: number) {
    this.shared = shared;
    const { memory, maximum } = reserve(shared, Math.ceil(heap / PAGE));
    this.memory = memory;
    this.maximum = maximum;
    this.#end = Math.ceil(heap / ALIGN) * ALIGN;
    this.#words = new Uint32Array(memory.buffer);
  }

  /** the whole memory as words; ask again after every allocation, since growing replaces it */
  words(): Uint32Array {
    if (this.#words.buffer !== this.memory.buffer) this.#words = new Uint32Array(this.memory.buffer);
    return this.#words;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** most bytes that were in use at one time */
  get peakBytes(): number {
    return this.#peak;
  }

  /**
   * Room for `bytes` bytes, aligned to 64; its contents are undefined.
   * @throws backend ZK0621 when the memory cannot grow that far
   */
  allocate(bytes: number): number {
    const size = Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);
    const index = this.#free.findIndex((range) => range.bytes >= size);
    let start: number;
    if (index >= 0) {
      const range = this.#free[index]!;
      start = range.start;
      range.start += size;
      range.bytes -= size;
      if (range.bytes === 0) this.#free.splice(index, 1);
    } else {
      // the last free range may reach the end: it is extended
      const last = this.#free.at(-1);
      const joins = last && last.start + last.bytes === this.#end;
      start = joins ? last.start : this.#end;
      this.#grow(start + size);
      if (joins) this.#free.pop();
      this.#end = start + size;
    }
    this.#sizes.set(start, size);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    return start;
  }

  /**
   * Makes sure that `bytes` more could be in use.
   * @throws backend ZK0621 when the memory cannot grow that far
   */
  reserve(bytes: number): void {
    if (this.#used + bytes > this.maximum * PAGE) throw outOfMemory(bytes, this.#used, this.maximum * PAGE);
  }

  #grow(end: number): void {
    const now = this.memory.buffer.byteLength / PAGE;
    const wanted = Math.ceil(end / PAGE);
    if (wanted <= now) return;
    const pages = Math.min(Math.max(wanted - now, LEAST_GROWTH), this.maximum - now);
    try {
      if (now + pages < wanted) throw new RangeError('beyond the limit');
      this.memory.grow(pages);
    } catch {
      throw outOfMemory(end - this.#end, this.#used, this.maximum * PAGE);
    }
  }

  /** gives a range back; it may be given out again at once */
  release(start: number): void {
    const bytes = this.#sizes.get(start);
    if (bytes === undefined) return;
    this.#sizes.delete(start);
    this.#used -= bytes;
    let at = this.#free.findIndex((range) => range.start > start);
    if (at < 0) at = this.#free.length;
    const before = this.#free[at - 1];
    const after = this.#free[at];
    const joinsBefore = before && before.start + before.bytes === start;
    const joinsAfter = after && start + bytes === after.start;
    if (joinsBefore && joinsAfter) {
      before.bytes += bytes + after.bytes;
      this.#free.splice(at, 1);
    } else if (joinsBefore) before.bytes += bytes;
    else if (joinsAfter) {
      after.start = start;
      after.bytes += bytes;
    } else this.#free.splice(at, 0, { start, bytes });
  }

  /** words copied into fresh memory */
  table(words: ArrayLike<number>): number {
    const start = this.allocate(4 * words.length);
    this.words().set(words, start / 4);
    return start;
  }
}

function reserve(shared: boolean, initial: number): { memory: WebAssembly.Memory; maximum: number } {
  let cause: unknown;
  for (const maximum of LIMITS)
    try {
      return { memory: new WebAssembly.Memory({ initial, maximum, shared }), maximum };
    } catch (error) {
      cause = error;
    }
  throw new ZkvmError('backend', 'ZK0622', {
    what: 'this engine gives no memory to WebAssembly',
    why: String(cause),
    fix: 'take the js backend (--backend js)',
    cause,
  });
}
