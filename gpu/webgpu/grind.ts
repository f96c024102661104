// The smallest proof of work: ranges of nonces in ascending order, in every range the smallest hit of all threads. Source: PCS.md §9
// (D11); fri/core/work.ts is the law. Caveat: a round trip costs more than a few thousand hashes, so easy work is done by the host.
import type { Digest } from '../../fri/core/digest.ts';
import { bug } from '../../fri/core/errors.ts';
import { grind as grindOnHost, isWork, toNonce } from '../../fri/core/work.ts';
import { BLAKE2S_WGSL } from './blake2s.ts';
import { kernel, THREADS } from './kernel.ts';
import type { Queue } from './queue.ts';

/** work of at most this many bits is the host's */
const HOST_BITS = 12;
/** log of the largest range of one dispatch */
const MAX_RANGE_LOG = 24;
const NONE = 0xffffffff;

const GRIND = kernel({
  label: 'grind',
  params: ['low', 'high', 'bits', 'd0', 'd1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7'],
  buffers: [{ name: 'best', access: 'write', type: 'atomic<u32>' }],
  library: BLAKE2S_WGSL,
  body: /* wgsl */ `
  let low = U.low + group * ${THREADS}u + local;
  let mask = select((1u << (U.bits & 31u)) - 1u, 0xffffffffu, U.bits == 32u);
  let h = compress(workState(), U.d0, U.d1, U.d2, U.d3, U.d4, U.d5, U.d6, U.d7, U.bits, low, U.high, 0u, 0u, 0u, 0u, 0u, 44u, 0xffffffffu);
  if ((h.low.x & mask) == 0u) { atomicMax(&best[0], 0xffffffffu - low); }`,
});

/** smallest nonce [low, high] with `bits` zero bits; `between` is waited for between two ranges */
export async function grindOnDevice(queue: Queue, digest: Digest, bits: number, between?: () => Promise<void>): Promise<[number, number]> {
  if (bits <= HOST_BITS) return grindOnHost(digest, bits);
  const range = 2 ** Math.min(MAX_RANGE_LOG, bits + 1);
  const best = queue.memory.allocate(16, 'grind');
  const [d0, d1, d2, d3, d4, d5, d6, d7] = digest;
  try {
    for (let from = 0; from + range <= Number.MAX_SAFE_INTEGER; from += range) {
      if (from > 0) await between?.();
      const [low, high] = toNonce(from);
      queue.clear(best);
      queue.run(
        GRIND,
        { low, high, bits, d0: d0!, d1: d1!, d2: d2!, d3: d3!, d4: d4!, d5: d5!, d6: d6!, d7: d7! },
        [best],
        range / THREADS,
      );
      const [found] = await queue.read(best, 0, 4);
      // 0 is "no hit", and also the nonce 2^32 - 1, which only the last range of a high word contains
      if (found !== 0 || (low + range === 2 ** 32 && grindLast(digest, bits, high))) return [NONE - found!, high];
    }
  } finally {
    queue.memory.release(best);
  }
  throw bug('no nonce below 2^53 is a proof of work');
}

/** whether the last nonce of a high word is a proof of work */
const grindLast = (digest: Digest, bits: number, high: number): boolean => isWork(digest, bits, [NONE, high]);
