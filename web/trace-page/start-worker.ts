// The debugger's worker out of the page itself, in place of engine/start-debug-worker.ts. Source: Vite, inline workers. Caveat: each start reads the code again.
import DebugWorker from '../engine/debug-worker.ts?worker&inline';

export const startDebugWorker = (name: string): Worker => new DebugWorker({ name });
