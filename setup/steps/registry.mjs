import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from '../lib/child-env.mjs';
import { ensureDaemon } from '../lib/daemon.mjs';
import { succeeds } from '../lib/exec.mjs';
import { writeAtomic } from '../lib/files.mjs';
import { kernelNames } from '../lib/namespace.mjs';

export const REGISTRY = '127.0.0.1:5000';

/** @type {import('../lib/steps.mjs').Step} */
export const registry = {
  name: 'registry',
  title: 'image registry',
  needs: ['network'],
  async run(ctx) {
    ctx.facts.CCI_REGISTRY = REGISTRY;
    return startRegistry(ctx, { name: 'registry', port: 5000, storage: ctx.paths.registry });
  },
};

/** @param {import('../lib/context.mjs').Context} ctx @param {string[]} argv */
export function enterNetns(ctx, argv) {
  // Not `ip netns exec`: it mounts a new /sys, without the control groups.
  return ['nsenter', `--net=${kernelNames(ctx.instance.id).netnsFile}`, ...argv];
}

/**
 * A registry on the namespace's loopback: the daemon's mirror and, from an app container, nothing.
 * @param {import('../lib/context.mjs').Context} ctx
 * @param {{ name: string, port: number, storage: string }} options
 */
export async function startRegistry(ctx, { name, port, storage }) {
  fs.mkdirSync(storage, { recursive: true });
  const config = path.join(ctx.dir, `${name}.json`); // JSON is YAML
  const settings = {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  };
  writeAtomic(config, JSON.stringify(settings));
  return ensureDaemon(ctx, {
    name,
    argv: enterNetns(ctx, ['docker-registry', 'serve', config]),
    env: childEnv(process.env, { OTEL_TRACES_EXPORTER: 'none' }),
    ready: () => {
      const request = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET /v2/ HTTP/1.0\\r\\n\\r\\n' >&3; grep -q '200 OK' <&3`;
      return succeeds(enterNetns(ctx, ['bash', '-c', request]), { timeoutMs: 3_000 });
    },
    graceMs: 3_000,
  });
}
