import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTime } from '../activities/support/processes.ts';

const SUFFIX = '.supervisor';

/** Told to a supervisor whose place another one has taken: let your workers finish, then end. */
export const RETIRE = 'SIGUSR2';

/** The supervisors of a host, each with a file in `folder` that holds the start time of its process. */
export class Succession {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async enter(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.file(process.pid), startTime(process.pid) ?? '');
  }

  /** From now on the workers of this supervisor do the work; `npm run up` waits for it. */
  async serving(): Promise<void> {
    await writeFile(join(this.folder, `${process.pid}.serving`), '');
  }

  /** Tells those that were there before; returns their process ids. */
  async retireOthers(): Promise<readonly number[]> {
    const own = Number(startTime(process.pid));
    const told: number[] = [];
    for (const name of await readdir(this.folder)) {
      const pid = name.endsWith(SUFFIX) ? Number.parseInt(name, 10) : process.pid;
      if (pid === process.pid) continue;
      const start = await readFile(this.file(pid), 'utf8').catch(() => '');
      if (start === '' || startTime(pid) !== start) await this.forget(pid);
      else if (Number(start) <= own) {
        process.kill(pid, RETIRE);
        told.push(pid);
      }
    }
    return told;
  }

  leave(): Promise<void> {
    return this.forget(process.pid);
  }

  private file(pid: number): string {
    return join(this.folder, `${pid}${SUFFIX}`);
  }

  private async forget(pid: number): Promise<void> {
    await rm(this.file(pid), { force: true });
    await rm(join(this.folder, `${pid}.serving`), { force: true });
  }
}
