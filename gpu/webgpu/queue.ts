// Everything that reaches the device goes through here in program order: kernels, copies, uploads, reads. Commands are collected
// and submitted together; small inputs travel in one arena; reads of the same moment share one round trip; buffers that are
// given back are used again. Source: WebGPU specification §13, §19. Caveat: nothing here knows what the words mean.

import type { QM31 } from '../../fri/core/qm31.ts';
import { doesNotFit, type GpuDevice } from './device.ts';
import { grid, type Kernel, uniformWords } from './kernel.ts';
import { ALIGNMENT, DeviceMemory, type Memory, roundUp } from './memory.ts';
import { STAGING_BYTES, Staging } from './staging.ts';
import { type KernelSpan, Timestamps } from './timestamps.ts';

/** GPUBufferUsage and GPUMapMode: the names exist as globals in browsers only */
const MAP_READ = 1;
const COPY_DST = 8;
const UNIFORM = 64;
const STORAGE = 128;
const COMPUTE_STAGE = 4;

/** a ring: what was staged stays valid while less than this is staged after it */
const ARENA_BYTES = 1 << 22;
/** commands between two submissions, so that the device works while the next ones are encoded */
const COMMANDS_PER_SUBMISSION = 96;
/** turns of the microtask queue that a read waits for others to join it */
const READ_PATIENCE = 24;
/** a part of a buffer, as a kernel sees it */
export interface Binding {
  buffer: GPUBuffer;
  offset: number;
  bytes: number;
}

interface PendingRead {
  buffer: GPUBuffer;
  offset: number;
  bytes: number;
  resolve(words: Uint32Array): void;
  reject(error: unknown): void;
}

export class Queue {
  readonly memory: DeviceMemory;
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, { pipeline: GPUComputePipeline; layout: GPUBindGroupLayout }>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #arena: GPUBuffer;
  readonly #arenaShadow = new Uint32Array(ARENA_BYTES / 4);
  #arenaUsed = 0;
  /** bytes of the arena that the device has already */
  #arenaSent = 0;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #commands = 0;
  #reads: PendingRead[] = [];
  readonly #readBuffers = new Map<number, GPUBuffer[]>();
  readonly #staging: Staging;
  #roundTrips = 0;
  readonly #timestamps: Timestamps | undefined;

  /**
   * @param largestBuffer bytes of one buffer at most, if less than the device allows
   * @param memoryBytes bytes of all storage buffers together at most, idle ones included
   */
  constructor(
    readonly owner: GpuDevice,
    largestBuffer = Number.POSITIVE_INFINITY,
    memoryBytes = Number.POSITIVE_INFINITY,
  ) {
    this.#device = owner.device;
    this.memory = new DeviceMemory(owner, largestBuffer, memoryBytes, () => this.submit());
    this.#arena = this.#device.createBuffer({ label: 'arena', size: ARENA_BYTES, usage: UNIFORM | STORAGE | COPY_DST });
    this.#staging = new Staging(owner);
    if (owner.timestamps) this.#timestamps = new Timestamps(owner.device);
  }

  /** storage buffers that one kernel may use */
  get maxBindings(): number {
    return this.#device.limits.maxStorageBuffersPerShaderStage;
  }

