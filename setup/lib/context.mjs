import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// A Unix socket's path holds 107 bytes; a deep clone keeps its sockets in /run instead.
const LONGEST_SOCKET_PATH = 107;

/**
 * Everything the steps share: where things are, what was asked for, and what was found out.
 * @typedef {ReturnType<typeof createContext>} Context
 */

/**
 * @param {{ root: string, env?: Record<string, string | undefined>, yes?: boolean,
 *   useDocker?: boolean, allowForeignStacks?: boolean, force?: boolean, demoOnly?: boolean }} options
 */
export function createContext(options) {
  const env = options.env ?? process.env;
  const root = fs.realpathSync(options.root);
  const dir = path.join(root, '.cc-ci');
  const cache = path.resolve(env.CCI_CACHE || path.join(os.homedir(), '.cache', 'cc-ci'));
  return {
    root,
    setupDir: path.join(root, 'setup'),
    /** Everything this clone makes, mode 0700. */
    dir,
    /** Shared by all clones of the machine: programs, images, the test CA, registrations. */
    cache,
    env,
    zone: env.CCI_ZONE || 'ci.test',
    ci: Boolean(env.CI) && env.CI !== 'false',
    yes: options.yes ?? false,
    useDocker: options.useDocker ?? false,
    allowForeignStacks: options.allowForeignStacks ?? false,
    force: options.force ?? false,
    /** Only the demonstration will run: images that it does not use are left for later. */
    demoOnly: options.demoOnly ?? false,
    paths: {
      data: path.join(dir, 'data'),
      logs: path.join(dir, 'logs'),
      pids: path.join(dir, 'pids'),
      private: path.join(dir, 'private'),
      tls: path.join(dir, 'tls'),
      traefik: path.join(dir, 'traefik'),
      registry: path.join(dir, 'registry'),
      docker: path.join(dir, 'docker'),
      tmp: path.join(dir, 'tmp'),
      hostEnv: path.join(dir, 'host.env'),
      keys: path.join(dir, 'private', 'keys.json'),
    },
    /** @type {import('./instance.mjs').Instance} set by the step `instance` */
    instance: /** @type {any} */ (undefined),
    /** Ctrl-C came while steps were at work: no further one starts. */
    interrupted: false,
    /** Facts found by the steps, by their name in host.env. @type {Record<string, string>} */
    facts: {},
  };
}

/** @param {Context} ctx */
export function makeFolders(ctx) {
  fs.mkdirSync(ctx.cache, { recursive: true });
  fs.mkdirSync(ctx.dir, { recursive: true, mode: 0o700 });
  fs.chmodSync(ctx.dir, 0o700);
  for (const name of /** @type {const} */ (['data', 'logs', 'pids', 'private', 'tmp'])) {
    fs.mkdirSync(ctx.paths[name], { recursive: true, mode: 0o700 });
  }
}

/**
 * The folder of the daemon's socket: in the clone when the path fits, else in /run.
 * @param {{ dir: string, id: string }} where
 */
export function socketFolder({ dir, id }) {
  const inClone = path.join(dir, 'run');
  const length = Buffer.byteLength(path.join(inClone, 'docker.sock'));
  return length <= LONGEST_SOCKET_PATH ? inClone : `/run/cc-ci-${id}`;
}
