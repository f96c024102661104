// When each dispatch started and ended, by timestamp queries around its pass. Source: WebGPU specification §20.4 (timestamp-query).
// Caveat: the device's clock is its own; it is laid over the host's by the round trip that took least, so the picture may be shifted by
// as long as that took.

/** GPUBufferUsage and GPUMapMode: the names exist as globals in browsers only */
const MAP_READ_USAGE = 1;
const COPY_SRC = 4;
const COPY_DST = 8;
const QUERY_RESOLVE = 512;
const MAP_READ_MODE = 1;

/** timestamps of one query set */
const QUERIES = 4096;
const NANOSECONDS = 1e6;

/** one dispatch on the device */
export interface KernelSpan {
  label: string;
  /** on the host's clock (performance.now) */
  startMs: number;
  ms: number;
}

/** milliseconds and dispatches by kernel */
export function timesOf(spans: readonly KernelSpan[]): Map<string, { ms: number; dispatches: number }> {
  const times = new Map<string, { ms: number; dispatches: number }>();
  for (const { label, ms } of spans) {
    const { ms: before, dispatches } = times.get(label) ?? { ms: 0, dispatches: 0 };
    times.set(label, { ms: before + ms, dispatches: dispatches + 1 });
  }
  return times;
}

export class Timestamps {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  #labels: string[] = [];
  /** starts on the device's clock */
  #spans: KernelSpan[] = [];
  /** host's clock less the device's: a timestamp reaches the host after it was taken, so the least difference is the nearest */
  #offsetMs = Number.POSITIVE_INFINITY;
  #reading: Promise<void> = Promise.resolve();

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ type: 'timestamp', count: QUERIES });
  }

  /** no pass fits any more before `resolve` */
  get full(): boolean {
    return 2 * this.#labels.length + 2 > QUERIES;
  }

  /** the next pass writes its times here */
  next(label: string): GPUComputePassTimestampWrites {
    const first = 2 * this.#labels.length;
    this.#labels.push(label);
    return { querySet: this.#queries, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 };
  }

  /** encodes the copy of this submission's timestamps; the result reads them and is called once it is submitted */
  resolve(encoder: GPUCommandEncoder): (() => void) | undefined {
    const labels = this.#labels;
    if (!labels.length) return undefined;
    this.#labels = [];
    const size = 16 * labels.length;
    const resolved = this.#device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
    const readable = this.#device.createBuffer({ size, usage: MAP_READ_USAGE | COPY_DST });
    encoder.resolveQuerySet(this.#queries, 0, 2 * labels.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    const read = (): void => {
      const stamps = Array.from(new BigUint64Array(readable.getMappedRange()), (ns) => Number(ns) / NANOSECONDS);
      this.#offsetMs = Math.min(this.#offsetMs, performance.now() - Math.max(...stamps));
      labels.forEach((label, i) => {
        const startMs = stamps[2 * i]!;
        this.#spans.push({ label, startMs, ms: stamps[2 * i + 1]! - startMs });
      });
      readable.destroy();
      resolved.destroy();
    };
    return () => {
      // of a lost device there are no times; operations report the loss
      const reading = readable.mapAsync(MAP_READ_MODE).then(read, () => undefined);
      this.#reading = this.#reading.then(() => reading);
    };
  }

  /** when everything that was submitted is read */
  async idle(): Promise<void> {
    await this.#reading;
  }

  /** all dispatches since the last call, in order */
  async take(): Promise<KernelSpan[]> {
    await this.#reading;
    const spans = this.#spans.map((span) => ({ ...span, startMs: span.startMs + this.#offsetMs }));
    this.#spans = [];
    return spans;
  }

  destroy(): void {
    this.#queries.destroy();
  }
}
