import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { CodedError } from '../../domain/errors.ts';
import type { TrustedIngress } from '../support/ingress-http.ts';
import type { Operation } from '../support/operation.ts';
import {
  ensureAnswerSchema,
  failureAnswerSchema,
  healthAnswerSchema,
  listAnswerSchema,
  providerRequestSchema,
  removeAnswerSchema,
  type ProviderRequest,
} from './messages.ts';
import type { IdentityProvider, ProviderAccess } from './provider.ts';
import { secretsOf } from './secrets-of.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
/** About a dozen requests, of which the slowest takes seconds on a provider that has just started. */
const TIMEOUT_MS = 240_000;

/**
 * The provider as an attempt on an environment may use it: every call is a child process of the operation, which is
 * stopped when the attempt is superseded. From the first call on the operation hides the secrets.
 * @param timeoutMs bound on one call
 */
export function runProvider(
  operation: Operation,
  access: ProviderAccess,
  ingress: TrustedIngress,
  timeoutMs = TIMEOUT_MS,
): IdentityProvider {
  const { address, port, zone, ca } = ingress;
  const run = async <Schema extends z.ZodType>(
    schema: Schema,
    action: ProviderRequest['action'],
  ): Promise<z.infer<Schema>> => {
    for (const secret of secretsOf({ access, action })) operation.hide(secret);
    const reach = { address, port, zone, ...(ca === undefined ? {} : { ca }) };
    const input = JSON.stringify(providerRequestSchema.parse({ access, ingress: reach, action }));
    const { stdout } = await operation.run([process.execPath, CHILD], {
      input,
      timeoutMs,
      quiet: true,
    });
    return read(schema, stdout);
  };
  return {
    health: async () => (await run(healthAnswerSchema, { verb: 'health' })).fault,
    ensureRealm: async (wish) => {
      const { issuer, clientId, username } = await run(ensureAnswerSchema, { verb: 'ensure', wish });
      const { provider } = access;
      const { clientSecret, redirectUris, user } = wish;
      operation.log(`${provider}: realm ${wish.realm} at ${issuer}, client ${clientId}, user ${username}`);
      return { provider, issuer, clientId, clientSecret, redirectUris, user: { ...user, username } };
    },
    removeRealm: async (realm) => {
      await run(removeAnswerSchema, { verb: 'remove', realm });
      operation.log(`${access.provider}: realm ${realm} is gone`);
    },
    listRealms: async () => (await run(listAnswerSchema, { verb: 'list' })).realms,
  };
}

function read<Schema extends z.ZodType>(schema: Schema, stdout: string): z.infer<Schema> {
  const answer: unknown = JSON.parse(stdout);
  const failed = failureAnswerSchema.safeParse(answer);
  if (failed.success) throw new CodedError(failed.data.failure.code, failed.data.failure.detail);
  return schema.parse(answer);
}
