// The fixed low addresses of the one WASM memory: control words of the pool, constants that kernels load, the task table.
// Source: ours. Caveat: constants are loaded, not written into the code, because V8 rebuilds a 128-bit constant at every use.

/** control words (32-bit indices) shared by all threads */
export const CONTROL = { remaining: 0, done: 1, failed: 2, left: 3, count: 4 } as const;

/** byte addresses of constants; 16 bytes each unless said otherwise */
export const CONSTANT = {
  /** P in four lanes */
  modulus: 64,
  /** byte order of a right rotation by 16 in every lane */
  rotate16: 80,
  /** the same by 8 */
  rotate8: 96,
  /** 0xfffffffe in four lanes: 2P, so that 2P - 2x = 2(-x) */
  twiceModulus: 112,
  /** lane numbers 0, 1, 2, 3 */
  lanes: 128,
  /** 2^31 - 1 in two 64-bit lanes */
  low31: 144,
  /** the eight words of Blake2s's initial value */
  initial: 160,
  /** eight words, xored with purpose LEAF and the parameters */
  leafState: 192,
  /** the same for NODE */
  nodeState: 224,
  /** the same for WORK */
  workState: 256,
  /** 16 zero bytes: a column of padding words */
  zero: 288,
  /** byte orders for the previous row: as it is, even lanes exchanged, odd lanes, both */
  previous: 304,
} as const;

/** the table of tasks of a phase */
export const TASKS = 4096;
/** 32-bit words of a task: export number, then its arguments */
export const TASK_WORDS = 16;
export const MAX_TASKS = 4032;
/** scratch areas of the threads follow the table */
export const SCRATCH = TASKS + MAX_TASKS * TASK_WORDS * 4;
export const SCRATCH_BYTES = 512 * 1024;

/** where free memory begins for this many threads */
export const heapStart = (threads: number): number => SCRATCH + threads * SCRATCH_BYTES;
