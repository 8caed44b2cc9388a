import { inWords } from './bytes.ts';
import { repositoryOf } from './image-reference.ts';

/** Bytes of an image on the disk as last measured, by repository: the next version is about as large. */
export type ImageSizes = Readonly<Record<string, number>>;

/** Where a daemon keeps images, containers and volumes. */
export interface DataDisk {
  readonly folder: string;
  readonly freeBytes: number;
}

/**
 * Why a run should not begin on this disk; undefined when it may. The images of both versions lie side by side during
 * the upgrade (spec F-66), and what is left has to hold volumes, logs and a backup. A repository that was never measured
 * counts for nothing: a guess would refuse runs that fit.
 *
 * @param absent images that have to be pulled, of all versions together
 */
export function faultOfDisk(
  { folder, freeBytes }: DataDisk,
  known: { readonly absent: readonly string[]; readonly sizes: ImageSizes; readonly reserveBytes: number },
): string | undefined {
  const measured = known.absent.flatMap((name) => known.sizes[repositoryOf(name)] ?? []);
  const pullBytes = measured.reduce((sum, bytes) => sum + bytes, 0);
  const neededBytes = pullBytes + known.reserveBytes;
  if (freeBytes >= neededBytes) return undefined;
  const pulls = pullBytes === 0 ? '' : `, ${inWords(pullBytes)} of it for ${imagesOf(measured.length)}`;
  return `${inWords(freeBytes)} free at ${folder}, ${inWords(neededBytes)} needed${pulls}`;
}

function imagesOf(count: number): string {
  return count === 1 ? '1 image' : `${count} images`;
}
