// Owner of the GPU: adapter, device and the object that made them, which must all stay referenced (dawn.node crashes otherwise).
// Node loads the `webgpu` package lazily, a browser uses its own navigator.gpu. Limits are asked for explicitly, because the
// defaults (128 MiB a binding) are far below what adapters have. Source: DESIGN §9, the WebGPU specification §3.6.
// Caveat: a software adapter computes the same bytes but slower than the WASM backend, so it is refused unless asked for.
import { type CodeOf, ZkvmError } from '../../fri/core/errors.ts';
import { installFix, isNotInstalled } from '../../fri/core/packages.ts';
import type { WebgpuOptions } from './options.ts';

export interface AdapterDescription {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** rendered by the CPU */
  software: boolean;
  features: string[];
  limits: {
    maxBufferSize: number;
    maxStorageBufferBindingSize: number;
    maxStorageBuffersPerShaderStage: number;
    maxComputeWorkgroupStorageSize: number;
  };
}

/** what people call it; browsers tell little */
export const adapterName = ({ vendor, architecture, device, description }: AdapterDescription): string =>
  description || device || `${vendor} ${architecture}`.trim();

/** limits that are raised to what the adapter has */
const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage'] as const;

const NO_ADAPTER_FIX = 'install a GPU driver with Vulkan, Metal or Direct3D 12, or choose another backend (wasm, js)';

const unavailable = (code: CodeOf<'backend'>, what: string, why: string, fix = NO_ADAPTER_FIX, cause?: unknown): ZkvmError =>
  new ZkvmError('backend', code, { what, why, fix, ...(cause === undefined ? {} : { cause }) });

/** lost devices, exhausted memory: the caller may go on with another backend */
export const backendFailure = (code: CodeOf<'backend'>, what: string, why: string, fix?: string): ZkvmError =>
  unavailable(code, what, why, fix);

/** ZK0606: refused before the work, or by the device in the middle of it */
export const doesNotFit = (why: string): ZkvmError =>
  backendFailure('ZK0606', 'the proof does not fit the GPU', why, 'use --backend wasm, a smaller model, or a GPU with more memory');

/** the platform's GPU object: the page's, or the one of the `webgpu` package */
async function gpuObject(options: WebgpuOptions): Promise<GPU> {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (own) return own;
  if (typeof process === 'undefined') throw unavailable('ZK0601', 'no WebGPU adapter', 'this browser has no navigator.gpu');
  try {
    const dawn = (await import('webgpu')) as unknown as { create(options: string[]): GPU };
    // quantised timestamps have steps of 65 µs
    return dawn.create([...(options.dawn ?? []), ...(options.profile ? ['disable-dawn-features=timestamp_quantization'] : [])]);
  } catch (cause) {
    if (isNotInstalled('webgpu', cause))
      throw unavailable(
        'ZK0607',
        'the package `webgpu` is not installed',
        'Node has no WebGPU of its own, and the package is optional',
        `${installFix('webgpu')}, or choose another backend (wasm, js)`,
        cause,
      );
    throw unavailable('ZK0601', 'no WebGPU adapter', 'the package `webgpu` could not be loaded', NO_ADAPTER_FIX, cause);
  }
}

function describe(adapter: GPUAdapter): AdapterDescription {
  const { info, limits } = adapter;
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    software: info.isFallbackAdapter === true || /llvmpipe|lavapipe|swiftshader|software|basic render/i.test(text),
    features: [...adapter.features].sort(),
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    },
  };
}

/** what `requestAdapter` finds here; undefined when nothing */
export async function describeAdapter(options: WebgpuOptions = {}): Promise<AdapterDescription | undefined> {
  const gpu = await gpuObject(options);
  const adapter = await gpu.requestAdapter(options.powerPreference ? { powerPreference: options.powerPreference } : {});
  return adapter ? describe(adapter) : undefined;
}

export class GpuDevice {
  /** why the device is gone, once it is */
  lost: string | undefined;
  /** first error that no scope caught: a bug of ours, reported by the next operation */
  failure: string | undefined;

  private constructor(
    readonly gpu: GPU,
    readonly adapter: GPUAdapter,
    readonly device: GPUDevice,
    readonly description: AdapterDescription,
    readonly timestamps: boolean,
  ) {
    void device.lost.then((info) => {
      this.lost = info.message || info.reason || 'unknown';
    });
    device.addEventListener('uncapturederror', (event) => {
      this.failure ??= (event as GPUUncapturedErrorEvent).error.message;
    });
  }

  /**
   * @throws ZkvmError backend ZK0601 without an adapter, ZK0602 when there is only a software adapter and it was not asked for,
   * ZK0603 when the adapter gives no device
   */
  static async open(options: WebgpuOptions = {}): Promise<GpuDevice> {
    const gpu = await gpuObject(options);
    const adapter = await gpu.requestAdapter(options.powerPreference ? { powerPreference: options.powerPreference } : {});
    if (!adapter) throw unavailable('ZK0601', 'no WebGPU adapter', 'the system offers none');
    const description = describe(adapter);
    if (description.software && !options.allowSoftware)
      throw unavailable('ZK0602', 'the only WebGPU adapter is a software one', `${adapterName(description)} is slower than wasm`);
    const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
    const timestamps = options.profile === true && adapter.features.has('timestamp-query');
    const requiredFeatures: GPUFeatureName[] = timestamps ? ['timestamp-query'] : [];
    try {
      const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
      return new GpuDevice(gpu, adapter, device, description, timestamps);
    } catch (cause) {
      throw unavailable('ZK0603', 'the WebGPU adapter gives no device', String(cause), NO_ADAPTER_FIX, cause);
    }
  }

  /** @throws ZkvmError backend ZK0604 after the device is lost, bug ZK0605 after a validation error */
  requireAlive(): void {
    if (this.lost !== undefined) throw backendFailure('ZK0604', 'the WebGPU device is lost', this.lost);
    if (this.failure !== undefined)
      throw new ZkvmError(/memory/i.test(this.failure) ? 'backend' : 'bug', 'ZK0605', {
        what: 'the WebGPU device refused a command',
        why: this.failure,
      });
  }

  /** what a rejected promise of the device means; the reason of a loss may arrive a little after the first rejection */
  async explain(error: unknown): Promise<ZkvmError> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    try {
      this.requireAlive();
    } catch (known) {
      return known as ZkvmError;
    }
    const text = error instanceof Error ? error.message : String(error);
    if ((error as { reason?: unknown }).reason === 'validation')
      return new ZkvmError('bug', 'ZK0605', { what: 'the WebGPU device refused a kernel', why: text });
    return backendFailure('ZK0604', 'the WebGPU device gave up', text);
  }

  destroy(): void {
    this.device.destroy();
  }
}
