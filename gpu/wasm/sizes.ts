// Sizes from which the memory of a proof follows: of columns in the WASM memory, and of what is kept of a tree. Source: ours.
// Caveat: used by estimates before any of the backend's code is loaded, so it imports nothing.

/** bytes of a cache line */
export const LINE = 64;

/** lowest layers of a large tree that are hashed in the cache and not kept: the leaves, pairs of them, fours */
export const DROPPED_LAYERS = 3;

/** bytes from one column to the next: never a power of two, so that equal rows of many columns fall into different cache sets */
export const strideOf = (logSize: number): number => Math.ceil((4 * 2 ** logSize) / LINE) * LINE + LINE;

/** bytes that a block of this shape takes */
export const blockBytes = (columns: number, logSize: number): number => columns * strideOf(logSize) + LINE;
