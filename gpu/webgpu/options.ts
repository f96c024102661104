// How a GPU is opened, in words that need none: who chooses a backend states them, also where the types of WebGPU are not known (TypeScript
// before 5.9 has none of its own). Source: device.ts, backend.ts. Caveat: most are for tests.

export interface WebgpuOptions {
  powerPreference?: 'low-power' | 'high-performance';
  /** take a software adapter too (lavapipe, SwiftShader): for tests */
  allowSoftware?: boolean;
  /** measure every kernel with timestamp queries, where the adapter has them */
  profile?: boolean;
  /** options of dawn.node (Node only), such as 'disable-dawn-features=timestamp_quantization' */
  dawn?: readonly string[];
}

export interface WebgpuBackendOptions extends WebgpuOptions {
  /** bytes of one buffer at most: a test's way to have a block in several buffers */
  largestBuffer?: number;
  /** bytes of all buffers together at most; without it only the device says when there are too many */
  memoryBytes?: number;
  /** weight of an emitted kernel at most */
  kernelWeight?: number;
}
