import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { sendText } from './http.ts';

/** Where the UI asks for its settings, the codec endpoint among them. */
const SETTINGS_PATH = '/api/v1/settings';

/** Only headers between two neighbours; and what would make the answer unreadable to us or reveal the session. */
const NOT_FORWARDED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'cookie', 'host']);

export interface ProxyOptions {
  /** Address of the Temporal UI. */
  readonly ui: string;
  /** Origin under which the person sees the UI: ours. */
  readonly origin: string;
  /** Cookie that is ours and not the UI's. */
  readonly cookieName: string;
}

/**
 * Passes a request on to the Temporal UI. The UI reads payloads with a `fetch` that carries cookies to its own origin
 * only, and the development server has no option to change that (`IncludeCredentials` is not among its flags: cli 1.5.1,
 * devserver/server.go). So the UI is shown under the endpoint's origin, with settings that name it as the endpoint.
 */
export function proxyToUi(options: ProxyOptions, request: IncomingMessage, response: ServerResponse): void {
  const target = new URL(options.ui);
  const headers = forwardedHeaders(options, request, target);
  const path = request.url ?? '/';
  const upstream = httpRequest(
    { host: target.hostname, port: target.port, method: request.method, path, headers },
    (answer) => {
      if (new URL(path, options.origin).pathname === SETTINGS_PATH && answer.statusCode === 200) {
        sendSettings(options, answer, response);
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on('error', () => {
    if (response.headersSent) response.destroy();
    else
      sendText(response, 502, `the Temporal UI does not answer at ${options.ui}; \`npm run up\` starts it`);
  });
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}

function forwardedHeaders(options: ProxyOptions, request: IncomingMessage, target: URL) {
  const headers = Object.entries(request.headers).filter(([name]) => !NOT_FORWARDED.has(name));
  const cookies = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !pair.startsWith(`${options.cookieName}=`));
  const wantsSettings = request.url?.startsWith(SETTINGS_PATH) ?? false;
  return {
    ...Object.fromEntries(headers),
    host: target.host,
    ...(cookies.length > 0 ? { cookie: cookies.join('; ') } : {}),
    // The UI compares the origin of changing requests with its own host.
    ...(request.headers.origin === undefined ? {} : { origin: target.origin }),
    ...(wantsSettings ? { 'accept-encoding': 'identity' } : {}),
  };
}

const settingsSchema = z.looseObject({});

function sendSettings(options: ProxyOptions, answer: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.on('end', () => {
    let settings: z.infer<typeof settingsSchema>;
    try {
      settings = settingsSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
    } catch {
      sendText(response, 502, 'the settings of the Temporal UI cannot be read');
      return;
    }
    const codec = { Endpoint: options.origin, PassAccessToken: false, IncludeCredentials: true };
    const body = JSON.stringify({ ...settings, Codec: codec });
    const { 'content-length': _length, ...headers } = answer.headers;
    response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
}
