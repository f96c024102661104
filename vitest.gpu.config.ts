// The WebGPU backend on whatever adapter there is. Caveat: a software driver compiles every kernel once, for a minute and more on two
// cores, and keeps it for the next file; so the files run one after the other, and `npm test` leaves them out.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/gpu/webgpu*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 600_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
