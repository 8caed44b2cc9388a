import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, type CheckContext } from './check.ts';
import { lastLine, runCommand, type CommandOutcome } from './command.ts';

/** Nobody may take what a check makes for something a run left behind. */
export const SYSTEM_LABEL = 'cc-ci.system=true';
const REMOVAL_MS = 10_000;

export type DockerClient = (args: readonly string[], signal?: AbortSignal) => Promise<CommandOutcome>;

/** The docker client as the workers use it. */
export function dockerClientOf(context: CheckContext): DockerClient {
  const config = configured(
    context,
    workerConfigSchema.pick({ CCI_DOCKER_BIN: true, CCI_DOCKER_HOST: true, CCI_DATA: true }),
  );
  const env = { DOCKER_HOST: config.CCI_DOCKER_HOST, DOCKER_CONFIG: join(config.CCI_DATA, 'docker-config') };
  return (args, signal = context.signal) => runCommand([config.CCI_DOCKER_BIN, ...args], { env, signal });
}

/** A name that no other run of the checks has. */
export function probeName(): string {
  return `cci-doctor-${randomBytes(4).toString('hex')}`;
}

export async function hasImage(docker: DockerClient, image: string): Promise<boolean> {
  const outcome = await docker(['image', 'inspect', '--format', '{{.Id}}', image]);
  if (outcome.exitCode !== 0 && !/no such (image|object)/i.test(outcome.stderr)) {
    throw new Error(`the docker client failed: ${lastLine(outcome)}`);
  }
  return outcome.exitCode === 0;
}

/** How to fetch an image into the daemon of the workers, which need not be the one that `docker` talks to. */
export function pullRemedy({ environment }: CheckContext, image: string): string {
  return `Run \`DOCKER_HOST=${environment['CCI_DOCKER_HOST'] ?? ''} docker pull ${image}\``;
}

/**
 * Runs a container of an image that is there; whatever happens, the container is gone afterwards.
 * @param args flags, image and its arguments
 */
export async function runContainer(docker: DockerClient, args: readonly string[]): Promise<CommandOutcome> {
  const name = probeName();
  try {
    return await docker(['run', '--rm', '--pull=never', '--name', name, '--label', SYSTEM_LABEL, ...args]);
  } catch (error) {
    // A client that was stopped leaves its container running.
    await remove(docker, ['rm', '--force', name]);
    throw error;
  }
}

/** Removes with a time of its own: that of the check may be up. */
export async function remove(docker: DockerClient, args: readonly string[]): Promise<void> {
  await docker(args, AbortSignal.timeout(REMOVAL_MS)).catch(() => undefined);
}
