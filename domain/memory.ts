import { inWords, MIB } from './bytes.ts';
import type { ComposeStack } from './compose.ts';
import type { Plan } from './plan.ts';
import type { RecipeDefinition } from './recipe.ts';

/** How long a run waits, with its lease, for memory that it would have on an idle host. */
export const MEMORY_WAIT_MS = 10 * 60_000;

/** As measured: what containers on a host can have together, and what of that can be had now without swapping. */
export interface HostMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

export interface MemoryNeed {
  readonly recipe: string;
  readonly bytes: number;
}

export interface MemoryFault {
  /** Both figures, and whose they are. */
  readonly reason: string;
  /** It would not fit on the idle host either. */
  readonly final: boolean;
}

/**
 * What an app is taken to need (spec R-73): what its reviewed recipe.ts declares, and at least what its services reserve,
 * for without that swarm starts no task. A limit is no need: it says when a process is killed, and the general one is far
 * above what most services use. So an app of which nothing is known counts for nothing, and has the reserve of the host.
 *
 * @param reserved bytes that each version reserves; the largest counts
 */
export function memoryNeed(
  { memoryMib = 0 }: Pick<RecipeDefinition, 'memoryMib'>,
  reserved: readonly (number | undefined)[],
): number {
  return Math.max(memoryMib * MIB, ...reserved.map((bytes) => bytes ?? 0));
}

/** Bytes that all tasks of a stack reserve together. The loader prints sizes in bytes. */
export function reservedBytes(stack: ComposeStack): number {
  const each = Object.values(stack.services).map(({ deploy }) => {
    const bytes = Number(deploy?.resources?.reservations?.memory ?? 0);
    return Number.isFinite(bytes) ? bytes * (deploy?.replicas ?? 1) : 0;
  });
  return each.reduce((sum, bytes) => sum + bytes, 0);
}

/** Of all that a run deploys. What is kept warm has its memory already. */
export function memoryNeeds(
  recipe: string,
  { memoryBytes = 0, dependencies = [] }: Pick<Plan, 'memoryBytes' | 'dependencies'>,
): readonly MemoryNeed[] {
  const cold = dependencies.filter(({ warm }) => warm === undefined);
  return [
    ...cold.map((one) => ({ recipe: one.recipe, bytes: one.memoryBytes ?? 0 })),
    { recipe, bytes: memoryBytes },
  ];
}

/** Why apps should not be deployed on a host now, or ever; undefined when they may be. */
export function faultOfMemory(
  { totalBytes, availableBytes }: HostMemory,
  needs: readonly MemoryNeed[],
  reserveBytes: number,
): MemoryFault | undefined {
  const neededBytes = needs.reduce((sum, { bytes }) => sum + bytes, reserveBytes);
  if (availableBytes >= neededBytes) return undefined;
  const parts = needs
    .filter(({ bytes }) => bytes > 0)
    .map(({ recipe, bytes }) => `${inWords(bytes)} for ${recipe}`);
  const what = [...parts, `${inWords(reserveBytes)} to spare`].join(', ');
  return {
    reason: `${inWords(availableBytes)} of ${inWords(totalBytes)} available, ${inWords(neededBytes)} needed: ${what}`,
    final: totalBytes < neededBytes,
  };
}

/**
 * Reads /proc/meminfo, whose unit is KiB; undefined when it does not tell. `MemAvailable` is the kernel's own estimate of
 * what programs can have without swapping, caches that it can drop included (proc_meminfo(5)).
 */
export function parseMemInfo(text: string): HostMemory | undefined {
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024;
  const [totalBytes, availableBytes] = [bytes('MemTotal'), bytes('MemAvailable')];
  return Number.isNaN(totalBytes + availableBytes) ? undefined : { totalBytes, availableBytes };
}

/** What a control group says of its memory, in bytes. */
export interface GroupMemory {
  readonly limitBytes: number;
  readonly usedBytes: number;
  /** Of the used, cache that the kernel drops when memory is wanted. */
  readonly droppableBytes: number;
}

/** The memory of a host for those in a control group: the group's own where that is less. */
export function withinGroup(
  host: HostMemory,
  { limitBytes, usedBytes, droppableBytes }: GroupMemory,
): HostMemory {
  const freeBytes = Math.max(0, limitBytes - (usedBytes - droppableBytes));
  return {
    totalBytes: Math.min(host.totalBytes, limitBytes),
    availableBytes: Math.min(host.availableBytes, freeBytes),
  };
}
