// How much memory this process may use. Source: Node's process.availableMemory, which knows the limits of containers.
// Caveat: other processes may take it a moment later.
import os from 'node:os';

/** bytes that this process may have in all: what it has now and what is free */
export const availableBytes = (): number => process.memoryUsage.rss() + (process.availableMemory?.() ?? os.freemem());
