import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceState } from '../../../activities/platform/port.ts';
import { assertAppInstalled } from '../../../activities/support/assert-app.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import type { CommandResult } from '../../../activities/support/run-command.ts';
import type { App } from '../../../domain/plan.ts';
import { recipeDefinitionSchema } from '../../../domain/recipe.ts';
import { makeCertificates, startHttpsServer, type TestServer } from '../../fixtures/https-server.ts';

const SECRET = 'correct-horse-battery-staple';
const APP: App = {
  role: 'app',
  recipe: 'site',
  source: '/',
  domain: 'site-0a1b2c.ci.test',
  stack: 'site-0a1b2c_ci_test',
};
const CONVERGED = 'every service has converged';
const ANSWERS = 'answers over the public hostname with the expected status and content';
const CERTIFICATE = 'serves a certificate that is valid for its hostname';

let server: TestServer;
let page: (response: ServerResponse, path: string) => void;
let states: ServiceState[];
let exec: (argv: readonly string[]) => CommandResult;

beforeAll(async () => {
  server = await startHttpsServer(await makeCertificates(), (request, response) =>
    page(response, request.url ?? ''),
  );
});
afterAll(() => server[Symbol.asyncDispose]());

beforeEach(() => {
  page = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Site</h1>');
  states = [state()];
  exec = () => ({ exitCode: 0, stdout: '', stderr: '' });
});

function state(fields: Partial<ServiceState> = {}): ServiceState {
  return {
    service: 'app',
    image: 'nginx:1.29.0',
    running: 1,
    desired: 1,
    update: 'none',
    health: 'healthy',
    restarts: 0,
    tasks: ['t1'],
    ...fields,
  };
}

function installed(
  definition: Record<string, unknown> = {},
  extra: { ingress?: TestServer['ingress'] } = {},
) {
  const operation: Operation = {
    environment: { id: 'e', runId: 'r', instance: 'i', host: 'h', apps: [APP] },
    run: () => Promise.reject(new Error('nothing is to be run')),
    signal: new AbortController().signal,
    log: () => undefined,
    hide: () => undefined,
    redact: (text) => text.replaceAll(SECRET, '[redacted]'),
    progress: () => undefined,
  };
  const tools = {
    platform: {
      serviceStates: () => Promise.resolve(states),
      exec: (_o: unknown, _a: unknown, _s: unknown, argv: readonly string[]) => Promise.resolve(exec(argv)),
    },
    ingress: extra.ingress ?? server.ingress,
    readyTimeoutMs: 700,
  };
  const recipe = recipeDefinitionSchema.parse({ name: 'site', httpTimeoutSeconds: 1, ...definition });
  return assertAppInstalled(tools, operation, APP, recipe);
}

async function outcomeOf(name: string, ...args: Parameters<typeof installed>) {
  const found = (await installed(...args)).find((assertion) => assertion.name === name);
  if (!found) throw new Error(`there is no assertion "${name}"`);
  return found;
}

