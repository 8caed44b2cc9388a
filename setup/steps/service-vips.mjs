import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { docker, dockerText } from '../lib/docker.mjs';
import { readJson, sha256, writeAtomic } from '../lib/files.mjs';
import { waitUntil } from '../lib/processes.mjs';

const NAME = 'cci-vip-probe';
const IMAGE = 'nginx:1.29.1';

/**
 * Whether the virtual addresses of services answer here. They need IPVS in the kernel; a daemon
 * without it reports nothing, its services just stay silent. So a real one is asked.
 * @type {import('../lib/steps.mjs').Step}
 */
export const serviceVips = {
  name: 'service-vips',
  title: 'service addresses',
  needs: ['swarm', 'images'],
  expectedMs: 12_000,
  async run(ctx, report) {
    const note = path.join(ctx.cache, 'service-vips.json');
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const version = await dockerText(ctx, ['version', '--format', '{{.Server.Version}}']);
    const key = sha256(os.release(), boot, version ?? '', ctx.useDocker ? 'host' : 'own');
    let known = readJson(note);
    if (known?.key !== key) {
      report.begin('probing');
      known = { key, answer: await probe(ctx) };
      writeAtomic(note, JSON.stringify(known));
    }
    ctx.facts.CCI_SERVICE_VIPS = String(known.answer);
    return known.answer ? 'answer' : 'silent';
  },
};

/** @param {import('../lib/context.mjs').Context} ctx */
async function probe(ctx) {
  await docker(ctx, ['service', 'rm', NAME], { allowFailure: true });
  const flags = ['--name', NAME, '--detach', '--network', 'proxy', '--label', 'cc-ci.system=true'];
  await docker(ctx, ['service', 'create', ...flags, '--no-resolve-image', IMAGE]);
  try {
    const format = '{{range .Endpoint.VirtualIPs}}{{.Addr}} {{end}}';
    const curl = (/** @type {string} */ host) =>
      dockerText(ctx, [
        ...['run', '--rm', '--network', 'proxy', '--label', 'cc-ci.system=true', IMAGE],
        ...['curl', '--silent', '--fail', '--max-time', '3', '--output', '/dev/null', `http://${host}/`],
      ]);
    // First the task itself: only when that answers does a silent address mean anything.
    const serves = await waitUntil(async () => (await curl(`tasks.${NAME}`)) !== undefined, 60_000, 300);
    if (!serves) throw new Error('the service of the probe does not answer at its own address');
    const addresses = (await dockerText(ctx, ['service', 'inspect', NAME, '--format', format])) ?? '';
    const vip = addresses.trim().split(/[\s/]/)[0];
    return vip ? (await curl(vip)) !== undefined : false;
  } finally {
    await docker(ctx, ['service', 'rm', NAME], { allowFailure: true });
  }
}
