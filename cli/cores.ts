// What is said of more threads than the machine runs at once: nothing is refused, the proof is the same. Source: measured with the WASM backend,
// whose threads wait for each other at the end of every phase. Caveat: on a busy machine more threads may take time from other processes.

/** @returns a warning, or undefined where there is nothing to say */
export const tooManyThreads = (threads: number | undefined, cores: number): string | undefined =>
  threads !== undefined && threads > cores
    ? `${threads} threads, and this machine runs ${cores} at once: the others take memory and seldom make a proof faster`
    : undefined;
