// Random models: more than 2,000 are compiled, run, simulated and row-checked. `npm test` checks some of each family.
// Caveat: it takes some minutes on two cores, which is why `npm test` leaves it out.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/graphs/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 3_600_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
