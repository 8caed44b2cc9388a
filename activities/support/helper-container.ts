import type { WorkerConfig } from '../../domain/config.ts';
import { CodedError } from '../../domain/errors.ts';
import type { RunBeside } from './ready-probes.ts';

/** Has bash, whose `/dev/tcp` is all that a connect probe needs. */
const HELPER_IMAGE = 'debian:bookworm-slim';

/**
 * Runs probes from a container in the network of a running task, for images that have neither shell nor tools (spec
 * H-09). The container has no volume, removes itself, and carries the environment's labels so that a crash leaves
 * nothing unseen.
 */
export function helperContainers(
  config: Pick<WorkerConfig, 'CCI_DOCKER_BIN' | 'CCI_DOCKER_HOST'>,
): RunBeside {
  const env = { DOCKER_HOST: config.CCI_DOCKER_HOST };
  return async (operation, app, service, argv, { timeoutMs }) => {
    const { environment } = operation;
    const found = await operation.run(
      [
        config.CCI_DOCKER_BIN,
        ...['ps', '--quiet', '--no-trunc', '--filter', 'status=running', '--filter'],
        `label=com.docker.swarm.service.name=${app.stack}_${service}`,
      ],
      { env, timeoutMs },
    );
    const container = found.stdout.split('\n')[0];
    if (!container) throw new CodedError('E_DOCKER', `no container of ${service} is running`);
    return operation.run(
      [
        config.CCI_DOCKER_BIN,
        ...['run', '--rm', '--pull=missing', '--network', `container:${container}`],
        ...['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--user=65534:65534'],
        ...['--label', `cc-ci.instance=${environment.instance}`, '--label', `cc-ci.run=${environment.runId}`],
        ...['--label', `cc-ci.environment=${environment.id}`],
        HELPER_IMAGE,
        ...argv,
      ],
      { env, timeoutMs, accept: ANY_EXIT_CODE },
    );
  };
}

/** The exit code is the probe's answer; 125 is `docker run` itself failing. */
const ANY_EXIT_CODE = [...Array(125).keys(), 126, 127];
