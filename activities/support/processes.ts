import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '../../domain/errors.ts';
import { isErrno } from './errno.ts';

/** Variables in a child's own environment that say whose it is; grandchildren inherit them, across `setsid` too. */
export const MARK_ENVIRONMENT = 'CCI_ENV';
export const MARK_LANE = 'CCI_LANE';
export const MARK_GENERATION = 'CCI_GEN';
export const MARK_COMMAND = 'CCI_COMMAND';

export type Marks = Readonly<Record<string, string>>;

interface Found {
  readonly pid: number;
  readonly start: string;
  readonly marks: Marks;
}

/** How long killed processes may take to vanish; only one that hangs inside the kernel takes longer. */
const KILL_BOUND_MS = 10_000;
const PAUSE_MS = 5;
/** What a command gets to end in an orderly way. */
const TERM_BOUND_MS = 2000;
const TERM_PAUSE_MS = 50;

/** Field 22 of `/proc/<pid>/stat` (proc(5)): with the pid it names a process for good, because pids are used again. */
export function startTime(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may itself contain spaces and parentheses.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/**
 * Marked processes that `matches` accepts, of this user and within this PID namespace. Zombies have no environment and
 * are not found.
 */
export function findMarked(matches: (marks: Marks) => boolean): readonly Found[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const start = startTime(pid);
    const marks = marksOf(pid);
    return start !== undefined && marks !== undefined && matches(marks) ? [{ pid, start, marks }] : [];
  });
}

/**
 * Kills every marked process that `matches` accepts, until two looks in a row find none: a process is not recognisable
 * during the moment in which it replaces itself with another program. Returns how many were killed.
 */
export async function killMarked(matches: (marks: Marks) => boolean): Promise<number> {
  const killed = new Set<string>();
  const end = Date.now() + KILL_BOUND_MS;
  let clean = 0;
  while (clean < 2) {
    const found = findMarked(matches);
    clean = found.length === 0 ? clean + 1 : 0;
    for (const { pid, start } of found) {
      if (startTime(pid) !== start) continue;
      signalProcess(pid, 'SIGKILL');
      killed.add(`${pid}:${start}`);
    }
    if (Date.now() > end) {
      const pids = found.map((entry) => entry.pid).join(', ');
      throw new CodedError('E_COMMAND', `processes survive SIGKILL: ${pids}`);
    }
    await delay(PAUSE_MS);
  }
  return killed.size;
}

/**
 * Asks the process group of a command to end, and kills the group and whatever carries the command's mark when some of
 * it still lives after two seconds.
 */
export async function terminateCommand(pid: number | undefined, id: string): Promise<void> {
  if (pid === undefined) return;
  const ours = (marks: Marks) => marks[MARK_COMMAND] === id;
  signalProcess(-pid, 'SIGTERM');
  // Those that left the group for a session of their own.
  for (const found of findMarked(ours)) signalProcess(found.pid, 'SIGTERM');
  const end = Date.now() + TERM_BOUND_MS;
  while (Date.now() < end && findMarked(ours).length > 0) await delay(TERM_PAUSE_MS);
  endGroup(pid);
  await killMarked(ours);
}

/** Kills what a command has left running in its process group. */
export function endGroup(pid: number | undefined): void {
  if (pid !== undefined) signalProcess(-pid, 'SIGKILL');
}

/** Sends a signal to a process, or with a negative id to its group; one that is gone is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

function marksOf(pid: number): Marks | undefined {
  const environ = read(`/proc/${pid}/environ`);
  if (environ === undefined || !environ.includes('CCI_')) return undefined;
  const pairs = environ.split('\0').flatMap((entry): [string, string][] => {
    const at = entry.indexOf('=');
    return entry.startsWith('CCI_') ? [[entry.slice(0, at), entry.slice(at + 1)]] : [];
  });
  return Object.fromEntries(pairs);
}

/** Processes end while they are looked at, and those of other users may not be read. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
