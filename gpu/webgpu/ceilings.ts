// What this device can do at most: bytes through memory, products mod p, hash compressions, each by a kernel that does nothing else.
// A kernel's share of these says what bounds it. Source: roofline model. Caveat: wall time around many dispatches, so small errors
// of the host's clock and of launching are inside.
import { BLAKE2S_WGSL } from './blake2s.ts';
import { GpuDevice } from './device.ts';
import { M31_WGSL } from './field.ts';
import { kernel, THREADS } from './kernel.ts';
import type { WebgpuOptions } from './options.ts';
import { Queue } from './queue.ts';

export interface Ceilings {
  /** 10^9 bytes read and written a second */
  gigabytesPerSecond: number;
  /** 10^9 products of M31 a second */
  gigaproductsPerSecond: number;
  /** 10^9 Blake2s compressions a second */
  gigacompressionsPerSecond: number;
}

const buffers = [{ name: 'D', access: 'write' as const, type: 'vec4u' }];
const ROUNDS = 256;

const COPY = kernel({
  label: 'copy',
  params: ['half'],
  buffers,
  body: `  let i = group * ${THREADS}u + local;\n  D[U.half + i] = D[i];`,
});
const PRODUCTS = kernel({
  label: 'products',
  params: ['rounds'],
  buffers,
  library: M31_WGSL,
  body: /* wgsl */ `  let i = group * ${THREADS}u + local;
  var x = D[i] & vec4u(0x3fffffffu);
  let y = x;
  for (var r = 0u; r < U.rounds; r++) { x = vec4u(mmul(x.x, y.y), mmul(x.y, y.z), mmul(x.z, y.w), mmul(x.w, y.x)); }
  D[i] = x;`,
});
const COMPRESSIONS = kernel({
  label: 'compressions',
  params: ['rounds'],
  buffers,
  library: BLAKE2S_WGSL,
  body: /* wgsl */ `  let i = group * ${THREADS}u + local;
  var h = nodeState();
  let m = D[i];
  for (var r = 0u; r < U.rounds; r++) {
    h = compress(h, m.x, m.y, m.z, m.w, r, m.x, m.y, m.z, m.w, r, m.x, m.y, m.z, m.w, r, r, 64u, 0u);
  }
  D[i] = h.low ^ h.high;`,
});

/** measures with buffers of at most `bytes` */
export async function measureCeilings(options: WebgpuOptions, bytes = 2 ** 30): Promise<Ceilings> {
  const device = await GpuDevice.open(options);
  const queue = new Queue(device);
  const size = 2 ** Math.floor(Math.log2(Math.min(bytes, queue.memory.largestBinding, device.description.software ? 2 ** 22 : bytes)));
  const memory = queue.memory.allocate(size, 'ceiling');
  const seconds = async (work: () => void): Promise<number> => {
    work();
    await queue.read(memory, 0, 16);
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 3; run++) {
      const started = performance.now();
      for (let i = 0; i < 8; i++) work();
      await queue.read(memory, 0, 16);
      best = Math.min(best, (performance.now() - started) / 8000);
    }
    return best;
  };
  const half = size / 32;
  const copy = await seconds(() => queue.run(COPY, { half }, [memory], half / THREADS));
  const items = Math.min(half, 2 ** 20);
  const products = await seconds(() => queue.run(PRODUCTS, { rounds: ROUNDS }, [memory], items / THREADS));
  const compressions = await seconds(() => queue.run(COMPRESSIONS, { rounds: ROUNDS / 16 }, [memory], items / THREADS));
  queue.memory.release(memory);
  await queue.destroy();
  return {
    gigabytesPerSecond: size / copy / 1e9,
    gigaproductsPerSecond: (items * ROUNDS * 4) / products / 1e9,
    gigacompressionsPerSecond: (items * (ROUNDS / 16)) / compressions / 1e9,
  };
}
