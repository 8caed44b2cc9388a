/**
 * Does one thing at an identity provider: reads a request as JSON from standard input, and writes one line of JSON. A
 * program of its own, because what changes something happens in children that the fence of an environment can stop.
 */
import { text } from 'node:stream/consumers';
import { CodedError, errorFacts } from '../../domain/errors.ts';
import { fetchThroughIngress } from '../support/ingress-http.ts';
import { createRedactor } from '../support/redact.ts';
import { createAuthentik } from './authentik.ts';
import { createKeycloak } from './keycloak.ts';
import { providerRequestSchema, type ProviderRequest } from './messages.ts';
import type { IdentityProvider } from './provider.ts';
import { secretsOf } from './secrets-of.ts';

function open({ access, ingress }: ProviderRequest): IdentityProvider {
  const { ca, ...reach } = ingress;
  const trusted = ca === undefined ? reach : { ...reach, ca };
  const send: Parameters<typeof createKeycloak>[0] = (url, options) =>
    fetchThroughIngress(trusted, url, options);
  return access.provider === 'keycloak' ? createKeycloak(send, access) : createAuthentik(send, access);
}

async function act(provider: IdentityProvider, action: ProviderRequest['action']): Promise<unknown> {
  switch (action.verb) {
    case 'health':
      return { fault: await provider.health() };
    case 'ensure': {
      const { issuer, clientId, user } = await provider.ensureRealm(action.wish);
      return { issuer, clientId, username: user.username };
    }
    case 'remove':
      await provider.removeRealm(action.realm);
      return {};
    case 'list':
      return { realms: await provider.listRealms() };
  }
}

async function answer(request: ProviderRequest): Promise<unknown> {
  try {
    return await act(open(request), request.action);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const prefix = `${errorFacts(error.code).message}: `;
    const detail = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
    return { failure: { code: error.code, detail } };
  }
}

const request = providerRequestSchema.parse(JSON.parse(await text(process.stdin)));
const { redact } = createRedactor(secretsOf(request));
process.stdout.write(`${redact(JSON.stringify(await answer(request)))}\n`);
