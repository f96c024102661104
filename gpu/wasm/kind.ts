// The WASM backend as one of those that may be chosen: it needs 128-bit SIMD, and takes as many threads as memory may be shared among.
// Source: backend.ts, loaded when it is wanted. Caveat: one WASM memory holds 4 GiB, whatever the machine has.
import { ZkvmError } from '../../fri/core/errors.ts';
import { ModuleBuilder, v128 } from '../emitter/module.ts';
import type { HostKind } from '../kind/kind.ts';
import { commitMs, proveMs, type Rates } from '../kind/rates.ts';
import { columnBytes } from './estimate.ts';
import { availableThreads, canShareMemory } from './pool.ts';

const RATES: Rates = { fixedMs: 10, msPerQuery: 0.06, nsPerCell: 28, nsPerValue: 11, nsPerPoint: 60, triesPerMs: 25_000 };
/** kernels of each chip are compiled in the first proof, and run slowly until the engine has optimized them */
const FIRST_MS = 350;
/** address space of one WASM memory */
const LIMIT = { bytes: 2 ** 32, holder: 'a WASM memory' } as const;
/** a Node process with the program and compiled WASM loaded, before any column */
const PROCESS_BYTES = 164e6;
/** a thread beyond the caller's */
const THREAD_BYTES = 8e6;
/** more threads than this find no work: a phase has a few hundred tasks */
const MOST_THREADS = 32;
const NO_SIMD = 'this engine has no WASM SIMD';

export interface WasmKindOptions {
  /** all of the machine's if left out */
  threads?: number;
  /** note when each thread works */
  profile?: boolean;
}

/** whether this engine runs 128-bit SIMD instructions */
export function hasSimd(): boolean {
  if (typeof WebAssembly !== 'object') return false;
  const m = new ModuleBuilder();
  m.function('zero', [], (f) => f.return(v128.const(0)), 'v128');
  return WebAssembly.validate(m.toBytes(false));
}

function runsOn(wanted: number): string {
  if (wanted > 1 && !canShareMemory()) return 'WASM-SIMD on one thread: memory cannot be shared here (page not cross-origin isolated)';
  return `WASM-SIMD on ${wanted > 1 ? `${wanted} threads` : 'one thread'}`;
}

const wantedThreads = ({ threads = availableThreads() }: WasmKindOptions): number => Math.min(threads, MOST_THREADS);
const yes = (value: boolean): string => (value ? 'yes' : 'no');

export const WASM = {
  name: 'wasm',
  title: 'WASM',
  threaded: true,
  native: false,
  memory: 'process',
  auto: { fromCells: 0, yields: false, tries: () => true },
  async availability() {
    const [simd, sharedMemory] = [hasSimd(), canShareMemory()];
    return {
      ...(simd ? { runsOn: runsOn(wantedThreads({})) } : { missing: NO_SIMD }),
      lines: [
        ['wasm simd', yes(simd)],
        ['wasm memory', `${Math.round(LIMIT.bytes / 1e6)} MB at most`],
        ['shared memory', `${yes(sharedMemory)}${sharedMemory ? '' : ': wasm runs on one thread'}`],
      ],
      facts: { simd, sharedMemory, wasmLimitBytes: LIMIT.bytes },
    };
  },
  estimate: (layout, profile, threads) => ({
    proveMs: proveMs(RATES, layout, profile, threads),
    firstMs: FIRST_MS,
    columnBytes: columnBytes(layout, profile.logBlowup),
    processBytes: PROCESS_BYTES,
    otherBytes: THREAD_BYTES * (threads - 1),
    limit: LIMIT,
  }),
  commitMs: (columns, logSize, logBlowup, threads) => commitMs(RATES, columns, logSize, logBlowup, threads),
  async start(options) {
    if (!hasSimd()) throw new ZkvmError('backend', 'ZK0611', { what: NO_SIMD, fix: 'use --backend js, or a newer engine' });
    const wanted = wantedThreads(options);
    const { wasmBackend } = await import('./backend.ts');
    const backend = await wasmBackend({ threads: canShareMemory() ? wanted : 1, ...(options.profile && { profile: true }) });
    return {
      backend,
      runsOn: runsOn(wanted),
      usedBytes: () => backend.memory().usedBytes,
      close: async () => backend.close(),
    };
  },
} as const satisfies HostKind<WasmKindOptions>;
