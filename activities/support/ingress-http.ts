import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { redirectTarget, throughIngress, type HttpAnswer, type Ingress } from '../../domain/http.ts';

/** An ingress with the CA, as PEM, that signed its certificate; the system's roots when absent. */
export interface TrustedIngress extends Ingress {
  readonly ca?: string;
}

export interface FetchOptions {
  /** Bound on the whole exchange, with redirects. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** GET when absent. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Longer bodies are cut; 1 MiB when absent. */
  readonly maxBytes?: number;
  /** Statuses to answer with even if they redirect; a GET follows other redirects within the same host. */
  readonly accept?: readonly number[];
}

const MAX_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 5;

/**
 * Request of a URL below the zone over the ingress, as a visitor would: TLS name and CA are verified. A GET follows
 * redirects that stay on the host at most five times; every connection is a new one, so an answer never comes from a connection to
 * a task that is going away. Rejects with the transport's error.
 */
export async function fetchThroughIngress(
  ingress: TrustedIngress,
  url: string,
  options: FetchOptions,
): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let at = new URL(url);
  for (let redirects = 0; ; redirects++) {
    const answer = await exchange(ingress, at, options, signal);
    const target = (options.method ?? 'GET') === 'GET' ? redirectTarget(answer) : undefined;
    if (!target || options.accept?.includes(answer.status) || target.hostname !== at.hostname) return answer;
    if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects from ${url}`);
    // Apps behind a proxy name themselves http:// at times; the visitor is then sent on to https by the ingress.
    target.protocol = 'https:';
    at = target;
  }
}

async function exchange(
  ingress: TrustedIngress,
  url: URL,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const target = throughIngress(ingress, url);
  const agent = new Agent({ keepAlive: false });
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({
        ...target,
        method: options.method ?? 'GET',
        agent,
        signal,
        headers: { 'user-agent': 'cc-ci', ...options.headers, ...target.headers },
        ...(ingress.ca === undefined ? {} : { ca: ingress.ca }),
      })
        .on('response', resolve)
        .on('error', reject)
        .end(options.body);
    });
    const { body, truncated } = await readBody(response, options.maxBytes ?? MAX_BYTES);
    return { url: url.href, status: response.statusCode ?? 0, headers: flatten(response), body, truncated };
  } catch (error) {
    // The abort error itself says neither who aborted nor why.
    signal.throwIfAborted();
    throw error;
  } finally {
    agent.destroy();
  }
}

async function readBody(response: IncomingMessage, maxBytes: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), truncated: size > maxBytes };
}

function flatten(response: IncomingMessage): Record<string, string> {
  const headers = Object.entries(response.headersDistinct);
  return Object.fromEntries(headers.map(([name, values]) => [name, (values ?? []).join(', ')]));
}

export interface ServedCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Subject alternative names as OpenSSL prints them: `DNS:*.ci.test, DNS:ci.test`. */
  readonly names: string;
  readonly validUntil: string;
  /** Why a visitor would refuse it; undefined when chain, dates and name are in order. */
  readonly fault: string | undefined;
}

/** The certificate the ingress serves for a host name, judged like a visitor would. Rejects when TLS itself fails. */
export function inspectCertificate(
  ingress: TrustedIngress,
  host: string,
  options: { readonly timeoutMs: number },
): Promise<ServedCertificate> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({
      host: ingress.address,
      port: ingress.port,
      servername: host,
      // The handshake is to succeed so that a fault can be described; `authorized` has the judgement on chain and name.
      rejectUnauthorized: false,
      ...(ingress.ca === undefined ? {} : { ca: ingress.ca }),
    });
    socket.setTimeout(options.timeoutMs, () => socket.destroy(new Error('no TLS handshake in time')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const certificate: PeerCertificate = socket.getPeerCertificate();
      const fault = socket.authorized ? undefined : String(socket.authorizationError);
      socket.destroy();
      resolve({
        subject: String(certificate.subject?.CN ?? ''),
        issuer: String(certificate.issuer?.CN ?? ''),
        names: certificate.subjectaltname ?? '',
        validUntil: certificate.valid_to ?? '',
        fault,
      });
    });
  });
}
