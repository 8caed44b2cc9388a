import { Connection } from '@temporalio/client';
import { workerConfigSchema } from '../../domain/config.ts';
import { BROKEN, UserError } from '../user-error.ts';
import { configured, ok, warn, fail, isAtLeast, type Check, type CheckContext } from './check.ts';

const LIMIT_MS = 10_000;
const CONNECT_MS = 4_000;
const CALL_MS = 5_000;
/** The oldest that cc-ci is tested with. */
const TESTED = '1.29';

const shape = workerConfigSchema.pick({ CCI_TEMPORAL_ADDRESS: true, CCI_TEMPORAL_NAMESPACE: true });
export const TEMPORAL_LIMIT_MS = LIMIT_MS;
export const START_TEMPORAL =
  'Start Temporal (`npm run up`, or docs/deploy.md) and check CCI_TEMPORAL_ADDRESS';

/**
 * Gives `work` a connection of its own, with a bound on every call, and closes it.
 * @throws UserError when nothing answers as a Temporal server
 */
export async function withTemporal<T>(
  context: CheckContext,
  work: (connection: Connection, namespace: string) => Promise<T>,
): Promise<T> {
  const { CCI_TEMPORAL_ADDRESS: address, CCI_TEMPORAL_NAMESPACE: namespace } = configured(context, shape);
  let connection: Connection;
  try {
    connection = await Connection.connect({ address, connectTimeout: CONNECT_MS });
  } catch (cause) {
    throw new UserError(`Temporal does not answer at ${address}`, START_TEMPORAL, {
      exitCode: BROKEN,
      cause,
    });
  }
  try {
    return await connection.withDeadline(Date.now() + CALL_MS, () => work(connection, namespace));
  } finally {
    await connection.close();
  }
}

export const temporal: Check = {
  name: 'temporal',
  limitMs: LIMIT_MS,
  remedy: START_TEMPORAL,
  look: (context) =>
    withTemporal(context, async (connection) => {
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      const seen = `server ${serverVersion} at ${connection.options.address}`;
      if (isAtLeast(serverVersion, TESTED)) return ok(seen);
      return warn(
        `${seen}; cc-ci is tested with ${TESTED} and newer`,
        'Upgrade the Temporal server, one minor at a time',
      );
    }),
};

export const namespace: Check = {
  name: 'namespace',
  limitMs: LIMIT_MS,
  remedy: START_TEMPORAL,
  look: (context) =>
    withTemporal(context, async (connection, name) => {
      const { namespaces } = await connection.workflowService.listNamespaces({ pageSize: 1_000 });
      const found = namespaces.find(({ namespaceInfo }) => namespaceInfo?.name === name);
      if (!found) {
        return fail(
          `there is no namespace "${name}"`,
          `Run \`temporal operator namespace create --namespace ${name}\``,
        );
      }
      const seconds = Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
      return ok(`"${name}", keeps histories ${Math.round(seconds / 3600)} h`);
    }),
};
