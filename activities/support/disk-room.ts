import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { MIB } from '../../domain/bytes.ts';
import { faultOfDisk, type ImageSizes } from '../../domain/disk.ts';
import { CodedError } from '../../domain/errors.ts';
import { repositoryOf } from '../../domain/image-reference.ts';
import { saysDiskIsFull } from '../../domain/known-causes.ts';
import type { App } from '../../domain/plan.ts';
import type { HostDependencies } from '../host-dependencies.ts';
import type { ImageOutcome, ServiceState } from '../platform/port.ts';
import { isErrno } from './errno.ts';
import type { Operation } from './operation.ts';
import { writeDurably } from './write-durably.ts';

const sizesSchema = z.record(z.string(), z.number().positive());

/** Rejects with `E_DISK` before anything is pulled that would not fit, or when there is too little space anyway. */
export async function requireRoom(
  { platform, paths, config }: HostDependencies,
  operation: Operation,
  images: readonly string[],
): Promise<void> {
  const disk = await platform.dataDisk();
  // That of a daemon elsewhere cannot be measured.
  if (!disk) return;
  const fault = faultOfDisk(disk, {
    absent: await platform.absentImages(images),
    sizes: await readSizes(paths.imageSizes),
    reserveBytes: config.CCI_DISK_RESERVE_MIB * MIB,
  });
  if (fault !== undefined) throw new CodedError('E_DISK', fault);
  operation.log(`disk: ${Math.round(disk.freeBytes / MIB)} MiB free at ${disk.folder}`);
}

/** Remembers how large images are, for the next versions of them. */
export async function keepSizes(
  { paths }: HostDependencies,
  outcomes: readonly ImageOutcome[],
): Promise<void> {
  const before = await readSizes(paths.imageSizes);
  const measured = outcomes.flatMap(({ name, bytes }) =>
    bytes === undefined || bytes <= 0 ? [] : [[repositoryOf(name), bytes] as const],
  );
  if (measured.every(([repository, bytes]) => before[repository] === bytes)) return;
  const sizes = { ...before, ...Object.fromEntries(measured) };
  await writeDurably(paths.imageSizes, `${JSON.stringify(sizes, undefined, 2)}\n`);
}

/**
 * Waits until an app has converged. A service that says that a disk is full while the daemon's is has failed for want of
 * space, however slow or broken it looked (spec F-64); while there is space, the fault is the service's own (spec F-65).
 */
export async function convergedWithRoom(
  { platform, config }: HostDependencies,
  operation: Operation,
  app: App,
  options: { readonly timeoutMs: number },
): Promise<readonly ServiceState[]> {
  try {
    return await platform.converged(operation, app, options);
  } catch (error) {
    if (!(error instanceof CodedError) || !saysDiskIsFull(error.message)) throw error;
    const disk = await platform.dataDisk().catch(() => undefined);
    const reserveBytes = config.CCI_DISK_RESERVE_MIB * MIB;
    const fault = disk && faultOfDisk(disk, { absent: [], sizes: {}, reserveBytes });
    throw fault === undefined
      ? error
      : new CodedError('E_DISK', `${fault}; ${error.message}`, { cause: error });
  }
}

/** A file that cannot be understood is as good as none. */
async function readSizes(path: string): Promise<ImageSizes> {
  try {
    return sizesSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data ?? {};
  } catch (error) {
    if (isErrno(error, 'ENOENT') || error instanceof SyntaxError) return {};
    throw error;
  }
}
