import { readFile } from 'node:fs/promises';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { z } from 'zod';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, ok, warn, type Check, type CheckContext, type Finding } from './check.ts';

const LIMIT_MS = 10_000;
const DAY_MS = 86_400_000;
/** Longer than a renewal may be late; ACME clients renew 30 days before the end. */
const EXPIRES_SOON_DAYS = 14;
const START =
  'Start Traefik with the entry points web (80) and web-secure (443); `npm run up` starts that of this clone';

const ingress = workerConfigSchema
  .pick({ CCI_INGRESS_ADDRESS: true, CCI_INGRESS_HTTPS_PORT: true, CCI_ZONE: true, CCI_CA_FILE: true })
  // Only redirections are served there, so that workers need not know it.
  .extend({ CCI_INGRESS_HTTP_PORT: z.coerce.number().int().min(1).max(65_535).default(80) });

/** A name below the zone that is no app's. */
const probeHost = (zone: string) => `doctor.${zone}`;

export const ingressWeb: Check = {
  name: 'ingress-web',
  limitMs: LIMIT_MS,
  remedy: START,
  look: async (context) => {
    const config = configured(context, ingress);
    const { CCI_INGRESS_ADDRESS: host, CCI_INGRESS_HTTP_PORT: port, CCI_ZONE: zone } = config;
    const { status, location } = await answerOf(
      httpRequest,
      { host, port, headers: { host: probeHost(zone) } },
      context,
    );
    const seen = `${host}:${port} answers ${status}`;
    if (status >= 300 && status < 400 && location.startsWith('https://')) return ok(`${seen} to https`);
    return warn(
      `${seen} and leads nowhere`,
      'Let the entry point web redirect to web-secure, as Traefik of Co-op Cloud does',
    );
  },
};

export const ingressWebSecure: Check = {
  name: 'ingress-web-secure',
  limitMs: LIMIT_MS,
  remedy: START,
  look: async (context) => {
    const config = configured(context, ingress);
    const { CCI_INGRESS_ADDRESS: host, CCI_INGRESS_HTTPS_PORT: port, CCI_ZONE: zone } = config;
    const servername = probeHost(zone);
    // Whether the certificate is good is another check's question.
    const options = { host, port, servername, headers: { host: servername }, rejectUnauthorized: false };
    const { status } = await answerOf(httpsRequest, options, context);
    if (status === 404) return ok(`${host}:${port} answers 404 for a name without an app`);
    return warn(
      `${host}:${port} answers ${status} for a name without an app`,
      `Check that CCI_INGRESS_ADDRESS is Traefik's, and that no app takes every name below ${zone}`,
    );
  },
};

async function answerOf(
  request: typeof httpRequest,
  options: RequestOptions & { servername?: string; rejectUnauthorized?: boolean },
  { signal }: CheckContext,
): Promise<{ status: number; location: string }> {
  return new Promise((resolve, reject) => {
    request({ ...options, signal, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '' });
    })
      .once('error', reject)
      .end();
  });
}

export const certificate: Check = {
  name: 'certificate',
  limitMs: LIMIT_MS,
  remedy: START,
  look: async (context) => {
    const config = configured(context, ingress);
    const { CCI_CA_FILE, CCI_ZONE: zone } = config;
    const ca = CCI_CA_FILE === undefined ? undefined : await readFile(CCI_CA_FILE, 'utf8');
    const socket = connect({
      host: config.CCI_INGRESS_ADDRESS,
      port: config.CCI_INGRESS_HTTPS_PORT,
      servername: probeHost(zone),
      // So that the certificate can be looked at; `authorized` tells what the check would have said.
      rejectUnauthorized: false,
      ...(ca === undefined ? {} : { ca }),
    });
    const stop = () => socket.destroy(new Error('no handshake'));
    context.signal.addEventListener('abort', stop, { once: true });
    try {
      await new Promise((resolve, reject) =>
        socket.once('secureConnect', () => resolve(undefined)).once('error', reject),
      );
      return judgeCertificate(socket, zone, CCI_CA_FILE);
    } finally {
      context.signal.removeEventListener('abort', stop);
      socket.destroy();
    }
  },
};

function judgeCertificate(socket: TLSSocket, zone: string, caFile: string | undefined): Finding {
  const { valid_to: end } = socket.getPeerCertificate();
  const renew = `Renew the certificate of *.${zone}`;
  if (!socket.authorized) {
    const reason = String(socket.authorizationError);
    if (/EXPIRED/.test(reason)) return fail(`it has expired on ${end}`, renew);
    if (/ALTNAME/.test(reason))
      return fail(`it is not for *.${zone}`, `Give Traefik a certificate of *.${zone}`);
    const trust = caFile === undefined ? "the system's roots" : caFile;
    const remedy = 'Set CCI_CA_FILE to the CA that signed it (PEM), or replace the certificate';
    return fail(`it is not trusted by ${trust} (${reason})`, remedy);
  }
  const days = Math.floor((Date.parse(end) - Date.now()) / DAY_MS);
  const seen = `for *.${zone}, trusted, ${days} days left`;
  return days < EXPIRES_SOON_DAYS ? warn(seen, renew) : ok(seen);
}
