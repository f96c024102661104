// The unit and property tests that `npm test` runs. Caveat: soundness, GPU, browser and devnet suites have their own configurations.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    exclude: [
      '**/node_modules/**',
      'dist/**',
      'test/soundness/**',
      'test/graphs/**',
      'test/devnet/**',
      'test/browser/**',
      'test/gpu/webgpu*',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
