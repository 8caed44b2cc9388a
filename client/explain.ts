import { NamespaceNotFoundError } from '@temporalio/common';
import { CodecError } from '../codec/encryption-codec.ts';
import type { ClientConfig } from '../domain/config.ts';
import { isTransient } from './rpc.ts';
import { BROKEN, UserError } from './user-error.ts';

/**
 * What a failed call to the server means for a person: the keys are others, the server is away, or it lacks the
 * namespace. Everything else comes back as it is.
 */
export function explain(
  error: unknown,
  config: Pick<ClientConfig, 'CCI_TEMPORAL_ADDRESS' | 'CCI_KEYS_FILE'>,
): unknown {
  const broken = (reason: string, remedy: string) =>
    new UserError(reason, remedy, { exitCode: BROKEN, cause: error });
  const codec = causes(error).find((cause) => cause instanceof CodecError);
  if (codec) {
    const remedy = `Set CCI_KEYS_FILE, now ${config.CCI_KEYS_FILE}, to the key file of this installation`;
    return broken(codec.message, remedy);
  }
  if (isTransient(error)) {
    const remedy = 'Look at its log, or start the stack with `npm run up`; then give the same command again';
    return broken(`Temporal at ${config.CCI_TEMPORAL_ADDRESS} does not answer in time`, remedy);
  }
  if (error instanceof NamespaceNotFoundError) {
    const reason = `Temporal at ${config.CCI_TEMPORAL_ADDRESS} has no namespace "${error.namespace}"`;
    return broken(reason, 'Set CCI_TEMPORAL_NAMESPACE to that of this installation');
  }
  return error;
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let next = error; next instanceof Error && !found.includes(next); next = next.cause) found.push(next);
  return found;
}
