// The debugger's worker from its own file. Caveat: a page in one file has another way (trace-page/start-worker.ts).

export const startDebugWorker = (name: string): Worker =>
  new Worker(new URL('./debug-worker.ts', import.meta.url), { type: 'module', name });
