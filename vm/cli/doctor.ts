// `zkvm doctor`: what this machine offers to a prover, and what `auto` would choose and why. Source: DESIGN §9.
// Caveat: the GPU is looked for in a process of its own, because a broken native driver ends the process that loads it.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import os from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasSimd, selectBackend } from '../../gpu/select.ts';
import { availableThreads, canShareMemory } from '../../gpu/wasm/pool.ts';
import { WASM_LIMIT_BYTES } from '../estimate.ts';
import type { Command } from './commands.ts';
import type { GpuProbe } from './gpu-probe.ts';
import { availableBytes } from './memory.ts';
import { formatCount, printJson } from './terminal.ts';

const PROBE_LIMIT_MS = 30_000;

/** the process that looks: the built file runs as it is, the TypeScript source through the loader of the `zkvm` script */
function probeArguments(): string[] {
  const own = import.meta.url;
  const typescript = own.endsWith('.ts');
  const probe = fileURLToPath(new URL(`./gpu-probe.${typescript ? 'ts' : 'js'}`, own));
  return typescript ? ['--import', pathToFileURL(createRequire(own).resolve('tsx')).href, probe] : [probe];
}

/** Looks for a GPU in another process; whatever happens to it, this one goes on. */
function probeGpu(limitMs: number): Promise<GpuProbe> {
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

async function automatic(): Promise<{ backend: string; why: string }> {
  const { backend, why } = await selectBackend('auto');
  if ('close' in backend && typeof backend.close === 'function') backend.close();
  return { backend: backend.name, why };
}

/** why `auto` does not take the GPU that is, or is not, there */
function aboutGpu(probe: GpuProbe): string {
  if ('missing' in probe) return `no WebGPU: ${probe.missing}`;
  const { description, device, software } = probe.adapter;
  const name = description || device;
  return software
    ? `no WebGPU: ${name} is a software adapter, slower than wasm`
    : `WebGPU on ${name} is there; under Node it is taken only with --backend webgpu`;
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');

function adapterLines(probe: GpuProbe): string[] {
  if ('missing' in probe) return [`webgpu         none: ${probe.missing}`];
  const { vendor, architecture, device, description, software, limits, features } = probe.adapter;
  const named = [description || device, [vendor, architecture].filter((text) => text !== '').join(' ')].filter((text) => text !== '');
  return [
    `webgpu         ${named.join(', ')}${software ? ' (software, refused: slower than wasm)' : ''}`,
    ...Object.entries(limits).map(([name, value]) => `  ${name.padEnd(34)} ${formatCount(value)}`),
    `  features ${features.join(', ')}`,
  ];
}

export const run: Command = async (args, terminal) => {
  const probe = await probeGpu(PROBE_LIMIT_MS);
  const chosen = await automatic();
  const auto = { backend: chosen.backend, why: `${chosen.why}; ${aboutGpu(probe)}` };
  const found = {
    node: process.versions.node,
    platform: `${os.platform()} ${os.arch()}`,
    processor: os.cpus()[0]?.model ?? 'unknown',
    threads: availableThreads(),
    availableBytes: availableBytes(),
    wasmLimitBytes: WASM_LIMIT_BYTES,
    simd: hasSimd(),
    sharedMemory: canShareMemory(),
  };
  if (args.flag('json')) {
    printJson(terminal, { ...found, webgpu: probe, auto });
    return 0;
  }
  terminal.out(
    `${[
      `node           ${found.node}, ${found.platform}`,
      `processor      ${found.processor}, ${found.threads} ${found.threads === 1 ? 'thread' : 'threads'}`,
      `memory         ${formatCount(Math.round(found.availableBytes / 1e6))} MB for this process; one WASM memory holds ${formatCount(Math.round(found.wasmLimitBytes / 1e6))} MB`,
      `wasm simd      ${yes(found.simd)}`,
      `shared memory  ${yes(found.sharedMemory)}${found.sharedMemory ? '' : ': wasm runs on one thread'}`,
      ...adapterLines(probe),
      `auto           ${auto.backend}: ${auto.why}`,
    ].join('\n')}\n`,
  );
  return 0;
};
