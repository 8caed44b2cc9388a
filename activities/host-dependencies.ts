import type { WorkerConfig } from '../domain/config.ts';
import type { Platform } from './platform/port.ts';
import type { HostPaths } from './support/paths.ts';

/** What the host activities are made of; put together by the worker. */
export interface HostDependencies {
  readonly config: WorkerConfig;
  readonly paths: HostPaths;
  readonly platform: Platform;
  /** Checkout whose recipes, domain and packages are used; that of the running code when absent. */
  readonly checkout?: string;
}
