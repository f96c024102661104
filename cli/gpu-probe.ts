// Prints what WebGPU adapter there is, as one JSON line: the process that `zkvm doctor` and `auto` start, so that a driver that crashes takes
// only this one along. Source: gpu/webgpu/device.ts. Caveat: it prints a line for every failure that it survives.
import { ZkvmError } from '../fri/core/errors.ts';
import { type AdapterDescription, describeAdapter } from '../gpu/webgpu/device.ts';

/** an adapter, or why there is none */
export type GpuProbe = { adapter: AdapterDescription } | { missing: string };

const NONE = 'the system offers no adapter (no driver for Vulkan, Metal or Direct3D 12)';

const found: GpuProbe = await describeAdapter().then(
  (adapter) => (adapter ? { adapter } : { missing: NONE }),
  (error: unknown) => ({ missing: error instanceof ZkvmError ? `${error.what}: ${error.why}` : String(error) }),
);
process.stdout.write(`${JSON.stringify(found)}\n`);
