// Storage buffers on the device: handed out, taken back, kept for the next use, counted; and the question whether a proof will fit.
// Source: ours. Caveat: WebGPU does not tell how much memory a device has; what is too much is found by trying, before the work.
import { doesNotFit, type GpuDevice } from './device.ts';

/** GPUBufferUsage: the names exist as globals in browsers only */
const COPY_SRC = 4;
const COPY_DST = 8;
const STORAGE = 128;

/** offsets of bindings, and with them sizes of buffers, are multiples of this */
export const ALIGNMENT = 256;
/** buffers in use and idle ones together are kept below this multiple of the most that was ever in use, but at least RESERVE_BYTES */
const RESERVE = 1.5;
const RESERVE_BYTES = 2 ** 30;
/** from here on a proof's memory is tried out before the work */
const PROBED_BYTES = 2 ** 28;
/** a larger idle buffer is taken up to this factor */
const WASTE = 1.25;

/** a storage buffer; `bytes` is what was asked for, the buffer may be larger */
export interface Memory {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

export const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** sizes with four significant bits: few enough that a freed buffer soon fits somebody else */
export function sizeClass(bytes: number): number {
  const step = Math.max(ALIGNMENT, 2 ** Math.max(0, Math.ceil(Math.log2(bytes)) - 4));
  return roundUp(bytes, step);
}

export class DeviceMemory {
  readonly #idle = new Map<number, GPUBuffer[]>();
  #inUse = 0;
  #idleBytes = 0;
  #peak = 0;

  /**
   * @param largestBuffer bytes of one buffer at most, if less than the device allows
   * @param limit bytes of all buffers together at most, idle ones included
   * @param submit hands over the commands encoded so far, which may use idle buffers
   */
  constructor(
    readonly owner: GpuDevice,
    readonly largestBuffer: number,
    readonly limit: number,
    readonly submit: () => void,
  ) {}

  /** largest buffer that a kernel can see whole */
  get largestBinding(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.owner.device.limits;
    return Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize, this.largestBuffer) / ALIGNMENT) * ALIGNMENT;
  }

  /** bytes of buffers that somebody holds */
  get inUse(): number {
    return this.#inUse;
  }

  /** bytes of buffers kept for later use */
  get idle(): number {
    return this.#idleBytes;
  }

  get peak(): number {
    return this.#peak;
  }

  /**
   * A storage buffer with undefined contents.
   * @throws ZkvmError backend ZK0606 when no kernel could see it whole
   */
  allocate(bytes: number, what: string): Memory {
    if (bytes > this.largestBinding) throw doesNotFit(`${what} needs one buffer of ${bytes} bytes, allowed are ${this.largestBinding}`);
    const size = Math.min(sizeClass(Math.max(bytes, 16)), this.largestBinding);
    let buffer = this.#takeIdle(size);
    if (!buffer) {
      const room = Math.min(this.limit, Math.max(RESERVE_BYTES, RESERVE * this.#peak));
      if (this.#idleBytes > 0 && this.#inUse + this.#idleBytes + size > room) this.trim();
      if (this.#inUse + size > this.limit) throw doesNotFit(`${what} needs ${size} bytes beside ${this.#inUse}, allowed are ${this.limit}`);
      buffer = this.owner.device.createBuffer({ label: what, size, usage: STORAGE | COPY_SRC | COPY_DST });
    }
    this.#inUse += buffer.size;
    this.#peak = Math.max(this.#peak, this.#inUse);
    return { buffer, bytes };
  }

  /**
   * Whether buffers of so many bytes can be had beside those in use: the limits are compared, and where much is wanted, it is taken
   * from the device once and given back.
   * @param largest bytes of the largest buffer that cannot be split
   * @throws ZkvmError backend ZK0606
   */
  async requireRoom(bytes: number, largest: number): Promise<void> {
    this.owner.requireAlive();
    const mega = (n: number): string => `${Math.ceil(n / 1e6)} MB`;
    if (largest > this.largestBinding)
      throw doesNotFit(`one buffer of ${mega(largest)} is needed, the adapter allows ${mega(this.largestBinding)}`);
    const missing = bytes - this.#idleBytes;
    if (this.#inUse + bytes > this.limit)
      throw doesNotFit(`about ${mega(this.#inUse + bytes)} of device memory are needed, allowed are ${mega(this.limit)}`);
    if (missing < PROBED_BYTES) return;
    this.trim(); // idle buffers may have the wrong sizes
    this.owner.device.pushErrorScope('out-of-memory');
    const probes: GPUBuffer[] = [];
    for (let left = bytes; left > 0; left -= this.largestBinding) {
      const size = roundUp(Math.min(left, this.largestBinding), ALIGNMENT);
      probes.push(this.owner.device.createBuffer({ label: 'probe', size, usage: STORAGE }));
    }
    const refused = await this.owner.device.popErrorScope();
    for (const probe of probes) probe.destroy();
    this.owner.requireAlive();
    if (refused) throw doesNotFit(`about ${mega(bytes)} of device memory are needed: ${refused.message.split('\n')[0]}`);
  }

  /** commands that are already encoded may still use the memory: later ones come after them */
  release(...memories: readonly Memory[]): void {
    for (const { buffer } of memories) {
      const list = this.#idle.get(buffer.size) ?? [];
      list.push(buffer);
      this.#idle.set(buffer.size, list);
      this.#inUse -= buffer.size;
      this.#idleBytes += buffer.size;
    }
  }

  /** gives idle buffers back to the device */
  trim(): void {
    this.submit();
    for (const list of this.#idle.values()) for (const buffer of list) buffer.destroy();
    this.#idle.clear();
    this.#idleBytes = 0;
  }

  /** the smallest idle buffer that fits without much waste */
  #takeIdle(size: number): GPUBuffer | undefined {
    let best: number | undefined;
    for (const [have, list] of this.#idle)
      if (list.length && have >= size && have <= WASTE * size && (best === undefined || have < best)) best = have;
    if (best === undefined) return undefined;
    this.#idleBytes -= best;
    return this.#idle.get(best)!.pop();
  }
}
