// Looks for a backend that a native driver is behind, in a process of its own, because a broken native driver ends the process that loads it. Source: DESIGN §9 (`auto`).
// Caveat: a driver that finds its adapter and breaks later still ends the process that proves.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Availability, BackendKind } from '../gpu/kind/kind.ts';

const PROBE_LIMIT_MS = 30_000;

/** the process that looks: the built file runs as it is, the TypeScript source through the loader of the `zkvm` script */
function probeArguments(name: string): string[] {
  const own = import.meta.url;
  const typescript = own.endsWith('.ts');
  const probe = fileURLToPath(new URL(`./gpu-probe.${typescript ? 'ts' : 'js'}`, own));
  return typescript ? ['--import', pathToFileURL(createRequire(own).resolve('tsx')).href, probe, name] : [probe, name];
}

const missing = (name: string, why: string): Availability => ({ missing: why, lines: [[name, `none: ${why}`]], facts: { missing: why } });

/** What there is of a backend here; one with a native driver is asked in another process, and whatever happens to it, this one goes on. */
export function availabilityOf(kind: BackendKind, limitMs = PROBE_LIMIT_MS): Promise<Availability> {
  if (!kind.native) return kind.availability();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, probeArguments(kind.name), {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on('error', (error) => resolve(missing(kind.name, `the search could not start: ${error.message}`)));
    child.on('close', (code, signal) => {
      const line = out.split('\n').find((text) => text.startsWith('{'));
      if (line !== undefined) return resolve(JSON.parse(line) as Availability);
      resolve(
        missing(
          kind.name,
          `the process that looked for one ended without an answer, perhaps by its driver (${signal ?? `exit code ${code}`})`,
        ),
      );
    });
  });
}
