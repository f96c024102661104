// The soundness suite: deletes each constraint in turn and looks for a forgery that passes then (AIR.md §10, test 39).
// Caveat: it takes five minutes on two cores, which is why `npm test` leaves it out.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/soundness/**/*.test.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
