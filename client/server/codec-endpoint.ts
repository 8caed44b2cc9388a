import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { PayloadCodec } from '@temporalio/common';
import { HttpError, readBody, readCookie, sendJson, sendText } from './http.ts';
import { transformPayloads } from './payloads.ts';
import { isSession, openSession, removeExpired } from './tokens.ts';
import { proxyToUi } from './ui-proxy.ts';

/** The server accepts payloads of 2 MB; base64 and a page of them must fit. */
const BODY_LIMIT = 32 * 1024 * 1024;

export interface CodecEndpointOptions {
  readonly codec: PayloadCodec;
  readonly port: number;
  /** Address of the Temporal UI: the only other origin that may read answers. */
  readonly ui: string;
  /** Data folder; tokens and sessions lie in it. */
  readonly data: string;
  /** Tells the cookies of two clones on one machine apart: cookies do not know ports. */
  readonly instance: string;
}

interface Endpoint extends CodecEndpointOptions {
  readonly origin: string;
  readonly cookieName: string;
}

/**
 * Decodes and encodes payloads for the Temporal UI, and shows that UI. Listens on loopback only. `/open?token=…&to=/…`
 * turns a one-time token into a session cookie and goes on to that page; everything else answers 401 without the cookie.
 */
export async function startCodecEndpoint(options: CodecEndpointOptions): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  const endpoint = {
    ...options,
    origin: `http://127.0.0.1:${port}`,
    cookieName: `cc_ci_${options.instance}`,
  };
  server.on('request', (request, response) => {
    answer(endpoint, request, response).catch((error: unknown) => {
      const status = error instanceof HttpError ? error.status : 500;
      // A reason of ours holds no content of payloads; any other stays here.
      const message = error instanceof HttpError ? error.message : 'the codec endpoint failed';
      if (response.headersSent) response.destroy();
      else sendText(response, status, message);
    });
  });
  return server;
}

async function answer(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', endpoint.origin);
  refuseForeignHost(endpoint, request);
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('x-content-type-options', 'nosniff');
  // The UI can terminate runs: no other page may lay itself over it.
  response.setHeader('x-frame-options', 'DENY');
  if (url.pathname === '/health') {
    sendText(response, 200, 'ok');
    return;
  }
  if (url.pathname === '/open') {
    open(endpoint, request, response, url.searchParams);
    return;
  }
  allowOrigin(endpoint, request, response);
  if (request.method === 'OPTIONS') {
    response.writeHead(204).end();
    return;
  }
  if (!hasSession(endpoint, request)) {
    throw new HttpError(
      401,
      'open the link that `cc-ci codec` or `cc-ci run` prints: it signs this browser in',
    );
  }
  if (request.method === 'POST' && (url.pathname === '/decode' || url.pathname === '/encode')) {
    const direction = url.pathname === '/decode' ? 'decode' : 'encode';
    const body = await readBody(request, BODY_LIMIT);
    sendJson(response, 200, await transformPayloads(endpoint.codec, direction, body.toString()));
    return;
  }
  proxyToUi(endpoint, request, response);
}

/** A foreign name that resolves to this machine (DNS rebinding) must not make a foreign page our origin. */
function refuseForeignHost(endpoint: Endpoint, request: IncomingMessage): void {
  const { host } = new URL(endpoint.origin);
  if (request.headers.host !== host) throw new HttpError(421, `this is ${host}`);
}

/** Other origins than ours and the UI's are refused even with the cookie; only the UI's may read answers. */
function allowOrigin(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): void {
  const { origin } = request.headers;
  response.setHeader('vary', 'origin');
  if (origin === undefined || origin === endpoint.origin) return;
  if (origin !== new URL(endpoint.ui).origin)
    throw new HttpError(403, 'this origin may not use the endpoint');
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-allow-methods', 'POST');
  response.setHeader('access-control-allow-headers', 'content-type, x-namespace');
}

function hasSession(endpoint: Endpoint, request: IncomingMessage): boolean {
  const session = readCookie(request, endpoint.cookieName);
  return session !== undefined && isSession(endpoint.data, session);
}

function open(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  const to = query.get('to') ?? '/';
  const target = new URL(to, endpoint.origin);
  if (!to.startsWith('/') || target.origin !== endpoint.origin) {
    throw new HttpError(400, '"to" is a path of the Temporal UI');
  }
  removeExpired(endpoint.data);
  const session = openSession(endpoint.data, query.get('token') ?? '');
  // The same link again, in the browser that it has signed in, is no mistake.
  if (session === undefined && !hasSession(endpoint, request)) {
    throw new HttpError(401, 'this link has been used or is too old; `cc-ci codec --link` prints a new one');
  }
  if (session !== undefined) {
    const cookie = `${endpoint.cookieName}=${session}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800`;
    response.setHeader('set-cookie', cookie);
  }
  response.setHeader('cache-control', 'no-store');
  response.writeHead(302, { location: target.pathname + target.search }).end();
}
