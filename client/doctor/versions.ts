import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, isAtLeast, ok, versionIn, type Check, type Finding } from './check.ts';
import { lastLine, runCommand } from './command.ts';

const LIMIT_MS = 10_000;
/** As `engines` of package.json says: it runs TypeScript as it is and has node:sqlite. */
const OLDEST_NODE = '24.0';
/** The first with `rev-parse --end-of-options`. */
const OLDEST_GIT = '2.30';
/** The first with `docker run --pull`, by which nothing is pulled twice. */
export const OLDEST_DOCKER = '20.10';

/** What the workers call by name, with the Debian package each is in. */
const PROGRAMS = {
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  certutil: 'libnss3-tools',
};

/** The Node that runs this command; the launcher starts workers with the same one. */
export const node: Check = {
  name: 'node',
  limitMs: LIMIT_MS,
  remedy: 'Run `npm ci`',
  look: async () => judgeNode(process.versions.node),
};

export function judgeNode(version: string): Finding {
  if (isAtLeast(version, OLDEST_NODE)) return ok(version);
  return fail(
    `${version} is older than ${OLDEST_NODE}`,
    'Run `npm ci`, which brings the Node that cc-ci runs on',
  );
}

export const git: Check = {
  name: 'git',
  limitMs: LIMIT_MS,
  remedy: `Install git ${OLDEST_GIT} or newer`,
  look: async ({ environment, signal }) => {
    const outcome = await runCommand(['git', '--version'], {
      env: { PATH: environment['PATH'] ?? '' },
      signal,
    });
    return judgeVersion(outcome, OLDEST_GIT, git.remedy);
  },
};

export const dockerClient: Check = {
  name: 'docker-client',
  limitMs: LIMIT_MS,
  remedy: `Install the docker client ${OLDEST_DOCKER} or newer and set CCI_DOCKER_BIN to its path`,
  look: async (context) => {
    const { CCI_DOCKER_BIN } = configured(context, workerConfigSchema.pick({ CCI_DOCKER_BIN: true }));
    const outcome = await runCommand([CCI_DOCKER_BIN, '--version'], { env: {}, signal: context.signal });
    return judgeVersion(outcome, OLDEST_DOCKER, dockerClient.remedy);
  },
};

function judgeVersion(
  outcome: Awaited<ReturnType<typeof runCommand>>,
  minimum: string,
  remedy: string,
): Finding {
  const version = versionIn(outcome.stdout);
  if (outcome.exitCode !== 0 || version === undefined)
    return fail(`no version: ${lastLine(outcome)}`, remedy);
  return isAtLeast(version, minimum) ? ok(version) : fail(`${version} is older than ${minimum}`, remedy);
}

/** Programs that isolate specs and reach into the daemon's network. */
export const programs: Check = {
  name: 'programs',
  limitMs: LIMIT_MS,
  remedy: `Install ${[...new Set(Object.values(PROGRAMS))].join(' and ')}`,
  look: async ({ environment }) => {
    const folders = (environment['PATH'] ?? '').split(delimiter);
    const missing: string[] = [];
    for (const program of Object.keys(PROGRAMS)) if (!(await isIn(folders, program))) missing.push(program);
    if (missing.length === 0) return ok(Object.keys(PROGRAMS).join(', '));
    const packages = Object.entries(PROGRAMS).flatMap(([name, from]) =>
      missing.includes(name) ? [from] : [],
    );
    return fail(
      `missing on the PATH: ${missing.join(', ')}`,
      `Install ${[...new Set(packages)].join(' and ')}`,
    );
  },
};

async function isIn(folders: readonly string[], program: string): Promise<boolean> {
  const found = folders.map((folder) => access(join(folder, program), constants.X_OK).then(() => true));
  return Promise.any(found).catch(() => false);
}
