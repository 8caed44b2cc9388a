import { describe, expect, it } from 'vitest';
import type { RecipeContext, RecipeRequest } from '../../../domain/recipe-context.ts';
import { marker, realmSecrets } from '../../../recipes/keycloak/marker-realm.ts';
import { recipe } from '../../../recipes/keycloak/recipe.ts';

interface Realm {
  readonly realm: string;
  readonly displayName?: string;
  readonly users?: readonly { readonly username: string; readonly lastName: string }[];
}

/** An admin API that knows realms and forgets nothing else than those that are deleted. */
function createServer(overrides: Readonly<Record<string, number>> = {}) {
  const realms = new Map<string, Realm>();
  const sent: { line: string; request: RecipeRequest }[] = [];
  const answer = (url: string, method: string, body: string): [number, unknown] => {
    if (url.startsWith('/realms/master/')) return [200, { access_token: 'token' }];
    const realm = /^\/admin\/realms\/([^/?]+)/.exec(url)?.[1] ?? '';
    if (method === 'POST') {
      const made = JSON.parse(body) as Realm;
      if (realms.has(made.realm)) return [409, { errorMessage: 'exists' }];
      realms.set(made.realm, made);
      return [201, {}];
    }
    const found = realms.get(realm);
    if (!found) return [404, { error: 'Realm not found.' }];
    if (method === 'DELETE') {
      realms.delete(realm);
      return [204, {}];
    }
    return [200, url.includes('/users?') ? found.users : found];
  };
  const context = (value: string): RecipeContext => ({
    domain: 'keycloak.ci.test',
    marker: value,
    seed: 'ci-1234',
    http: (url, request = {}) => {
      const method = request.method ?? 'GET';
      sent.push({ line: `${method} ${url}`, request });
      const [status, body] = answer(url, method, request.body ?? '');
      const bytes = new TextEncoder().encode(JSON.stringify(body));
      return Promise.resolve({
        ...{ url, headers: {}, body: bytes, truncated: false },
        status: overrides[`${method} ${url}`] ?? status,
      });
    },
    exec: () => Promise.reject(new Error('nothing is run')),
    secret: (name) => Promise.resolve(`the secret ${name}`),
    deps: {},
    log: () => undefined,
  });
  return { context, realms, sent };
}

describe('the marker of keycloak', () => {
  it('is a realm with clients and one account, written over what is there as often as asked [R-22, H-12]', async () => {
    const { context, realms } = createServer();
    for (const value of ['first', 'second', 'second']) {
      await marker.write(context(value));
      expect(await marker.read(context('whatever'))).toBe(value);
    }
    expect([...realms.keys()]).toEqual(['ci-marker']);
    await marker.destroy(context('second'));
    await marker.destroy(context('second'));
    expect(await marker.read(context('second'))).toBeUndefined();
  });

  it('is not what was written when the realm is there without its account [R-21]', async () => {
    const { context, realms } = createServer();
    await marker.write(context('value'));
    realms.set('ci-marker', { realm: 'ci-marker', displayName: 'value', users: [] });
    expect(await marker.read(context('value'))).toBe('value, with no such account');
  });

  it('is not gone because the server refuses its administrator or does not answer [R-21]', async () => {
    for (const status of [401, 403, 500, 503]) {
      const { context } = createServer({ 'GET /admin/realms/ci-marker': status });
      await marker.write(context('value'));
      await expect(marker.read(context('value'))).rejects.toThrow(`GET /ci-marker answers ${status}`);
    }
    const { context } = createServer({ 'POST /realms/master/protocol/openid-connect/token': 502 });
    await expect(marker.read(context('value'))).rejects.toThrow('the administrator gets no token: 502');
  });

  it('has the administrator ask for a token each time, and keeps the password of the app to that', async () => {
    const { context, sent } = createServer();
    await marker.write(context('value'));
    const token = 'POST /realms/master/protocol/openid-connect/token';
    expect(sent.map(({ line }) => line)).toEqual([
      ...[token, 'DELETE /admin/realms/ci-marker'],
      ...[token, 'POST /admin/realms'],
    ]);
    const withSecret = sent.filter(({ request }) =>
      JSON.stringify(request).includes('secret+admin_password'),
    );
    expect(withSecret.map(({ line }) => line)).toEqual([token, token]);
  });

  it('has passwords of its own for each run and each use', () => {
    const all = ['one', 'two']
      .map(realmSecrets)
      .flatMap(({ password, clientSecret }) => [password, clientSecret]);
    expect(new Set(all).size).toBe(4);
    expect(realmSecrets('one')).toEqual(realmSecrets('one'));
  });
});

describe('the settings of keycloak', () => {
  it('give a cold start a quarter of an hour, and take nothing but the first realm for an answer [F-06, R-34]', () => {
    expect(recipe).toMatchObject({ deployTimeoutSeconds: 900, httpTimeoutSeconds: 900 });
    expect(recipe.health).toMatchObject({
      path: '/realms/master',
      status: [200],
      contentType: 'application/json',
      contains: '"realm":"master"',
    });
  });
});
