import { Client, Connection } from '@temporalio/client';
import { createDataConverter } from '../codec/data-converter.ts';
import { KeysError } from '../codec/keys.ts';
import type { ClientConfig } from '../domain/config.ts';
import { explain } from './explain.ts';
import { listens } from './listens.ts';
import { BROKEN, UserError } from './user-error.ts';

const CONNECT_TIMEOUT = '5 seconds';

type ConnectionConfig = Pick<
  ClientConfig,
  'CCI_TEMPORAL_ADDRESS' | 'CCI_TEMPORAL_NAMESPACE' | 'CCI_KEYS_FILE'
>;

/**
 * Gives `work` a client that encrypts and decrypts, and closes its connection afterwards.
 * @throws UserError when the server is away, or the keys are not those of the installation
 */
export async function withClient<T>(
  config: ConnectionConfig,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(config);
  try {
    return await work(client);
  } catch (error) {
    throw explain(error, config);
  } finally {
    await client.connection.close();
  }
}

/** A client of this installation; whoever calls closes its connection. */
export async function connect(config: ConnectionConfig): Promise<Client> {
  const address = config.CCI_TEMPORAL_ADDRESS;
  const dataConverter = converterOf(config.CCI_KEYS_FILE);
  const away = (cause?: unknown) =>
    new UserError(`Temporal does not answer at ${address}`, 'Start the stack with `npm run up`', {
      exitCode: BROKEN,
      cause,
    });
  // The connection itself would be tried again until its timeout.
  if (!(await listens(address))) throw away();
  let connection: Connection;
  try {
    connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT });
  } catch (cause) {
    throw away(cause);
  }
  return new Client({ connection, namespace: config.CCI_TEMPORAL_NAMESPACE, dataConverter });
}

function converterOf(keysFile: string) {
  try {
    return createDataConverter(keysFile);
  } catch (cause) {
    if (!(cause instanceof KeysError)) throw cause;
    const remedy = 'Set CCI_KEYS_FILE to the key file of this installation; `npm run up` makes one';
    throw new UserError(cause.message, remedy, { exitCode: BROKEN, cause });
  }
}
