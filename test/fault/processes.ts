import { readdirSync, readFileSync } from 'node:fs';
import { isErrno } from '../../activities/support/errno.ts';

/** Processes of this machine in whose environment a variable has a value, by pid. */
export function processesWith(variable: string, value: string): number[] {
  const wanted = `${variable}=${value}`;
  return allProcesses().filter((pid) => wordsOf(pid, 'environ').includes(wanted));
}

/** Processes of this machine with an argument for each part that has the part in it, by pid. */
export function processesCalledWith(parts: readonly string[]): number[] {
  return allProcesses().filter((pid) => {
    const words = wordsOf(pid, 'cmdline');
    return parts.every((part) => words.some((word) => word.includes(part)));
  });
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0);
}

function wordsOf(pid: number, file: 'environ' | 'cmdline'): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

export function isAlive(pid: number): boolean {
  // A zombie has no environment any more and does nothing.
  return !['', 'Z'].includes(stateOf(pid));
}

/** Whether it has been stopped by a signal. */
export function isStopped(pid: number): boolean {
  return stateOf(pid) === 'T';
}

/** One letter, as proc(5) has them; empty when there is no such process. */
function stateOf(pid: number): string {
  try {
    return /.*\) (\w) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
