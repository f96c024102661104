// `zkvm doctor`: facts about this machine and the choice that follows from them, for people and as JSON.
// Slow: it starts processes.
import { afterEach, expect, test } from 'vitest';
import { availableThreads } from '../../gpu/wasm/pool.ts';
import { zkvm } from './capture.ts';

const { validate } = WebAssembly;
const environment = { ...process.env };
afterEach(() => {
  WebAssembly.validate = validate;
  process.env = { ...environment };
});

test('names threads, SIMD, memory, GPU and the choice with its reason', { timeout: 60_000 }, async () => {
  const { code, json } = await zkvm('doctor', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ node: process.versions.node, threads: availableThreads(), simd: true, sharedMemory: true });
  expect(json.availableBytes).toBeGreaterThan(1e7);
  expect(json.auto).toMatchObject({ backend: 'wasm', why: expect.stringMatching(/^WASM-SIMD on .*WebGPU/) });
  if ('adapter' in json.webgpu) {
    expect(json.webgpu.adapter.limits.maxBufferSize).toBeGreaterThanOrEqual(2 ** 28);
    expect(json.webgpu.adapter.features).toBeInstanceOf(Array);
  } else expect(json.webgpu.missing).toMatch(/adapter|webgpu/);
});

test('an engine without SIMD is told so, and gets the plain backend', { timeout: 60_000 }, async () => {
  WebAssembly.validate = () => false;
  const { code, out } = await zkvm('doctor');
  expect(code).toBe(0);
  expect(out).toMatch(/^wasm simd {6}no$/m);
  expect(out).toMatch(/^auto {11}js: plain TypeScript; no WASM: this engine has no WASM SIMD/m);
});

test('a system without a Vulkan driver: no adapter where there is only Vulkan, and the reason', { timeout: 60_000 }, async () => {
  process.env = { ...environment, VK_DRIVER_FILES: '/dev/null', VK_ICD_FILENAMES: '/dev/null' };
  const { code, json } = await zkvm('doctor', '--json');
  expect(code).toBe(0);
  expect(json.auto).toMatchObject({ backend: 'wasm', why: expect.stringContaining('WebGPU') });
  if (process.platform === 'linux') expect(json.webgpu.missing).toMatch(/adapter|webgpu/);
});

test('a search whose process ends early is reported, and the command goes on', { timeout: 60_000 }, async () => {
  process.env = { ...environment, NODE_OPTIONS: '--require ./no-such-file.cjs' };
  const { code, json } = await zkvm('doctor', '--json');
  expect(code).toBe(0);
  expect(json.webgpu.missing).toContain('ended without an answer');
});
