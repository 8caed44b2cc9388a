import { readFile, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { workerConfigSchema } from '../../domain/config.ts';
import { parseMemInfo } from '../../domain/memory.ts';
import { configured, fail, ok, warn, type Check, type CheckContext, type Finding } from './check.ts';
import { daemonFolder } from './daemon.ts';

const LIMIT_MS = 10_000;
const GIB = 1024 ** 3;
/** Two versions of a large recipe's images, its volumes and their backup. */
const DISK = { least: 5 * GIB, comfortable: 15 * GIB };
/** A database, an app and Chromium at once. */
const MEMORY = { least: 1 * GIB, comfortable: 2 * GIB };

export const diskData: Check = {
  name: 'disk-data',
  limitMs: LIMIT_MS,
  remedy: 'Check CCI_DATA',
  look: async (context) => {
    const { CCI_DATA } = configured(context, workerConfigSchema.pick({ CCI_DATA: true }));
    return judgeSpace(CCI_DATA, await freeBytes(CCI_DATA));
  },
};

export const diskDocker: Check = {
  name: 'disk-docker',
  limitMs: LIMIT_MS,
  remedy: 'Check the Docker daemon',
  look: async (context: CheckContext) => {
    const folder = await daemonFolder(context);
    const free = await freeBytesHere(folder);
    if (free !== undefined) return judgeSpace(folder, free);
    return warn(
      `the folder ${folder} of the daemon is not visible here`,
      `Run \`df -h ${folder}\` on its host`,
    );
  },
};

/** Of the file system that the folder is on, or will be on once it is made. */
async function freeBytes(folder: string): Promise<number> {
  return (await freeBytesHere(folder)) ?? freeBytes(dirname(folder));
}

async function freeBytesHere(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (folder !== '/' && error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return undefined;
    throw error;
  }
}

export function judgeSpace(folder: string, free: number): Finding {
  const remedy =
    'Free some space: old runs are in the folder runs of CCI_DATA, `docker system df` shows what Docker holds';
  return judge(`${gib(free)} free at ${folder}`, free, DISK, remedy);
}

export const memory: Check = {
  name: 'memory',
  limitMs: LIMIT_MS,
  remedy: 'cc-ci runs on Linux',
  look: async () => judgeMemory(await readFile('/proc/meminfo', 'utf8')),
};

/** @param text of /proc/meminfo */
export function judgeMemory(text: string): Finding {
  const seen = parseMemInfo(text);
  if (!seen) return fail('/proc/meminfo does not tell', memory.remedy);
  return judge(
    `${gib(seen.availableBytes)} of ${gib(seen.totalBytes)} available`,
    seen.availableBytes,
    MEMORY,
    'Stop what else runs here, or add memory',
  );
}

function judge(seen: string, value: number, { least, comfortable }: typeof DISK, remedy: string): Finding {
  if (value < least) return fail(`${seen}; a run needs ${gib(least)}`, remedy);
  if (value < comfortable) return warn(`${seen}; large recipes need ${gib(comfortable)}`, remedy);
  return ok(seen);
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
