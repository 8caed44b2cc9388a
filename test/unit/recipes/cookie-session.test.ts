import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCookieJar } from '../../../recipes/cookie-jar.ts';
import { createCookieSession } from '../../../recipes/cookie-session.ts';
import { createSpecHttp } from '../../../recipes/spec-http.ts';
import { makeCertificates, startHttpsServer, type TestServer } from '../../fixtures/https-server.ts';

const APP = 'site-0a1b2c.ci.test';
const at = (path: string, host = APP) => new URL(path, `https://${host}/`);

describe('a cookie jar', () => {
  it('sends a cookie to its host and below its path, longer paths first [H-22]', () => {
    const jar = createCookieJar();
    jar.store(at('/admin/login'), ['a=1; Path=/; HttpOnly', 'b=2', 'c=3;Path=/admin/', 'd==4=;secure']);
    expect(jar.header(at('/admin/x'))).toBe('c=3; b=2; d==4=; a=1');
    expect(jar.header(at('/administrator'))).toBe('a=1');
    expect(jar.header(at('/', 'other.ci.test'))).toBe('');
  });

  it('replaces a cookie of the same name, host and path, and forgets one that has expired [H-22]', () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const jar = createCookieJar(() => now);
    jar.store(at('/'), ['s=old', 'e=1; Expires=Thu, 01 Jan 2026 00:01:00 GMT', 'm=1; Max-Age=30']);
    jar.store(at('/'), ['s=new; Path=/']);
    expect(jar.header(at('/'))).toBe('e=1; m=1; s=new');
    now += 31_000;
    expect(jar.header(at('/'))).toBe('e=1; s=new');
    jar.store(at('/'), ['s=; Max-Age=0', 'e=gone; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
    expect(jar.header(at('/'))).toBe('');
  });

  it('shares a cookie below a domain that is named, and takes none for another domain', () => {
    const jar = createCookieJar();
    jar.store(at('/'), [
      'a=1; Domain=.ci.test',
      'b=2; Domain=other.test',
      'c=3; Domain=i.test',
      '=4',
      'none',
    ]);
    expect(jar.header(at('/', 'other.ci.test'))).toBe('a=1');
    expect(jar.header(at('/'))).toBe('a=1');
    expect(jar.value('a', at('/'))).toBe('1');
    expect(jar.value('b', at('/'))).toBeUndefined();
  });
});

describe('a cookie session', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startHttpsServer(await makeCertificates(), (request, response) => {
      const cookie = request.headers.cookie ?? 'none';
      switch (`${request.method} ${request.url}`) {
        case 'POST /setup':
          // The comma of a date makes joined headers ambiguous.
          return response
            .writeHead(302, {
              location: '/welcome',
              'set-cookie': ['owner=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Path=/', 'csrf=t; Path=/'],
            })
            .end();
        case 'GET /loop':
          return response.writeHead(302, { location: '/loop' }).end();
        default:
          return response.end(`${request.method} ${request.url} ${cookie}`);
      }
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const open = () => {
    const { ca, ...ingress } = server.ingress;
    return createCookieSession(createSpecHttp({ ingress, baseUrl: `https://${APP}/`, ca: ca ?? '' }));
  };

  it('captures the cookies of a setup and forwards them, through redirects too [H-22]', async () => {
    const session = open();
    const welcome = await session.follow('/setup', { method: 'POST', body: 'name=a' });
    expect(welcome.text()).toBe('GET /welcome owner=1; csrf=t');
    expect((await session.get('/later')).text()).toBe('GET /later owner=1; csrf=t');
    expect(session.cookie('csrf', `https://${APP}/`)).toBe('t');
  });

  it('begins without the cookies of another one [H-22]', async () => {
    await open().request('/setup', { method: 'POST' });
    expect((await open().get('/')).text()).toBe('GET / none');
  });

  it('stops where it is told to, and gives up on redirects without end', async () => {
    const first = await open().follow('/setup', { method: 'POST' }, () => true);
    expect(first.status).toBe(302);
    await expect(open().follow('/loop')).rejects.toThrow('more than 15 redirects from /loop');
  });
});
