import type { WorkerConfig } from '../../../domain/config.ts';
import type { HostPaths } from '../../support/paths.ts';
import type { Operation } from '../../support/operation.ts';
import type { CommandOptions, CommandResult } from '../../support/run-command.ts';
import { createDockerReader, type DockerReader } from './docker.ts';

/** Part of the worker's configuration that the adapter needs. */
export type SwarmConfig = Pick<
  WorkerConfig,
  'CCI_DOCKER_HOST' | 'CCI_DOCKER_BIN' | 'CCI_RENDERER' | 'CCI_SERVICE_VIPS' | 'CCI_NETNS'
>;

/** Runs the docker client with the arguments given, as a change of the operation. */
export type DockerCommand = (
  operation: Operation,
  args: readonly string[],
  options?: Partial<CommandOptions>,
) => Promise<CommandResult>;

/** What the parts of the adapter share. */
export interface SwarmContext {
  readonly config: SwarmConfig;
  readonly paths: HostPaths;
  readonly docker: DockerReader;
  readonly command: DockerCommand;
  /** Whether a container has the program `timeout`, by container id. */
  readonly hasTimeout: Map<string, boolean>;
}

const TIMEOUT_MS = 60_000;

export function createSwarmContext(config: SwarmConfig, paths: HostPaths): SwarmContext {
  return {
    config,
    paths,
    docker: createDockerReader(config.CCI_DOCKER_HOST),
    command: dockerCommand(config, paths),
    hasTimeout: new Map(),
  };
}

function dockerCommand(config: SwarmConfig, paths: HostPaths): DockerCommand {
  return (operation, args, options = {}) =>
    operation.run([config.CCI_DOCKER_BIN, ...args], {
      timeoutMs: TIMEOUT_MS,
      ...options,
      env: {
        ...options.env,
        DOCKER_HOST: config.CCI_DOCKER_HOST,
        // Nobody's own client configuration; an operator who logs the host in to a registry does it here.
        DOCKER_CONFIG: paths.dockerConfig,
      },
    });
}
