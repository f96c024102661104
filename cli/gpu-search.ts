// Looks for a GPU in a process of its own, because a broken native driver ends the process that loads it. Source: DESIGN §9 (`auto`).
// Caveat: a driver that finds its adapter and breaks later still ends the process that proves.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { GpuProbe } from './gpu-probe.ts';

/**
 * From so many cells on `auto` looks for a GPU: wasm takes about two seconds for them, and looking and compiling kernels takes time too.
 * An estimate: no GPU was at hand to find where it pays.
 */
export const GPU_CELLS = 50e6;

const PROBE_LIMIT_MS = 30_000;

/** the process that looks: the built file runs as it is, the TypeScript source through the loader of the `zkvm` script */
function probeArguments(): string[] {
  const own = import.meta.url;
  const typescript = own.endsWith('.ts');
  const probe = fileURLToPath(new URL(`./gpu-probe.${typescript ? 'ts' : 'js'}`, own));
  return typescript ? ['--import', pathToFileURL(createRequire(own).resolve('tsx')).href, probe] : [probe];
}

/** Looks for a GPU in another process; whatever happens to it, this one goes on. */
export function probeGpu(limitMs = PROBE_LIMIT_MS): Promise<GpuProbe> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, probeArguments(), {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on('error', (error) => resolve({ missing: `the search could not start: ${error.message}` }));
    child.on('close', (code, signal) => {
      const line = out.split('\n').find((text) => text.startsWith('{'));
      if (line !== undefined) return resolve(JSON.parse(line) as GpuProbe);
      resolve({
        missing: `the process that looked for one ended without an answer, perhaps by its driver (${signal ?? `exit code ${code}`})`,
      });
    });
  });
}
