import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { rootCertificates } from 'node:tls';
import { bodyText, throughIngress, type HttpAnswer, type Ingress } from '../domain/http.ts';

export interface SpecRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** 30 seconds when absent. */
  readonly timeoutMs?: number;
}

export interface SpecAnswer extends HttpAnswer {
  /** Every `Set-Cookie` header as it came: joined to one, they cannot be told apart. */
  readonly setCookies: readonly string[];
  readonly text: () => string;
  /** The parsed body; throws, naming status and type, when it is not JSON. */
  readonly json: () => unknown;
}

/** Speaks HTTPS to the app by its public hostname, without a browser: no cache, no cookies, no redirects followed. */
export interface SpecHttp {
  readonly request: (pathOrUrl: string, options?: SpecRequest) => Promise<SpecAnswer>;
  /** The absolute address of a path. */
  readonly resolve: (pathOrUrl: string) => URL;
  readonly get: (pathOrUrl: string, headers?: Readonly<Record<string, string>>) => Promise<SpecAnswer>;
}

const TIMEOUT_MS = 30_000;

/** Makes a client whose paths are relative to `baseUrl`. Certificates are verified against the system's roots and `ca`. */
export function createSpecHttp(options: { ingress: Ingress; baseUrl: string; ca?: string }): SpecHttp {
  const ca = options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] };
  const resolve = (pathOrUrl: string) => new URL(pathOrUrl, options.baseUrl);
  const send = async (pathOrUrl: string, init: SpecRequest = {}): Promise<SpecAnswer> => {
    const url = resolve(pathOrUrl);
    const target = throughIngress(options.ingress, url);
    const agent = new Agent({ keepAlive: false });
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request({
          ...target,
          ...ca,
          agent,
          method: init.method ?? 'GET',
          signal: AbortSignal.timeout(init.timeoutMs ?? TIMEOUT_MS),
          // Bytes as the app has them: a proxy on the way may ask for compression unless it is told otherwise.
          headers: { 'accept-encoding': 'identity', ...init.headers, ...target.headers },
        })
          .on('response', resolve)
          .on('error', reject)
          .end(init.body);
      });
      return withReaders(await toAnswer(url, response), response.headersDistinct['set-cookie'] ?? []);
    } finally {
      agent.destroy();
    }
  };
  return {
    request: send,
    resolve,
    get: (pathOrUrl, headers = {}) => send(pathOrUrl, { headers }),
  };
}

async function toAnswer(url: URL, response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.entries(response.headersDistinct);
  return {
    url: url.href,
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers.map(([name, values]) => [name, (values ?? []).join(', ')])),
    body: Buffer.concat(chunks),
    truncated: false,
  };
}

/** An answer with the readers of its body. */
export function withReaders(answer: HttpAnswer, setCookies: readonly string[] = []): SpecAnswer {
  const text = () => bodyText(answer);
  const json = (): unknown => {
    try {
      return JSON.parse(text());
    } catch (cause) {
      const type = answer.headers['content-type'] ?? 'no type';
      throw new Error(`${answer.url} answered ${answer.status} with ${type}, which is not JSON`, { cause });
    }
  };
  return { ...answer, setCookies, text, json };
}
