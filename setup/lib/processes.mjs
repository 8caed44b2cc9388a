import fs from 'node:fs';

/**
 * A process is identified by its id *and* start time: ids are used again.
 * @typedef {{ pid: number, start: string }} Identity
 */

/**
 * @param {string} stat the content of /proc/<pid>/stat
 * @returns {string} the start time in clock ticks since boot, '' for a zombie
 */
export function startTimeOf(stat) {
  // The second field, the name, may hold spaces and brackets: count from its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
}

/** @param {number} pid */
export function startTime(pid) {
  try {
    return startTimeOf(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return '';
  }
}

/**
 * @param {Identity | undefined} identity
 * @param {(pid: number) => string} [lookup]
 * @returns {boolean} whether exactly this process is running
 */
export function isAlive(identity, lookup = startTime) {
  return Boolean(identity && identity.start && lookup(identity.pid) === identity.start);
}

/** Ids of all processes of the machine. */
export function allPids() {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * Ends processes: politely, then for certain; resolves when none is left.
 * @param {Identity[]} identities
 * @param {{ graceMs: number, signal?: NodeJS.Signals }} options
 */
export async function endProcesses(identities, { graceMs, signal = 'SIGTERM' }) {
  const left = () => identities.filter((identity) => isAlive(identity));
  const tell = (/** @type {NodeJS.Signals} */ what) => {
    for (const { pid } of left()) {
      try {
        process.kill(pid, what);
      } catch {
        // gone in between
      }
    }
  };
  if (graceMs > 0) {
    tell(signal);
    await waitUntil(() => left().length === 0, graceMs, 30);
  }
  if (left().length === 0) return;
  tell('SIGKILL');
  await waitUntil(() => left().length === 0, 5_000, 30);
}

/**
 * @param {() => boolean | Promise<boolean>} condition
 * @param {number} limitMs
 * @param {number} [everyMs]
 * @returns {Promise<boolean>} whether it came true in time
 */
export async function waitUntil(condition, limitMs, everyMs = 100) {
  const end = Date.now() + limitMs;
  for (;;) {
    if (await condition()) return true;
    if (Date.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
