import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from '../lib/child-env.mjs';
import { SetupError } from '../lib/errors.mjs';
import { run } from '../lib/exec.mjs';
import { readJson } from '../lib/files.mjs';

/** @type {import('../lib/steps.mjs').Step} */
export const npm = {
  name: 'npm',
  title: 'npm dependencies',
  needs: ['preflight'],
  expectedMs: 30_000,
  async run(ctx, report) {
    const lock = readJson(path.join(ctx.root, 'package-lock.json'));
    if (!lock) return 'no lock file';
    let outcome = 'present';
    if (!agrees(lock, readJson(path.join(ctx.root, 'node_modules', '.package-lock.json')))) {
      report.begin('installing');
      await run(['npm', 'ci', '--no-audit', '--no-fund'], {
        cwd: ctx.root,
        env: npmEnv(ctx.root),
        log: path.join(ctx.paths.logs, 'npm.log'),
      });
      outcome = 'installed';
    }
    if (lock.packages?.['node_modules/node']) await verifyNode(ctx.root);
    return outcome;
  },
};

/** The pinned Node of this clone. @param {string} root */
export function pinnedNode(root) {
  return path.join(root, 'node_modules', '.bin', 'node');
}

/**
 * Whether node_modules holds what the lock file says. Compared with the record that npm itself
 * keeps there, so that a plain `npm install` by hand counts as well.
 * @param {any} lock
 * @param {any} installed
 */
export function agrees(lock, installed) {
  if (!installed?.packages) return false;
  return Object.entries(lock.packages ?? {}).every(([name, wanted]) => {
    if (name === '') return true;
    const present = installed.packages[name];
    if (!present) return Boolean(wanted.optional || wanted.devOptional || wanted.peer);
    return present.version === wanted.version && present.integrity === wanted.integrity;
  });
}

/**
 * npm deletes node_modules first: it must not run on the Node that lies in there.
 * @param {string} root
 */
function npmEnv(root) {
  const env = childEnv();
  const own = path.join(root, 'node_modules');
  env.PATH = (env.PATH ?? '')
    .split(':')
    .filter((folder) => !folder.startsWith(own))
    .join(':');
  return env;
}

/** @param {string} root */
async function verifyNode(root) {
  const wanted = readJson(path.join(root, 'node_modules', 'node', 'package.json'))?.version;
  const program = pinnedNode(root);
  const { stdout } = fs.existsSync(program)
    ? await run([program, '--version'], { allowFailure: true })
    : { stdout: 'nothing' };
  if (stdout.trim() === `v${wanted}`) return;
  throw new SetupError(
    `The pinned Node ${wanted} is not in node_modules (found: ${stdout.trim() || 'nothing'}).`,
    'Its binary comes from an install script: run `npm ci` without --ignore-scripts.',
  );
}
