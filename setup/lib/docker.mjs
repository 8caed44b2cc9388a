import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from './child-env.mjs';
import { run } from './exec.mjs';
import { which } from './files.mjs';

/**
 * The environment for the docker client: our daemon, and an own configuration folder so that no
 * context, plugin or credential of the user has a say.
 * @param {import('./context.mjs').Context} ctx
 */
export function dockerEnv(ctx) {
  const config = path.join(ctx.dir, 'docker-client');
  fs.mkdirSync(config, { recursive: true, mode: 0o700 });
  const extra = { DOCKER_HOST: ctx.facts.CCI_DOCKER_HOST ?? '', DOCKER_CONFIG: config };
  return childEnv(process.env, { ...extra, DOCKER_BUILDKIT: '0' });
}

/**
 * @param {import('./context.mjs').Context} ctx
 * @param {string[]} args
 * @param {import('./exec.mjs').RunOptions} [options]
 */
export function docker(ctx, args, options = {}) {
  const binary = ctx.facts.CCI_DOCKER_BIN ?? which('docker') ?? 'docker';
  return run([binary, ...args], { env: dockerEnv(ctx), timeoutMs: 120_000, ...options });
}

/**
 * @param {import('./context.mjs').Context} ctx
 * @param {string[]} args
 * @returns {Promise<string | undefined>} what it printed, or undefined when it failed
 */
export async function dockerText(ctx, args) {
  try {
    const { code, stdout } = await docker(ctx, args, { allowFailure: true });
    return code === 0 ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}
