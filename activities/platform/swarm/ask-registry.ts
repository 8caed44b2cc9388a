import { z } from 'zod';
import { registryHost, splitReference } from '../../../domain/image-reference.ts';
import type { Operation } from '../../support/operation.ts';
import type { PullFailure } from './pull-failure.ts';
import type { SwarmContext } from './swarm-context.ts';

const TIMEOUT_MS = 15_000;

/** What the registry itself says about a manifest. */
export interface RegistryAnswer {
  readonly failure: PullFailure | undefined;
  readonly retryAfterMs: number | undefined;
}

const answerShape = z.object({
  status: z.number(),
  retryAfter: z.string().nullable(),
  code: z.string().nullable(),
});

/**
 * Asks the registry for the manifest without credentials, from where the daemon stands: a registry on loopback may
 * answer nowhere else. Reads only the answer's status, its Retry-After and the code of its error document
 * (https://distribution.github.io/distribution/spec/api/#errors). Undefined when it cannot be asked.
 */
export async function askRegistry(
  { config }: SwarmContext,
  operation: Operation,
  image: string,
): Promise<RegistryAnswer | undefined> {
  const asked = await operation
    .run(
      [
        ...namespaceOf(config.CCI_NETNS),
        process.execPath,
        '--input-type=module',
        '-e',
        REQUEST,
        manifestUrl(image),
      ],
      {
        timeoutMs: TIMEOUT_MS,
        quiet: true,
      },
    )
    .catch((error: unknown) => {
      operation.signal.throwIfAborted();
      operation.log(`the registry of ${image} cannot be asked: ${String(error)}`);
      return undefined;
    });
  if (!asked) return undefined;
  const { status, retryAfter, code } = answerShape.parse(JSON.parse(asked.stdout));
  return { failure: failureOf(status, code), retryAfterMs: parseRetryAfter(retryAfter, Date.now()) };
}

/** Seconds or an HTTP date (RFC 9110, section 10.2.3) as milliseconds from now. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function manifestUrl(image: string): string {
  const { path, version } = splitReference(image);
  const host = registryHost(image);
  // Docker itself takes loopback registries as insecure.
  const scheme = /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(host) ? 'http' : 'https';
  return `${scheme}://${host}/v2/${path}/manifests/${version}`;
}

function namespaceOf(file: string | undefined): [string, ...string[]] | [] {
  return file === undefined ? [] : ['nsenter', `--net=${file}`, '--'];
}

function failureOf(status: number, code: string | null): PullFailure | undefined {
  if (status === 429 || code === 'TOOMANYREQUESTS') return 'limit';
  if (code === 'MANIFEST_UNKNOWN' || code === 'NAME_UNKNOWN' || status === 404) return 'unknown';
  if (status === 401 || status === 403) return 'auth';
  if (status >= 500) return 'down';
  return undefined;
}

/** Runs in a child of its own, which may stand in another network namespace. */
const REQUEST = `
const accept = ['application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json', 'application/vnd.docker.distribution.manifest.v2+json'];
const ask = (headers) => fetch(process.argv[1], { headers: { accept: accept.join(','), ...headers }, signal: AbortSignal.timeout(10000) });
let answer = await ask({});
const challenge = /^Bearer (.*)$/i.exec(answer.headers.get('www-authenticate') ?? '')?.[1];
if (answer.status === 401 && challenge) {
  const facts = Object.fromEntries([...challenge.matchAll(/(\\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  const url = new URL(facts.realm);
  for (const key of ['service', 'scope']) if (facts[key]) url.searchParams.set(key, facts[key]);
  const grant = await fetch(url, { signal: AbortSignal.timeout(10000) });
  if (grant.ok) {
    const { token, access_token } = await grant.json();
    answer = await ask({ authorization: 'Bearer ' + (token ?? access_token) });
  }
}
const body = await answer.json().catch(() => ({}));
const code = body?.errors?.[0]?.code;
console.log(JSON.stringify({
  status: answer.status, retryAfter: answer.headers.get('retry-after'), code: typeof code === 'string' ? code : null }));`;
