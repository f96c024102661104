// How much memory this process may use. Source: Node's process.availableMemory, which knows the limits of containers. Caveat: other processes may
// take it a moment later, and a browser does not say.

/** bytes that this process may have in all, what it has now and what is free; no bound where nobody says */
export function availableBytes(): number {
  const { process } = globalThis as { process?: { availableMemory?(): number; memoryUsage?: { rss(): number } } };
  const free = process?.availableMemory?.();
  return free === undefined ? Number.POSITIVE_INFINITY : free + (process?.memoryUsage?.rss() ?? 0);
}
