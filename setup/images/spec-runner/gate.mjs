// The only way out of the container of foreign specs: passes HTTPS requests for the names of one app on to the ingress.
// It ends TLS itself, because the ingress chooses the app by the Host header inside it. Reads its settings from the
// variable GATE, writes its certificate beside the socket, and listens there.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync } from 'node:fs';
import https from 'node:https';
import { rootCertificates } from 'node:tls';

/** @type {{ domain: string, ingress: { address: string, port: number, zone: string }, ca?: string }} */
const { domain, ingress, ca } = JSON.parse(process.env['GATE'] ?? '');
const FOLDER = '/gate';
const KEY = '/tmp/key.pem';
const TIMEOUT_MS = 60_000;
/** Between two neighbours only (RFC 9110, section 7.6.1). Without them no connection turns into another protocol. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The app's domain, and names before it, as the app's own further hosts have them. @param {string} host */
function isOfApp(host) {
  return (
    host === domain ||
    (host.endsWith(domain) && /^[a-z0-9][a-z0-9.-]*[.-]$/.test(host.slice(0, -domain.length)))
  );
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
function endToEnd(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}

const names = `subjectAltName=DNS:${domain},DNS:*.${ingress.zone},DNS:*.${domain}`;
const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
const request = ['req', '-x509', ...made, '-subj', '/CN=cc-ci gate', '-addext', names];
execFileSync('openssl', [...request, '-keyout', KEY, '-out', '/tmp/gate.pem'], { stdio: 'ignore' });

const server = https.createServer({
  key: readFileSync(KEY),
  cert: readFileSync('/tmp/gate.pem'),
  requestTimeout: TIMEOUT_MS,
});
server.maxConnections = 64;
server.on('request', (asked, answer) => {
  const host = (asked.headers.host ?? '').replace(/:443$/, '').toLowerCase();
  const url = asked.url ?? '';
  // A whole URL would name a host of its own, which the ingress prefers.
  if (!isOfApp(host) || !url.startsWith('/')) {
    answer.writeHead(421, { 'content-type': 'text/plain' }).end('only the app under test is reachable\n');
    return;
  }
  const onward = https.request({
    host: ingress.address,
    port: ingress.port,
    servername: host,
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    agent: false,
    timeout: TIMEOUT_MS,
    method: asked.method ?? 'GET',
    path: url,
    headers: { ...endToEnd(asked.headers), host },
  });
  const fail = () => {
    if (!answer.headersSent) answer.writeHead(502, { 'content-type': 'text/plain' });
    answer.end('the ingress does not answer\n');
  };
  onward.on('timeout', () => onward.destroy());
  onward.on('error', fail);
  onward.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, endToEnd(response.headers));
    response.on('error', () => answer.destroy());
    response.pipe(answer);
  });
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
});
// Broken handshakes are the other side's own affair.
server.on('tlsClientError', (_error, socket) => socket.destroy());
server.listen(`${FOLDER}/new.sock`, () => {
  chmodSync(`${FOLDER}/new.sock`, 0o666);
  renameSync(`${FOLDER}/new.sock`, `${FOLDER}/ingress.sock`);
});
process.on('SIGTERM', () => process.exit(0));
