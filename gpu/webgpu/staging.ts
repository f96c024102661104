// Mapped buffers that uploads travel in: the host writes into one while the device copies out of the others. Source: WebGPU
// specification §5.3. Caveat: a buffer comes back only when the device has copied it; from a lost device none does.
import type { GpuDevice } from './device.ts';

/** GPUBufferUsage and GPUMapMode: the names exist as globals in browsers only */
const MAP_WRITE_USAGE = 2;
const COPY_SRC = 4;
const MAP_WRITE_MODE = 2;

export const STAGING_BYTES = 1 << 25;
const BUFFERS = 4;

export class Staging {
  readonly #free: GPUBuffer[] = [];
  readonly #returning = new Set<Promise<void>>();
  #count = 0;

  constructor(readonly owner: GpuDevice) {}

  /** a mapped buffer of STAGING_BYTES. @throws ZkvmError backend ZK0604 when the device is lost */
  async take(): Promise<GPUBuffer> {
    for (;;) {
      const ready = this.#free.pop();
      if (ready) return ready;
      this.owner.requireAlive();
      if (this.#count < BUFFERS) {
        this.#count++;
        const { device } = this.owner;
        return device.createBuffer({ label: 'staging', size: STAGING_BYTES, usage: MAP_WRITE_USAGE | COPY_SRC, mappedAtCreation: true });
      }
      await Promise.race(this.#returning);
    }
  }

  /** after the copy out of it is submitted */
  giveBack(buffer: GPUBuffer): void {
    const returning = buffer.mapAsync(MAP_WRITE_MODE).then(
      () => {
        this.#free.push(buffer);
        this.#returning.delete(returning);
      },
      () => {
        this.#count--;
        this.#returning.delete(returning);
      },
    );
    this.#returning.add(returning);
  }

  /** when the device has copied everything */
  async idle(): Promise<void> {
    await Promise.all(this.#returning);
  }

  destroy(): void {
    for (const buffer of this.#free) buffer.destroy();
  }
}