  /** how often the host waited for the device */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** a small input for the kernels that follow */
  stage(words: ArrayLike<number>): Binding {
    const bytes = roundUp(Math.max(16, 4 * words.length), 16);
    if (bytes > ARENA_BYTES) throw doesNotFit(`an input of ${bytes} bytes, allowed are ${ARENA_BYTES}`);
    if (this.#arenaUsed + bytes > ARENA_BYTES) {
      this.submit();
      this.#arenaUsed = this.#arenaSent = 0;
    }
    const offset = this.#arenaUsed;
    this.#arenaShadow.set(words, offset / 4);
    this.#arenaShadow.fill(0, offset / 4 + words.length, (offset + bytes) / 4);
    this.#arenaUsed = roundUp(offset + bytes, ALIGNMENT);
    return { buffer: this.#arena, offset, bytes };
  }

  /** `workgroups` workgroups of a kernel; `params` must have every name that the kernel declares */
  run(
    kernel: Kernel,
    params: Readonly<Record<string, number>>,
    buffers: readonly (Memory | Binding)[],
    workgroups: number,
    constants: readonly QM31[] = [],
  ): void {
    this.owner.requireAlive();
    const { pipeline, layout } = this.#pipeline(kernel);
    const uniform = this.stage(uniformWords(kernel, params, constants));
    const parts: (Memory | Binding)[] = [uniform, ...buffers];
    const entries = parts.map((part, binding) => ({
      binding,
      resource: 'offset' in part ? { buffer: part.buffer, offset: part.offset, size: part.bytes } : { buffer: part.buffer },
    }));
    const group = this.#device.createBindGroup({ layout, entries });
    const [x, y] = grid(workgroups);
    const pass = this.#computePass(kernel.label);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(x, y);
    if (this.#timestamps) this.#endPass();
    if (++this.#commands >= COMMANDS_PER_SUBMISSION) this.submit();
  }

  /** compiles kernels side by side before they run */
  async compile(kernels: readonly Kernel[]): Promise<void> {
    this.owner.requireAlive();
    const missing = new Map(kernels.filter((k) => !this.#pipelines.has(k.code)).map((k) => [k.code, k]));
    await Promise.all(
      [...missing.values()].map(async (k) => {
        const layout = this.#layout(k);
        const pipeline = await this.#device.createComputePipelineAsync(this.#descriptor(k, layout)).catch(async (error: unknown) => {
          throw await this.owner.explain(error);
        });
        this.#pipelines.set(k.code, { pipeline, layout });
      }),
    );
  }

  clear(memory: Memory): void {
    this.#endPass();
    this.#commandEncoder().clearBuffer(memory.buffer, 0, roundUp(memory.bytes, 4));
  }

  /** words into a buffer, through mapped staging memory */
  async write(memory: Memory, offset: number, words: Uint32Array): Promise<void> {
    this.owner.requireAlive();
    for (let done = 0; done < words.length; ) {
      const count = Math.min(words.length - done, STAGING_BYTES / 4);
      const staging = await this.#staging.take();
      new Uint32Array(staging.getMappedRange(0, 4 * count)).set(words.subarray(done, done + count));
      staging.unmap();
      this.#endPass();
      this.#commandEncoder().copyBufferToBuffer(staging, 0, memory.buffer, offset + 4 * done, 4 * count);
      this.submit();
      this.#staging.giveBack(staging);
      done += count;
    }
  }

  /** several columns side by side into a buffer, few copies */
  async writeColumns(memory: Memory, columns: readonly Uint32Array[], rows: number): Promise<void> {
    const perStaging = Math.floor(STAGING_BYTES / 4 / rows);
    if (perStaging < 2) {
      for (const [i, column] of columns.entries()) await this.write(memory, 4 * rows * i, column);
      return;
    }
    this.owner.requireAlive();
    for (let first = 0; first < columns.length; first += perStaging) {
      const part = columns.slice(first, first + perStaging);
      const staging = await this.#staging.take();
      const target = new Uint32Array(staging.getMappedRange(0, roundUp(4 * rows * part.length, 8)));
      part.forEach((column, i) => {
        target.set(column, i * rows);
      });
      staging.unmap();
      this.#endPass();
      this.#commandEncoder().copyBufferToBuffer(staging, 0, memory.buffer, 4 * rows * first, 4 * rows * part.length);
      this.submit();
      this.#staging.giveBack(staging);
    }
  }

  /** words of a buffer as they are after all commands so far */
  read(memory: Memory, offset = 0, bytes = memory.bytes): Promise<Uint32Array> {
    this.owner.requireAlive();
    return new Promise((resolve, reject) => {
      this.#reads.push({ buffer: memory.buffer, offset, bytes, resolve, reject });
      if (this.#reads.length === 1) void this.#answerReads();
    });
  }

  submit(): void {
    this.#endPass();
    if (!this.#encoder) return;
    const timed = this.#timestamps?.resolve(this.#encoder);
    const unsent = Math.min(this.#arenaUsed, ARENA_BYTES) - this.#arenaSent;
    if (unsent > 0) this.#device.queue.writeBuffer(this.#arena, this.#arenaSent, this.#arenaShadow, this.#arenaSent / 4, unsent / 4);
    this.#arenaSent = this.#arenaUsed;
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.#commands = 0;
    timed?.();
  }

  /** waits until the device has done everything so far */
  async idle(): Promise<void> {
    this.submit();
    await this.#device.queue.onSubmittedWorkDone();
  }

  /** every dispatch since the last call, in order; empty without timestamp queries */
  async takeSpans(): Promise<KernelSpan[]> {
    this.submit();
    return (await this.#timestamps?.take()) ?? [];
  }

  async destroy(): Promise<void> {
    if (this.owner.lost === undefined) {
      this.submit();
      await this.#staging.idle();
      await this.#timestamps?.idle();
      this.memory.trim();
    }
    this.#staging.destroy();
    for (const list of this.#readBuffers.values()) for (const buffer of list) buffer.destroy();
    this.#arena.destroy();
    this.#timestamps?.destroy();
    this.owner.destroy();
  }

  #commandEncoder(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #computePass(label: string): GPUComputePassEncoder {
    if (this.#pass) return this.#pass;
    if (this.#timestamps?.full) this.submit();
    const timestampWrites = this.#timestamps?.next(label);
    this.#pass = this.#commandEncoder().beginComputePass(timestampWrites ? { timestampWrites } : {});
    return this.#pass;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  #layout({ buffers }: Kernel): GPUBindGroupLayout {
    const key = buffers.map((b) => b.access[0]).join('');
    const known = this.#layouts.get(key);
    if (known) return known;
    const entries: GPUBindGroupLayoutEntry[] = [
      { binding: 0, visibility: COMPUTE_STAGE, buffer: { type: 'uniform' } },
      ...buffers.map(({ access }, i): GPUBindGroupLayoutEntry => {
        return { binding: i + 1, visibility: COMPUTE_STAGE, buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' } };
      }),
    ];
    const made = this.#device.createBindGroupLayout({ entries });
    this.#layouts.set(key, made);
    return made;
  }

  #descriptor(kernel: Kernel, layout: GPUBindGroupLayout): GPUComputePipelineDescriptor {
    return {
      label: kernel.label,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.#device.createShaderModule({ label: kernel.label, code: kernel.code }), entryPoint: 'main' },
    };
  }

  #pipeline(kernel: Kernel): { pipeline: GPUComputePipeline; layout: GPUBindGroupLayout } {
    const known = this.#pipelines.get(kernel.code);
    if (known) return known;
    const layout = this.#layout(kernel);
    const made = { pipeline: this.#device.createComputePipeline(this.#descriptor(kernel, layout)), layout };
    this.#pipelines.set(kernel.code, made);
    return made;
  }

  async #answerReads(): Promise<void> {
    for (let turn = 0, seen = 0; turn < READ_PATIENCE; turn++) {
      await undefined;
      if (this.#reads.length !== seen) turn = 0;
      seen = this.#reads.length;
    }
    const reads = this.#reads;
    this.#reads = [];
    try {
      this.owner.requireAlive();
      this.#roundTrips++;
      const offsets: number[] = [];
      let total = 0;
      for (const { bytes } of reads) {
        offsets.push(total);
        total += roundUp(bytes, 8);
      }
      const size = Math.max(ALIGNMENT, 2 ** Math.ceil(Math.log2(total)));
      const readable = this.#readBuffers.get(size)?.pop() ?? this.#device.createBuffer({ size, usage: MAP_READ | COPY_DST });
      this.#endPass();
      const encoder = this.#commandEncoder();
      reads.forEach(({ buffer, offset, bytes }, i) => {
        encoder.copyBufferToBuffer(buffer, offset, readable, offsets[i]!, bytes);
      });
      this.submit();
      await readable.mapAsync(MAP_READ, 0, total);
      const words = new Uint32Array(readable.getMappedRange(0, total));
      const copies = reads.map(({ bytes }, i) => words.slice(offsets[i]! / 4, offsets[i]! / 4 + bytes / 4));
      readable.unmap();
      this.#readBuffers.set(size, [...(this.#readBuffers.get(size) ?? []), readable]);
      this.owner.requireAlive();
      reads.forEach(({ resolve }, i) => {
        resolve(copies[i]!);
      });
    } catch (error) {
      const failure = await this.owner.explain(error);
      for (const { reject } of reads) reject(failure);
    }
  }
}