describe('the generic assertions', () => {
  it('hold for an app that runs, answers and is certified', async () => {
    const assertions = await installed({ health: { contentType: 'text/html', contains: '<h1>Site' } });
    expect(assertions.map(({ name, ok }) => [name, ok])).toEqual([
      [CERTIFICATE, true],
      [CONVERGED, true],
      [ANSWERS, true],
    ]);
  });

  it.each([
    ['a replica is missing', { running: 0 }, 'app: 0 of 1 tasks run'],
    ['an update is under way', { update: 'updating' }, 'app: its update is updating'],
    ['an update was rolled back', { update: 'rollback_completed' }, 'app: its update is rollback_completed'],
    ['a check has not passed yet', { health: 'starting' as const }, 'app: it is starting'],
  ])('do not hold when %s', async (_what, fields, detail) => {
    states = [state({ service: 'db' }), state(fields)];
    expect(await outcomeOf(CONVERGED)).toEqual({ name: CONVERGED, ok: false, detail });
  });

  it('do not hold for an app without services', async () => {
    states = [];
    expect(await outcomeOf(CONVERGED)).toMatchObject({ ok: false });
  });

  it('wait for a slow start, within the bound of the recipe [H-04]', async () => {
    let asked = 0;
    page = (response) => {
      if (++asked < 3) response.writeHead(502, { 'content-type': 'text/html' }).end('Bad Gateway');
      else response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Site</h1>');
    };
    const answers = await outcomeOf(ANSWERS);
    expect(answers).toMatchObject({ ok: true });
    expect(answers.detail).toContain('attempt 3');
  });

  it('wait no longer for an answer when a service has ended for good, and say why', async () => {
    page = (response) => {
      states = [state({ running: 0, ended: 'it ended with exit code 0' })];
      response.writeHead(503, { 'content-type': 'text/html' }).end('busy');
    };
    const answers = await outcomeOf(ANSWERS, { httpTimeoutSeconds: 3600 });
    expect(answers).toMatchObject({ ok: false });
    expect(answers.detail).toContain('app: it ended with exit code 0; last seen: 503 text/html');
    expect(await outcomeOf(CONVERGED)).toMatchObject({
      ok: false,
      detail: 'app: 0 of 1 tasks run: it ended with exit code 0',
    });
  });

  it('refuse a placeholder page with status 200 [F-01]', async () => {
    page = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('n8n is starting up');
    const answers = await outcomeOf(ANSWERS, { health: { contentType: 'application/json' } });
    expect(answers.ok).toBe(false);
    expect(answers.detail).toContain('content type text/html, expected application/json');
    expect(answers.detail).toContain('the page began: n8n is starting up');
  });

  it("refuse the ingress' own 404, and say whose it is [F-02]", async () => {
    page = (response) =>
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
    const answers = await outcomeOf(ANSWERS, { health: { status: [200, 404] } });
    expect(answers.ok).toBe(false);
    expect(answers.detail).toContain('no router answers');
  });

  it('refuse an app that sends its visitors to another host', async () => {
    page = (response) => response.writeHead(302, { location: 'https://gitea.example.com/' }).end();
    const answers = await outcomeOf(ANSWERS, { health: { status: [200, 302] } });
    expect(answers.ok).toBe(false);
    expect(answers.detail).toContain('another host: gitea.example.com');
  });

  it('hide secrets in what they quote of a page', async () => {
    page = (response) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`password ${SECRET}`);
    const answers = await outcomeOf(ANSWERS);
    expect(answers.detail).toContain('password [redacted]');
    expect(answers.detail).not.toContain(SECRET);
  });

  it('refuse a certificate for another name at once, and blame the host for it [H-03]', async () => {
    await using wrong = await startHttpsServer(await makeCertificates(['*.other.test']), (_, response) =>
      response.end('x'),
    );
    const assertions = await installed({}, { ingress: wrong.ingress });
    expect(assertions).toMatchObject([{ ok: false, code: 'E_CERTIFICATE' }]);
    expect(assertions[0]?.detail).toMatch(/ALTNAME.*issued by Test CA/);
  });

  it('report an ingress that does not listen [F-73]', async () => {
    const ingress = { ...server.ingress, port: 1 };
    const assertions = await installed({}, { ingress });
    expect(assertions).toMatchObject([{ ok: false, code: 'E_CERTIFICATE' }]);
    expect(assertions[0]?.detail).toContain('ECONNREFUSED');
  });
});

describe('the ready probes', () => {
  const tcp = { ready: [{ kind: 'tcp', service: 'app', port: 64738 }] };
  const TCP = 'app accepts connections on port 64738';

  it('need three connections in a row [H-10]', async () => {
    const results = [0, 1, 0, 0, 0];
    let calls = 0;
    exec = () => ({ exitCode: results[calls++] ?? 1, stdout: '', stderr: 'refused' });
    // 0, then a failure starts the row anew: five probes with pauses of half a second between them.
    const probe = await installed({ ...tcp });
    expect(probe.find(({ name }) => name === TCP)).toMatchObject({ ok: false });
    calls = 0;
    results.splice(0, 5, 0, 0, 0);
    expect(await outcomeOf(TCP, tcp)).toEqual({
      name: TCP,
      ok: true,
      detail: '3 of 3 in a row after 3 attempts',
    });
  });

  it('report what a command of the recipe said when it never succeeds', async () => {
    exec = (argv) => ({ exitCode: 3, stdout: '', stderr: `${argv.join(' ')}: not ready, ${SECRET}` });
    const probe = { kind: 'exec', service: 'app', command: ['pg_isready', '-q'] };
    const outcome = await outcomeOf('app is ready according to pg_isready', { ready: [probe] });
    expect(outcome.ok).toBe(false);
    expect(outcome.detail).toContain('exit 3: pg_isready -q: not ready, [redacted]');
  });
});
