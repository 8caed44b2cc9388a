import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMemInfo, withinGroup, type GroupMemory, type HostMemory } from '../../../domain/memory.ts';
import { readFileIfAny } from '../../support/environment-files.ts';
import type { SwarmContext } from './swarm-context.ts';

const GROUPS = '/sys/fs/cgroup';

/** Where the two versions of control groups say the same (cgroups(7)): limit, use, and the key of droppable cache. */
const PLACES = [
  ['memory.max', 'memory.current', 'memory.stat', 'inactive_file'],
  [
    'memory/memory.limit_in_bytes',
    'memory/memory.usage_in_bytes',
    'memory/memory.stat',
    'total_inactive_file',
  ],
] as const;

/** Memory that the daemon's containers can have, measured; undefined when the daemon is not on this machine. */
export async function hostMemory({ docker, config }: SwarmContext): Promise<HostMemory | undefined> {
  const host = parseMemInfo(await readFile('/proc/meminfo', 'utf8'));
  // Both read the same table when they have the same kernel.
  if (host?.totalBytes !== (await docker.totalMemory())) return undefined;
  // What bounds this process bounds a daemon that was started beside it, and not one whose socket it was given.
  const group = config.CCI_NETNS === undefined ? undefined : await readGroupMemory(GROUPS);
  return host && group ? withinGroup(host, group) : host;
}

/**
 * What the control group says that all of this machine or container belongs to; undefined when it has no limit.
 * @param root where control groups are mounted
 */
export async function readGroupMemory(root: string): Promise<GroupMemory | undefined> {
  for (const [limit, use, stat, cache] of PLACES) {
    const [limitText, useText, statText] = await Promise.all(
      [limit, use, stat].map((name) => readFileIfAny(join(root, name))),
    );
    const limitBytes = Number(limitText ?? NaN);
    const usedBytes = Number(useText ?? NaN);
    // "max" is no number either.
    if (Number.isNaN(limitBytes + usedBytes)) continue;
    const droppable = new RegExp(`^${cache} (\\d+)$`, 'm').exec(statText ?? '')?.[1];
    return { limitBytes, usedBytes, droppableBytes: Number(droppable ?? 0) };
  }
  return undefined;
}
