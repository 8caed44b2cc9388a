import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from '../lib/child-env.mjs';
import { socketFolder } from '../lib/context.mjs';
import { daemonIdentity, ensureDaemon } from '../lib/daemon.mjs';
import { dockerText } from '../lib/docker.mjs';
import { which, writeAtomic } from '../lib/files.mjs';
import { endProcessesOf, kernelNames } from '../lib/namespace.mjs';
import { enterNetns, REGISTRY } from './registry.mjs';

/** The daemon's socket inside its own mount namespace, where services expect it. */
export const INNER_SOCKET = '/var/run/docker.sock';

/** @type {import('../lib/steps.mjs').Step} */
export const dockerd = {
  name: 'dockerd',
  title: 'private Docker daemon',
  needs: ['registry', 'resolver'],
  expectedMs: 3_000,
  async run(ctx, report) {
    const sockets = socketFolder({ dir: ctx.dir, id: ctx.instance.id });
    fs.mkdirSync(sockets, { recursive: true, mode: 0o700 });
    fs.chmodSync(sockets, 0o700);
    Object.assign(ctx.facts, {
      CCI_DOCKER_BIN: which('docker') ?? '/usr/bin/docker',
      CCI_DOCKER_OWN: 'true',
    });
    const config = path.join(ctx.dir, 'dockerd.json');
    writeAtomic(config, JSON.stringify(settings(ctx, path.join(sockets, 'docker.sock')), null, 2));
    if (!daemonIdentity(ctx, 'dockerd')) {
      report.begin('starting');
      // A killed daemon leaves its containerd, shims and containers; a new one cannot adopt them,
      // because it gets a mount namespace of its own.
      const kept = ['registry', 'resolver'].map((name) => daemonIdentity(ctx, name));
      await endProcessesOf(ctx.instance.id, kept);
    }
    const stage = path.join(ctx.paths.tmp, 'run');
    const mounts = path.join(ctx.setupDir, 'lib', 'private-mounts.sh');
    const wrapped = [mounts, stage, sockets, path.join(ctx.dir, 'resolv.conf')];
    const argv = ['unshare', '--mount', ...wrapped, 'dockerd', '--config-file', config];
    return ensureDaemon(ctx, {
      name: 'dockerd',
      argv: enterNetns(ctx, argv),
      // The registry mirror is on loopback: a proxy of the machine must not be asked for it.
      env: childEnv(process.env, { NO_PROXY: '127.0.0.1,localhost', no_proxy: '127.0.0.1,localhost' }),
      ready: async () =>
        (await dockerText(ctx, ['version', '--format', '{{.Server.Version}}'])) !== undefined,
      readyMs: 60_000,
      graceMs: 20_000,
    });
  },
};

/**
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {string} socket
 */
function settings(ctx, socket) {
  return {
    hosts: [`unix://${socket}`, `unix://${INNER_SOCKET}`],
    group: 'root',
    'data-root': ctx.paths.docker,
    'exec-root': '/run/docker',
    pidfile: '/run/docker.pid',
    'cgroup-parent': kernelNames(ctx.instance.id).cgroup,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'registry-mirrors': [`http://${REGISTRY}`],
    dns: [ctx.instance.address],
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '10m', 'max-file': '2' },
    'shutdown-timeout': 8,
  };
}
