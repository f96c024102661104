// `zkvm doctor`: what this machine offers to a prover, and what `auto` would choose and why. Source: DESIGN §9.
// Caveat: what `auto` chooses for one proof depends on its size too.

import os from 'node:os';
import { hasSimd, selectBackend } from '../gpu/select.ts';
import { availableThreads, canShareMemory } from '../gpu/wasm/pool.ts';
import { adapterName } from '../gpu/webgpu/device.ts';
import { WASM_LIMIT_BYTES } from '../vm/estimate/predict.ts';
import type { Command } from './commands.ts';
import type { GpuProbe } from './gpu-probe.ts';
import { GPU_CELLS, probeGpu } from './gpu-search.ts';
import { availableBytes } from './io/memory.ts';
import { formatCount } from './io/terminal.ts';

async function automatic(): Promise<{ backend: string; why: string }> {
  const { backend, why } = await selectBackend('auto');
  if ('close' in backend && typeof backend.close === 'function') backend.close();
  return { backend: backend.name, why };
}

/** why `auto` does not take the GPU that is, or is not, there */
function aboutGpu(probe: GpuProbe): string {
  if ('missing' in probe) return `no WebGPU: ${probe.missing}`;
  const name = adapterName(probe.adapter);
  return probe.adapter.software
    ? `no WebGPU: ${name} is a software adapter, slower than wasm`
    : `WebGPU on ${name} is taken from ${formatCount(GPU_CELLS / 1e6)} million cells on, or with --backend webgpu`;
}

const yes = (value: boolean): string => (value ? 'yes' : 'no');

function adapterLines(probe: GpuProbe): string[] {
  if ('missing' in probe) return [`webgpu         none: ${probe.missing}`];
  const { vendor, architecture, software, limits, features } = probe.adapter;
  const named = [adapterName(probe.adapter), [vendor, architecture].filter((text) => text !== '').join(' ')].filter((text) => text !== '');
  return [
    `webgpu         ${named.join(', ')}${software ? ' (software, refused: slower than wasm)' : ''}`,
    ...Object.entries(limits).map(([name, value]) => `  ${name.padEnd(34)} ${formatCount(value)}`),
    `  features ${features.join(', ')}`,
  ];
}

export const run: Command<'doctor'> = async (args, terminal) => {
  const probe = await probeGpu();
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
  if (args.options.json) {
    terminal.json({ ...found, webgpu: probe, auto });
    return 0;
  }
  terminal.out([
    `node           ${found.node}, ${found.platform}`,
    `processor      ${found.processor}, ${found.threads} ${found.threads === 1 ? 'thread' : 'threads'}`,
    `memory         ${formatCount(Math.round(found.availableBytes / 1e6))} MB for this process; one WASM memory holds ${formatCount(Math.round(found.wasmLimitBytes / 1e6))} MB`,
    `wasm simd      ${yes(found.simd)}`,
    `shared memory  ${yes(found.sharedMemory)}${found.sharedMemory ? '' : ': wasm runs on one thread'}`,
    ...adapterLines(probe),
    `auto           ${auto.backend}: ${auto.why}`,
  ]);
  return 0;
};
