import fs from 'node:fs';
import { allPids, startTime } from './processes.mjs';

/** Environment variable of the processes of the TypeScript side that `up` started. */
export const SERVICE_MARK = 'CC_CI_SERVICE_OF';

/**
 * @param {string} id
 * @param {string} [service] only those of this one
 * @returns {import('./processes.mjs').Identity[]} processes that carry the instance's mark
 */
export function markedProcesses(id, service = '') {
  const mark = `${SERVICE_MARK}=${id}/${service}`;
  const found = [];
  for (const pid of allPids()) {
    if (pid === process.pid) continue;
    try {
      const environment = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (environment.some((entry) => entry === mark || (!service && entry.startsWith(mark))))
        found.push({ pid, start: startTime(pid) });
    } catch {
      // ended while we looked
    }
  }
  return found.filter(({ start }) => start);
}
