import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from '../lib/child-env.mjs';
import { ensureDaemon } from '../lib/daemon.mjs';
import { succeeds } from '../lib/exec.mjs';
import { which } from '../lib/files.mjs';
import { enterNetns } from './registry.mjs';

/** @type {import('../lib/steps.mjs').Step} */
export const resolver = {
  name: 'resolver',
  title: 'names (dnsmasq)',
  needs: ['network'],
  async run(ctx) {
    const { address } = ctx.instance;
    const upstream = upstreamServers();
    const argv = [
      which('dnsmasq') ?? 'dnsmasq',
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root'],
      ...['--no-hosts', '--no-resolv', '--bind-interfaces', '--cache-size=1000'],
      ...[`--listen-address=${address}`, '--listen-address=127.0.0.1'],
      `--address=/${ctx.zone}/${address}`,
      // The zone has no IPv6 addresses: say so at once instead of asking upstream.
      `--local=/${ctx.zone}/`,
      ...upstream.map((server) => `--server=${server}`),
    ];
    fs.writeFileSync(path.join(ctx.dir, 'resolv.conf'), `nameserver ${address}\n`);
    return ensureDaemon(ctx, {
      name: 'resolver',
      argv: enterNetns(ctx, argv),
      env: childEnv(),
      ready: () => listens(ctx),
      graceMs: 2_000,
    });
  },
};

/** @param {import('../lib/context.mjs').Context} ctx */
function listens(ctx) {
  // UDP gives no answer to a connect; the TCP side of the same server does.
  const probe = `exec 3<>/dev/tcp/${ctx.instance.address}/53`;
  return succeeds(enterNetns(ctx, ['bash', '-c', probe]), { timeoutMs: 2_000 });
}

/**
 * The name servers the host uses. A stub on the host's loopback does not answer in our namespace;
 * systemd-resolved, the usual one, keeps the real list elsewhere.
 */
function upstreamServers() {
  for (const file of ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']) {
    const servers = parseNameServers(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
    if (servers.length > 0) return servers;
  }
  return [];
}

/**
 * @param {string} text of a resolv.conf
 * @returns {string[]} IPv4 servers that are not on the loopback interface
 */
export function parseNameServers(text) {
  return [...text.matchAll(/^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)]
    .map((match) => match[1] ?? '')
    .filter((server) => !server.startsWith('127.'));
}
