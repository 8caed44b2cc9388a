import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificate, ingressWeb, ingressWebSecure } from '../../../client/doctor/ingress.ts';
import {
  makeCertificates,
  startHttpsServer,
  ZONE,
  type TestCertificates,
} from '../../fixtures/https-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { look } from './look.ts';

/** Variables for an ingress at this port; its CA is what the certificates' own was. */
function variables(port: number, ca?: string): Record<string, string> {
  const file = join(temporaryFolder(), 'ca.pem');
  writeFileSync(file, ca ?? '');
  return {
    CCI_ZONE: ZONE,
    CCI_INGRESS_ADDRESS: '127.0.0.1',
    CCI_INGRESS_HTTPS_PORT: String(port),
    CCI_INGRESS_HTTP_PORT: String(port),
    ...(ca === undefined ? {} : { CCI_CA_FILE: file }),
  };
}

async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the certificate', () => {
  async function seen(served: TestCertificates, ca?: string) {
    await using server = await startHttpsServer(served, (_, response) => response.end());
    return await look(certificate, variables(server.ingress.port, ca));
  }

  it('is good when the CA trusts it for the zone and it lasts', async () => {
    const good = await makeCertificates([`*.${ZONE}`], 90);
    expect(await seen(good, good.ca)).toMatchObject({
      status: 'ok',
      seen: `for *.${ZONE}, trusted, 89 days left`,
    });
  });

  it('is a warning when it ends soon', async () => {
    const short = await makeCertificates([`*.${ZONE}`], 3);
    expect(await seen(short, short.ca)).toMatchObject({
      status: 'warn',
      remedy: `Renew the certificate of *.${ZONE}`,
    });
  });

  it('fails when it has expired', async () => {
    const expired = await makeCertificates([`*.${ZONE}`], -1);
    expect(await seen(expired, expired.ca)).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/^it has expired on /),
    });
  });

  it('fails when it is for other names', async () => {
    const other = await makeCertificates(['*.example.org'], 90);
    expect(await seen(other, other.ca)).toMatchObject({ status: 'fail', seen: `it is not for *.${ZONE}` });
  });

  it("fails when another CA signed it, and without a CA when the system's roots do not know it", async () => {
    const [served, other] = [await makeCertificates(), await makeCertificates()];
    expect(await seen(served, other.ca)).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/^it is not trusted by \/.*ca\.pem/),
    });
    expect(await seen(served)).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/the system's roots/),
    });
  });

  it('fails when nothing listens, or the CA cannot be read', async () => {
    expect(await look(certificate, variables(await closedPort()))).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/ECONNREFUSED/),
      remedy: expect.stringMatching(/^Start Traefik/),
    });
    const unread = { ...variables(1), CCI_CA_FILE: '/nowhere/ca.pem' };
    expect(await look(certificate, unread)).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/ENOENT/),
    });
  });

  it('fails in time when the ingress accepts and stays silent', async () => {
    const server = createTcpServer((socket) => socket.resume());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const report = await look({ ...certificate, limitMs: 200 }, variables(port));
    expect(report).toMatchObject({ status: 'fail', seen: 'no answer within 0.2 s' });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('the entry point web-secure', () => {
  it.each([
    [404, 'ok'],
    [200, 'warn'],
  ])('that answers %i for a name without an app is %s', async (status, judged) => {
    await using server = await startHttpsServer(await makeCertificates(), (_, response) =>
      response.writeHead(status).end(),
    );
    expect(await look(ingressWebSecure, variables(server.ingress.port))).toMatchObject({ status: judged });
    expect(server.seen).toEqual([`GET doctor.${ZONE} /`]);
  });

  it('fails when nothing listens', async () => {
    expect(await look(ingressWebSecure, variables(await closedPort()))).toMatchObject({ status: 'fail' });
  });
});

describe('the entry point web', () => {
  async function seen(handler: RequestListener) {
    const server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await look(ingressWeb, variables((server.address() as AddressInfo).port));
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it('is good when it leads to https, and a warning when it does not', async () => {
    const redirect: RequestListener = (request, response) =>
      response.writeHead(301, { location: `https://${request.headers.host}/` }).end();
    expect(await seen(redirect)).toMatchObject({
      status: 'ok',
      seen: expect.stringMatching(/301 to https$/),
    });
    expect(await seen((_, response) => response.writeHead(404).end())).toMatchObject({ status: 'warn' });
  });

  it('fails when nothing listens', async () => {
    expect(await look(ingressWeb, variables(await closedPort()))).toMatchObject({ status: 'fail' });
  });
});
