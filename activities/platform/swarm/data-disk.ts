import { statfs } from 'node:fs/promises';
import type { DataDisk } from '../../../domain/disk.ts';
import { isErrno } from '../../support/errno.ts';
import type { SwarmContext } from './swarm-context.ts';

/** Free space where the daemon keeps its data; undefined when the daemon's folder is not one of this machine. */
export async function dataDisk({ docker }: SwarmContext): Promise<DataDisk | undefined> {
  const folder = await docker.dataFolder();
  try {
    const { bavail, bsize } = await statfs(folder);
    return { folder, freeBytes: bavail * bsize };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
