import { defineConfig } from 'vitest/config';

/** Lanes that start real servers share one host: one file at a time, and with patience. */
const REAL = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 180_000, teardownTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 15_000 } },
      { test: { name: 'replay', include: ['test/replay/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'workflows', include: ['test/workflows/**/*.test.ts'], ...REAL } },
      { test: { name: 'platform', include: ['test/platform/**/*.test.ts'], ...REAL } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...REAL, testTimeout: 900_000 } },
    ],
  },
});
