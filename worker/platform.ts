import { join } from 'node:path';
import type { Platform } from '../activities/platform/port.ts';
import { createDummyPlatform } from '../activities/platform/dummy/dummy-platform.ts';
import { createSwarmPlatform } from '../activities/platform/swarm/swarm-platform.ts';
import type { HostPaths } from '../activities/support/paths.ts';
import type { WorkerConfig } from '../domain/config.ts';

/** The adapter that the configuration asks for. */
export function createPlatform(config: WorkerConfig, paths: HostPaths): Platform {
  switch (config.CCI_PLATFORM) {
    case 'swarm':
      return createSwarmPlatform(config, paths);
    case 'dummy':
      // Shared by the workers of the host, as a real platform would be.
      return createDummyPlatform({ paths, stateFile: join(config.CCI_DATA, 'dummy-platform.json') });
  }
}
