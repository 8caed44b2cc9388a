import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { guardId } from '../../../domain/ids.ts';
import { CCI_LABELS } from '../../../domain/labels.ts';
import type { Environment } from '../../../domain/plan.ts';
import { loadWorkerConfig } from '../../../worker/config.ts';
import type { Mutation } from '../case.ts';

const exec = promisify(execFile);

/**
 * An adapter that removes no services. The guard would go on trying for as long as they are there, on a host that is gone
 * with the case; so both are removed behind it.
 */
export function leavingServices(): Required<Pick<Mutation, 'adapter' | 'config'>> {
  const left = new Map<string, Environment>();
  return {
    adapter: (platform) => ({
      ...platform,
      undeploy: ({ environment }) => {
        left.set(environment.id, environment);
        return Promise.resolve();
      },
    }),
    config: () =>
      Promise.resolve({
        change: {},
        [Symbol.asyncDispose]: async () => {
          for (const environment of left.values()) await clean(environment);
          left.clear();
        },
      }),
  };
}

async function clean({ id, runId }: Environment): Promise<void> {
  const { CCI_DOCKER_BIN, CCI_DOCKER_HOST, CCI_TEMPORAL_ADDRESS, CCI_TEMPORAL_NAMESPACE } =
    loadWorkerConfig();
  const connection = await Connection.connect({ address: CCI_TEMPORAL_ADDRESS });
  try {
    const client = new Client({ connection, namespace: CCI_TEMPORAL_NAMESPACE });
    await client.workflow.getHandle(guardId(runId, id)).terminate('the case is over');
  } finally {
    await connection.close();
  }
  const docker = async (...args: string[]) => {
    const { stdout } = await exec(CCI_DOCKER_BIN, args, { env: { DOCKER_HOST: CCI_DOCKER_HOST } });
    return stdout.split('\n').filter((line) => line !== '');
  };
  const filter = `label=${CCI_LABELS.environment}=${id}`;
  const services = await docker('service', 'ls', '--quiet', '--filter', filter);
  if (services.length > 0) await docker('service', 'rm', ...services);
}
