// Twiddles of all circle FFTs in one buffer: the line twiddles of log size m (x at the even positions of the line domain, PCS.md §3)
// are the words 2^(m-1) … 2^m - 1; layer i ≥ 1 of log size n is the table m = n - i. Layer 0 follows from layer 1. A second buffer
// holds the inverses. Computed on the device: entry h is a sum of at most m known points. Caveat: word 0 is unused.
import { pointAt } from '../../fri/core/circle.ts';
import { M31_WGSL } from './field.ts';
import { kernel, THREADS } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { Queue } from './queue.ts';

const TWIDDLES = kernel({
  label: 'twiddles',
  params: ['size'],
  buffers: [
    { name: 'doubles', access: 'read', type: 'vec2u' }, // 2^i·G
    { name: 'T', access: 'write' },
    { name: 'inverses', access: 'write' },
  ],
  library: M31_WGSL,
  body: /* wgsl */ `
  let entry = group * ${THREADS}u + local;
  if (entry == 0u || entry >= U.size) { return; }
  let m = firstLeadingBit(entry) + 1u;
  let h = entry - (1u << (m - 1u));
  var point = doubles[29u - m];
  for (var l = 0u; l + 1u < m; l++) {
    if (((h >> l) & 1u) != 0u) {
      let step = doubles[29u - l];
      point = vec2u(msub(mmul(point.x, step.x), mmul(point.y, step.y)), madd(mmul(point.x, step.y), mmul(point.y, step.x)));
    }
  }
  T[entry] = point.x;
  inverses[entry] = minverse(point.x);`,
});

export class Twiddles {
  #logSize = 0;
  #forward: Memory | undefined;
  #inverse: Memory | undefined;

  constructor(readonly queue: Queue) {}

  /** tables for FFTs up to log size `logSize` */
  tables(logSize: number): { forward: Memory; inverse: Memory } {
    const wanted = Math.max(logSize, 4);
    if (wanted > this.#logSize) {
      if (this.#forward && this.#inverse) this.queue.memory.release(this.#forward, this.#inverse);
      const size = 2 ** (wanted - 1);
      this.#forward = this.queue.memory.allocate(4 * size, 'twiddles');
      this.#inverse = this.queue.memory.allocate(4 * size, 'inverse twiddles');
      this.#logSize = wanted;
      const doubles = this.queue.stage(Array.from({ length: 30 }, (_, i) => pointAt(2 ** i)).flat());
      this.queue.run(TWIDDLES, { size }, [doubles, this.#forward, this.#inverse], Math.ceil(size / THREADS));
    }
    return { forward: this.#forward!, inverse: this.#inverse! };
  }
}
