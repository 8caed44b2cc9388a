import { HELPER_IMAGE } from '../../../domain/backup.ts';
import { markLabels } from '../../../domain/labels.ts';
import type { Operation } from '../../support/operation.ts';
import type { CommandResult } from '../../support/run-command.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Label of such containers, by which those of a dead attempt are found. */
export const HELPER_LABEL = 'cc-ci.helper';

export interface VolumeMount {
  readonly volumeName: string;
  /** Absolute path in the helper. */
  readonly target: string;
  readonly readOnly: boolean;
}

export interface HelperOptions {
  readonly mounts: readonly VolumeMount[];
  /** Reaches the container without being seen in an argument vector. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs: number;
  readonly accept?: readonly number[];
  readonly maxBytes?: number;
  readonly quiet?: boolean;
}

/**
 * Runs argv in a throw-away container that sees nothing but the volumes given: no network, no socket, and of root's
 * powers only those over files. It carries the environment's labels, so a crash leaves nothing unseen.
 */
export function runWithVolumes(
  { command }: SwarmContext,
  operation: Operation,
  argv: readonly [string, ...string[]],
  options: HelperOptions,
): Promise<CommandResult> {
  const { environment } = operation;
  const { mounts, env = {}, input, ...rest } = options;
  const marks = markLabels({
    instance: environment.instance,
    run: environment.runId,
    environment: environment.id,
    deploy: 'helper',
  });
  const labels = Object.entries({ ...marks, [HELPER_LABEL]: 'volumes' }).flatMap(([key, value]) => [
    '--label',
    `${key}=${value}`,
  ]);
  const volumes = mounts.flatMap(({ volumeName, target, readOnly }) => [
    '--mount',
    `type=volume,src=${volumeName},dst=${target},volume-nocopy${readOnly ? ',readonly' : ''}`,
  ]);
  const [entrypoint, ...args] = argv;
  return command(
    operation,
    [
      ...['run', '--rm', '--pull=missing', '--network=none', '--read-only', '--tmpfs=/tmp'],
      ...['--cap-drop=ALL', '--security-opt=no-new-privileges', '--user=0:0', '--log-driver=none'],
      ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID'].map(
        (power) => `--cap-add=${power}`,
      ),
      ...(input === undefined ? [] : ['--interactive']),
      ...labels,
      ...volumes,
      ...Object.keys(env).flatMap((name) => ['--env', name]),
      `--entrypoint=${entrypoint}`,
      HELPER_IMAGE,
      ...args,
    ],
    { ...rest, env, ...(input === undefined ? {} : { input }) },
  );
}
