import fs from 'node:fs';
import path from 'node:path';
import { childEnv } from '../lib/child-env.mjs';
import { daemonIdentity, ensureDaemon } from '../lib/daemon.mjs';
import { hashTree, sha256 } from '../lib/files.mjs';
import { endProcesses, isAlive, startTime } from '../lib/processes.mjs';
import { markedProcesses, SERVICE_MARK } from '../lib/marks.mjs';
import { pinnedNode } from './npm.mjs';
import { accepts } from './temporal.mjs';

/** What `up` runs of the TypeScript side. Names are stopped by `down` in reverse order. */
export const SERVICES = [
  {
    name: 'worker',
    title: 'workers',
    args: ['worker', '--count', '2', '--replace'],
    succeeds: true,
    // A supervisor puts a file with its process id there once its workers do the work.
    ready: (/** @type {import('../lib/context.mjs').Context} */ ctx) => {
      const folder = path.join(ctx.paths.data, 'workers');
      const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
      const launcher = daemonIdentity(ctx, 'worker');
      return names.some((name) => {
        const pid = Number(/^(\d+)\.serving$/.exec(name)?.[1] ?? 0);
        // Files of killed supervisors stay behind, and those of the one before: only a younger living process counts.
        const start = startTime(pid);
        return launcher && isAlive({ pid, start }) && Number(start) >= Number(launcher.start);
      });
    },
    graceMs: 30_000,
  },
  {
    name: 'codec',
    title: 'codec endpoint',
    args: ['codec'],
    ready: (/** @type {import('../lib/context.mjs').Context} */ ctx) => accepts(ctx.instance.ports.codec),
    succeeds: false,
    graceMs: 5_000,
  },
];

/** @type {import('../lib/steps.mjs').Step[]} */
export const services = SERVICES.map((service) => ({
  name: service.name,
  title: service.title,
  needs: ['host-env', 'npm'],
  async run(ctx) {
    const launcher = path.join(ctx.root, 'bin', 'cc-ci');
    if (!fs.existsSync(launcher) || !fs.existsSync(pinnedNode(ctx.root))) return 'not there';
    if (!daemonIdentity(ctx, service.name)) {
      // What a killed one left behind still holds its ports, and would work beside the new one.
      const left = markedProcesses(ctx.instance.id, service.name);
      await endProcesses(left, { graceMs: 5_000 });
    }
    return ensureDaemon(ctx, {
      name: service.name,
      argv: [pinnedNode(ctx.root), launcher, ...service.args],
      identity: JSON.stringify([Object.entries(ctx.facts).sort(), sourcesHash(ctx.root)]),
      env: childEnv(process.env, {
        ...passedOn(),
        ...ctx.facts,
        CCI_INSIDE_EXEC: '1',
        // By this mark it is found what a killed supervisor leaves behind.
        [SERVICE_MARK]: `${ctx.instance.id}/${service.name}`,
      }),
      ready: () => service.ready(ctx),
      readyMs: 60_000,
      graceMs: service.graceMs,
      succeeds: service.succeeds,
    });
  },
}));

/** What the services run; when it has changed, running ones are started again or get a successor. */
const SOURCES = ['activities', 'bin', 'client', 'codec', 'domain', 'recipes', 'worker', 'workflows'];

/** @param {string} root of the clone */
function sourcesHash(root) {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  return sha256(lock, ...SOURCES.map((name) => hashTree(path.join(root, name))));
}

/** Settings a person gave for cc-ci itself, like CCI_LOG_LEVEL. */
function passedOn() {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith('CCI_'));
  return Object.fromEntries(own.filter((entry) => entry[1] !== undefined));
}
