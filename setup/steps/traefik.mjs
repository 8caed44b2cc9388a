import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { docker, dockerText } from '../lib/docker.mjs';
import { SetupError } from '../lib/errors.mjs';
import { sha256, writeAtomic } from '../lib/files.mjs';
import { waitUntil } from '../lib/processes.mjs';
import { INNER_SOCKET } from './dockerd.mjs';

const NAME = 'cci-traefik';
const IMAGE = 'traefik:v3.6.12';

/** @type {import('../lib/steps.mjs').Step} */
export const traefik = {
  name: 'traefik',
  title: 'Traefik',
  needs: ['swarm', 'images', 'tls'],
  expectedMs: 8_000,
  async run(ctx, report) {
    Object.assign(ctx.facts, { CCI_INGRESS_HTTP_PORT: '80', CCI_INGRESS_HTTPS_PORT: '443' });
    writeAtomic(path.join(ctx.paths.traefik, 'dynamic.yml'), dynamicConfiguration());
    const flags = serviceFlags(ctx);
    const hash = sha256(JSON.stringify(flags)).slice(0, 16);
    const label = '{{index .Spec.Labels "cc-ci.config"}}';
    const present = await dockerText(ctx, ['service', 'inspect', NAME, '--format', label]);
    let outcome = 'present';
    if (present !== hash) {
      report.begin('deploying');
      if (present !== undefined) await docker(ctx, ['service', 'rm', NAME]);
      await waitUntil(
        async () => (await dockerText(ctx, ['ps', '-q', '--filter', `name=${NAME}`])) === '',
        20_000,
      );
      await docker(ctx, ['service', 'create', '--label', `cc-ci.config=${hash}`, ...flags]);
      outcome = 'deployed';
    }
    const answers = () => certificateIsServed(ctx);
    if (!(await waitUntil(answers, 1, 1))) {
      if (outcome === 'present') outcome = 'restarted';
      // After a power cut swarm counts its ports as taken until it has given up the old task.
      if (!(await waitUntil(answers, 150_000))) throw await silent(ctx);
    }
    return outcome;
  },
};

/** @param {import('../lib/context.mjs').Context} ctx */
function serviceFlags(ctx) {
  const mount = (/** @type {string} */ source, /** @type {string} */ target) =>
    `--mount=type=bind,source=${source},target=${target},readonly`;
  return [
    ...['--name', NAME, '--detach', '--no-resolve-image', '--network', 'proxy', '--endpoint-mode', 'dnsrr'],
    // Nobody may take it for something a run left behind.
    ...['--label', 'cc-ci.system=true', '--container-label', 'cc-ci.system=true'],
    ...['--publish', 'mode=host,target=80,published=80', '--publish', 'mode=host,target=443,published=443'],
    ...['--restart-delay', '500ms', '--stop-grace-period', '3s', '--limit-memory', '256M'],
    mount(INNER_SOCKET, '/var/run/docker.sock'),
    mount(ctx.paths.traefik, '/etc/traefik/dynamic'),
    mount(ctx.paths.tls, '/etc/traefik/tls'),
    IMAGE,
    ...staticConfiguration(),
  ];
}

/** Entry points and network are named as in the Traefik recipe of Co-op Cloud. */
function staticConfiguration() {
  return [
    '--log.level=INFO',
    '--global.checkNewVersion=false',
    '--global.sendAnonymousUsage=false',
    '--entryPoints.web.address=:80',
    '--entryPoints.web.http.redirections.entryPoint.to=web-secure',
    '--entryPoints.web.http.redirections.entryPoint.scheme=https',
    '--entryPoints.web-secure.address=:443',
    // As Co-op Cloud's Traefik has it: recipes name several hosts in one Host(), which version 3 alone refuses.
    '--core.defaultRuleSyntax=v2',
    '--providers.swarm.endpoint=unix:///var/run/docker.sock',
    '--providers.swarm.exposedByDefault=false',
    '--providers.swarm.network=proxy',
    '--providers.swarm.refreshSeconds=1',
    '--providers.file.directory=/etc/traefik/dynamic',
    '--providers.file.watch=true',
  ];
}

/** The middleware `security@file` is part of Co-op Cloud's Traefik, and recipes refer to it. */
function dynamicConfiguration() {
  return `tls:
  certificates:
    - certFile: /etc/traefik/tls/zone.crt
      keyFile: /etc/traefik/tls/zone.key
  options:
    default:
      minVersion: VersionTLS12
      sniStrict: true
http:
  middlewares:
    security:
      headers:
        frameDeny: true
        browserXssFilter: true
        contentTypeNosniff: true
        stsIncludeSubdomains: true
        stsPreload: true
        stsSeconds: 31536000
`;
}

/** @param {import('../lib/context.mjs').Context} ctx @returns {Promise<boolean>} */
function certificateIsServed(ctx) {
  return new Promise((resolve) => {
    const servername = `ready.${ctx.zone}`;
    const request = https.get({
      host: ctx.facts.CCI_INGRESS_ADDRESS,
      port: Number(ctx.facts.CCI_INGRESS_HTTPS_PORT),
      servername,
      ca: fs.readFileSync(ctx.facts.CCI_CA_FILE ?? ''),
      headers: { host: servername },
      timeout: 1_000,
      agent: false,
    });
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 404); // a name without an app
    });
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', () => resolve(false));
  });
}

/** @param {import('../lib/context.mjs').Context} ctx */
async function silent(ctx) {
  const format = '{{.CurrentState}} {{.Error}}';
  const tasks = await dockerText(ctx, ['service', 'ps', NAME, '--no-trunc', '--format', format]);
  return new SetupError(
    `Traefik does not answer with the test certificate. Its tasks: ${tasks || 'none'}`,
    '`npm run down` and `npm run up` start it afresh; .cc-ci/logs/dockerd.log may say more.',
  );
}
