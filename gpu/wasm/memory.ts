// The one WASM memory of a backend and its allocator: first fit over its ranges in order of address, free neighbours are joined,
// growth on demand.
// Source: ours. Caveat: addresses are byte offsets as plain numbers up to 2^32; memory that was touched is kept for later, never
// handed back to the system.
import { bug, ZkvmError } from '../../fri/core/errors.ts';

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
  free: boolean;
}

export class Memory {
  readonly memory: WebAssembly.Memory;
  /** pages that the memory may grow to: modules that import it must say so */
  readonly maximum: number;
  readonly shared: boolean;
  /** from the heap's beginning to #end, without gaps. A map from addresses to sizes left 50 KB of old tables a proof to the collector */
  readonly #ranges: Range[] = [];
  #end: number;
  #used = 0;
  #peak = 0;
  #words: Uint32Array;
  /** addresses that the operation under way was given */
  #journal: number[] | undefined;

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

  /** what `body` allocates and does not release is released when it throws; everything it does must happen before it returns */
  undoing<T>(body: () => T): T {
    const outer = this.#journal;
    const journal: number[] = [];
    this.#journal = journal;
    try {
      const result = body();
      outer?.push(...journal);
      return result;
    } catch (error) {
      const taken = new Set(journal);
      for (const address of this.#ranges.flatMap(({ start, free }) => (!free && taken.has(start) ? [start] : []))) this.release(address);
      throw error;
    } finally {
      this.#journal = outer;
    }
  }

  /** what `body` allocates stays, whatever becomes of the operation around it */
  lasting<T>(body: () => T): T {
    const outer = this.#journal;
    this.#journal = undefined;
    try {
      return this.undoing(body);
    } finally {
      this.#journal = outer;
    }
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
    const index = this.#ranges.findIndex((range) => range.free && range.bytes >= size);
    const range = this.#ranges[index] ?? this.#lengthen(size);
    if (range.bytes > size) {
      this.#ranges.splice(index + 1, 0, { start: range.start + size, bytes: range.bytes - size, free: true });
      range.bytes = size;
    }
    range.free = false;
    this.#journal?.push(range.start);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    return range.start;
  }

  /** a free range of `size` bytes at the end; the last one, when it is free, becomes part of it */
  #lengthen(size: number): Range {
    const last = this.#ranges.at(-1);
    const start = last?.free ? last.start : this.#end;
    this.#grow(start + size);
    this.#end = start + size;
    if (last?.free) {
      last.bytes = size;
      return last;
    }
    const range = { start, bytes: size, free: true };
    this.#ranges.push(range);
    return range;
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
    const index = this.#indexOf(start);
    const range = this.#ranges[index];
    if (range?.start !== start || range.free) throw bug(`address ${start} is given back, and was not given out`);
    this.#used -= range.bytes;
    range.free = true;
    const after = this.#ranges[index + 1];
    if (after?.free) {
      range.bytes += after.bytes;
      this.#ranges.splice(index + 1, 1);
    }
    const before = this.#ranges[index - 1];
    if (before?.free) {
      before.bytes += range.bytes;
      this.#ranges.splice(index, 1);
    }
  }

  /** of the range that begins at an address, or of the first one behind it */
  #indexOf(start: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]!.start < start) low = middle + 1;
      else high = middle;
    }
    return low;
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
