import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCodecEndpoint } from '../../../client/server/codec-endpoint.ts';
import { issueToken, openSession } from '../../../client/server/tokens.ts';
import { EncryptionCodec } from '../../../codec/encryption-codec.ts';

const HOUR_MS = 3_600_000;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

describe('the codec endpoint', () => {
  const codec = new EncryptionCodec({ active: 'k1', keys: new Map([['k1', Buffer.alloc(32, 1)]]) });
  let data: string;
  let ui: Server;
  let seenByUi: IncomingHttpHeaders[];
  let server: Server;
  let port: number;
  let uiOrigin: string;

  beforeEach(async () => {
    data = mkdtempSync(join(tmpdir(), 'cci-codec-'));
    seenByUi = [];
    ui = createServer((incoming, response) => {
      seenByUi.push(incoming.headers);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ path: incoming.url, Codec: { Endpoint: '' }, Version: '2.42.1' }));
    });
    await new Promise<void>((resolve) => ui.listen(0, '127.0.0.1', resolve));
    uiOrigin = `http://127.0.0.1:${(ui.address() as AddressInfo).port}`;
    server = await startCodecEndpoint({ codec, port: 0, ui: uiOrigin, data, instance: '0a1b2c3d' });
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    for (const each of [server, ui]) {
      each.close();
      each.closeAllConnections();
    }
    rmSync(data, { recursive: true });
  });

  /** `fetch` would not let a test set the host, the origin or the cookie. */
  function ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (incoming) => {
        let text = '';
        incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
        );
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  async function signIn(token = issueToken(data)): Promise<string> {
    const answer = await ask('GET', `/open?token=${token}&to=/`);
    return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  }

  async function encryptedBody(value: unknown): Promise<string> {
    const payloads = await codec.encode([defaultPayloadConverter.toPayload(value)]);
    const json = payloads.map(({ metadata, data: content }) => ({
      metadata: Object.fromEntries(
        Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
      ),
      data: Buffer.from(content ?? []).toString('base64'),
    }));
    return JSON.stringify({ payloads: json });
  }

  it('decodes what the UI sends, for a browser that was signed in', async () => {
    const cookie = await signIn();
    const answer = await ask('POST', '/decode', { cookie, origin: uiOrigin }, await encryptedBody('text'));
    expect(answer.status).toBe(200);
    const { payloads } = JSON.parse(answer.text) as { payloads: { data: string }[] };
    expect(Buffer.from(payloads[0]!.data, 'base64').toString()).toBe('"text"');
    expect(answer.headers['access-control-allow-origin']).toBe(uiOrigin);
    expect(answer.headers['access-control-allow-credentials']).toBe('true');
  });

  it('encodes so that only a key decodes it', async () => {
    const cookie = await signIn();
    const plain = { metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data: 'IngiCg==' };
    const encoded = await ask('POST', '/encode', { cookie }, JSON.stringify({ payloads: [plain] }));
    expect(encoded.text).not.toContain(plain.data);
    const decoded = await ask('POST', '/decode', { cookie }, encoded.text);
    expect(JSON.parse(decoded.text)).toEqual({ payloads: [plain] });
  });

  it.each([
    ['decoding', 'POST', '/decode'],
    ['encoding', 'POST', '/encode'],
    ['the UI', 'GET', '/namespaces/default/workflows'],
    ['the API behind the UI', 'GET', '/api/v1/settings'],
  ])('answers 401 to %s without the cookie, or with a made-up one', async (_what, method, path) => {
    const body = method === 'POST' ? await encryptedBody('text') : undefined;
    const without = await ask(method, path, {}, body);
    const madeUp = await ask(method, path, { cookie: 'cc_ci_0a1b2c3d=../tokens/x' }, body);
    expect([without.status, madeUp.status]).toEqual([401, 401]);
    expect(seenByUi).toEqual([]);
  });

  it('accepts a token once, and only within its hour', async () => {
    const token = issueToken(data);
    expect(await signIn(token)).not.toBe('');
    expect((await ask('GET', `/open?token=${token}&to=/`)).status).toBe(401);
    expect(openSession(data, issueToken(data), Date.now() + HOUR_MS + 1)).toBeUndefined();
    expect(openSession(data, issueToken(data), Date.now() + HOUR_MS - 1_000)).toBeDefined();
  });

  it('takes the signed-in browser on when it opens the same link again', async () => {
    const token = issueToken(data);
    const cookie = await signIn(token);
    const again = await ask('GET', `/open?token=${token}&to=/there`, { cookie });
    expect([again.status, again.headers.location]).toEqual([302, '/there']);
  });

  it('sets a cookie that scripts cannot read and other sites cannot send', async () => {
    const answer = await ask('GET', `/open?token=${issueToken(data)}&to=/`);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Lax/);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each(['//evil.example/', 'https://evil.example/', '/\\evil.example', 'evil'])(
    'never redirects to %s',
    async (to) => {
      const token = issueToken(data);
      const answer = await ask('GET', `/open?token=${token}&to=${encodeURIComponent(to)}`);
      expect(answer.status).toBe(400);
      // The token is not lost over it.
      expect(await signIn(token)).not.toBe('');
    },
  );

  it('refuses other origins even with the cookie, and gives them no CORS header', async () => {
    const cookie = await signIn();
    const origin = 'http://evil.example';
    const answer = await ask('POST', '/decode', { cookie, origin }, await encryptedBody('text'));
    expect(answer.status).toBe(403);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('OPTIONS', '/decode', { origin })).status).toBe(403);
  });

  it("answers the preflight of the UI's origin", async () => {
    const answer = await ask('OPTIONS', '/decode', { origin: uiOrigin });
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-headers']).toBe('content-type, x-namespace');
  });

  it('refuses a foreign host name that resolves to this machine', async () => {
    const cookie = await signIn();
    expect((await ask('GET', '/', { cookie, host: `evil.example:${port}` })).status).toBe(421);
  });

  it.each(['', '[]', '{"payloads": 1}', '{"payloads": [{"data": "***"}]}'])(
    'answers 400 to a body that is no list of payloads: %s',
    async (body) => {
      const answer = await ask('POST', '/decode', { cookie: await signIn() }, body);
      expect(answer.status).toBe(400);
    },
  );

  it('says which key is missing when it cannot decode', async () => {
    const other = new EncryptionCodec({ active: 'k7', keys: new Map([['k7', Buffer.alloc(32, 7)]]) });
    const [payload] = await other.encode([defaultPayloadConverter.toPayload('text')]);
    const metadata = { encoding: 'YmluYXJ5L2VuY3J5cHRlZA==', 'encryption-key-id': 'azc=' };
    const body = { payloads: [{ metadata, data: Buffer.from(payload?.data ?? []).toString('base64') }] };
    const answer = await ask('POST', '/decode', { cookie: await signIn() }, JSON.stringify(body));
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('needs key "k7"')]);
  });

  it('shows the UI with settings that make it send the cookie here', async () => {
    const cookie = await signIn();
    const answer = await ask('GET', '/api/v1/settings', { cookie });
    expect(JSON.parse(answer.text)).toMatchObject({
      Version: '2.42.1',
      Codec: { Endpoint: `http://127.0.0.1:${port}`, IncludeCredentials: true },
    });
  });

  it("passes the UI's cookies on, and keeps its own to itself", async () => {
    const cookie = await signIn();
    await ask('GET', '/namespaces', { cookie: `${cookie}; _csrf=abc`, origin: `http://127.0.0.1:${port}` });
    expect(seenByUi.at(-1)).toMatchObject({ cookie: '_csrf=abc', origin: uiOrigin });
  });

  it('says that the UI is down when it is', async () => {
    const cookie = await signIn();
    ui.close();
    ui.closeAllConnections();
    const answer = await ask('GET', '/namespaces', { cookie });
    expect([answer.status, answer.text]).toEqual([502, expect.stringContaining('npm run up')]);
  });

  it('listens on loopback only', () => {
    expect((server.address() as AddressInfo).address).toBe('127.0.0.1');
  });
});
