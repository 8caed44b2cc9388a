import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyText } from '../../../domain/http.ts';
import { fetchThroughIngress, inspectCertificate } from '../../../activities/support/ingress-http.ts';
import {
  makeCertificates,
  startHttpsServer,
  type TestCertificates,
  type TestServer,
} from '../../fixtures/https-server.ts';

const URL_OF_APP = 'https://site-0a1b2c.ci.test/';
const options = { timeoutMs: 5000 };
let certificates: TestCertificates;
let server: TestServer;

beforeAll(async () => {
  certificates = await makeCertificates();
  server = await startHttpsServer(certificates, (request, response) => {
    const path = request.url ?? '/';
    if (path === '/old') response.writeHead(302, { location: 'http://site-0a1b2c.ci.test/new?x=1' }).end();
    else if (path === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else if (path === '/away') response.writeHead(302, { location: 'https://other.ci.test/' }).end();
    else if (path === '/big') response.end('x'.repeat(5000));
    else if (path === '/silent') return;
    else if (path === '/stuck') response.writeHead(200).write('half');
    else response.writeHead(200, { 'content-type': 'text/html', 'x-two': ['a', 'b'] }).end(`page ${path}`);
  });
});
afterAll(() => server[Symbol.asyncDispose]());

describe('fetchThroughIngress', () => {
  it('reaches the app by its public name with the CA verified [H-01]', async () => {
    const answer = await fetchThroughIngress(server.ingress, URL_OF_APP, options);
    expect(answer).toMatchObject({ status: 200, url: URL_OF_APP, truncated: false });
    expect(answer.headers).toMatchObject({ 'content-type': 'text/html', 'x-two': 'a, b' });
    expect(bodyText(answer)).toBe('page /');
    expect(server.seen).toContain('GET site-0a1b2c.ci.test /');
  });

  it('follows redirects within the host, over https', async () => {
    const answer = await fetchThroughIngress(server.ingress, `${URL_OF_APP}old`, options);
    expect(answer.url).toBe(`${URL_OF_APP}new?x=1`);
    expect(bodyText(answer)).toBe('page /new?x=1');
  });

  it('answers with the redirect itself when it leads away or is accepted', async () => {
    const away = await fetchThroughIngress(server.ingress, `${URL_OF_APP}away`, options);
    expect(away.headers['location']).toBe('https://other.ci.test/');
    const accepted = await fetchThroughIngress(server.ingress, `${URL_OF_APP}old`, {
      ...options,
      accept: [302],
    });
    expect(accepted.status).toBe(302);
    expect(server.seen.filter((line) => line.includes('other.ci.test'))).toEqual([]);
  });

  it('sends what is to be written once, wherever the answer leads', async () => {
    const path = `${URL_OF_APP}old`;
    const sent = await fetchThroughIngress(server.ingress, path, { ...options, method: 'POST', body: 'a' });
    expect(sent.status).toBe(302);
    expect(server.seen.filter((line) => line.startsWith('POST'))).toEqual(['POST site-0a1b2c.ci.test /old']);
  });

  it('gives up on redirects without end', async () => {
    await expect(fetchThroughIngress(server.ingress, `${URL_OF_APP}loop`, options)).rejects.toThrow(
      /5 redirects/,
    );
  });

  it('cuts a body at its bound', async () => {
    const answer = await fetchThroughIngress(server.ingress, `${URL_OF_APP}big`, {
      ...options,
      maxBytes: 1000,
    });
    expect(answer.truncated).toBe(true);
    expect(answer.body).toHaveLength(1000);
  });

  it.each(['silent', 'stuck'])('does not wait longer than its bound for a %s app', async (path) => {
    const asking = fetchThroughIngress(server.ingress, `${URL_OF_APP}${path}`, { timeoutMs: 200 });
    await expect(asking).rejects.toThrow(/timeout/);
  });

  it('refuses a certificate that another CA has signed', async () => {
    const { ca } = await makeCertificates();
    await expect(fetchThroughIngress({ ...server.ingress, ca }, URL_OF_APP, options)).rejects.toThrow(
      /certificate/,
    );
  });
});

describe('inspectCertificate', () => {
  it('describes a certificate that is valid for the host [H-03]', async () => {
    const served = await inspectCertificate(server.ingress, 'site-0a1b2c.ci.test', options);
    expect(served).toMatchObject({
      issuer: 'Test CA',
      names: 'DNS:*.ci.test, DNS:ci.test',
      fault: undefined,
    });
    expect(Date.parse(served.validUntil)).toBeGreaterThan(Date.now());
  });

  it('finds the fault of a certificate for another name [H-03]', async () => {
    const others = await makeCertificates(['*.other.test']);
    await using wrong = await startHttpsServer(others, (_, response) => response.end());
    const served = await inspectCertificate(wrong.ingress, 'site-0a1b2c.ci.test', options);
    expect(served.fault).toMatch(/ALTNAME|altnames/);
  });

  it('finds the fault of a host two labels deep, which a wildcard does not cover', async () => {
    const served = await inspectCertificate(server.ingress, 'deep.site-0a1b2c.ci.test', options);
    expect(served.fault).toMatch(/ALTNAME|altnames/);
  });

  it('finds the fault of an unknown CA', async () => {
    const { ca } = await makeCertificates();
    const served = await inspectCertificate({ ...server.ingress, ca }, 'site-0a1b2c.ci.test', options);
    expect(served.fault).toMatch(/SIGNATURE|VERIFY|CERT/);
  });
});
