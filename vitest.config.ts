import { defineConfig } from 'vitest/config';

/** Lanes with real servers need patience. */
const SERVERS = { testTimeout: 120_000, hookTimeout: 180_000, teardownTimeout: 60_000 };

/** Lanes on the real stack share its one host: one file at a time. */
const REAL = { ...SERVERS, fileParallelism: false };

/** Much of the fast lanes is waiting for child processes; by default two cores would get a single worker. */
const FAST = { maxWorkers: 4, testTimeout: 30_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...FAST } },
      { test: { name: 'replay', include: ['test/replay/**/*.test.ts'], ...FAST } },
      // Every file starts a server of its own.
      { test: { name: 'workflows', include: ['test/workflows/**/*.test.ts'], ...SERVERS, maxWorkers: 2 } },
      { test: { name: 'platform', include: ['test/platform/**/*.test.ts'], ...REAL } },
      {
        test: {
          name: 'mutations',
          include: ['test/mutations/**/*.test.ts'],
          ...REAL,
          // Cases wait for a lane.
          testTimeout: 30 * 60_000,
        },
      },
      { test: { name: 'fault', include: ['test/fault/**/*.test.ts'], ...REAL } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...REAL, testTimeout: 900_000 } },
    ],
  },
});
