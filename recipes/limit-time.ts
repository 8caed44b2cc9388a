import { existsSync } from 'node:fs';
import { readSpecContext } from './spec-context.ts';

const LOOK_MS = 200;

/**
 * Bounds all specs together from their turn on, which no bound of Playwright's own can: those begin with its process.
 * Like an interrupt by hand it ends with a report, before the process is stopped from outside.
 */
// Playwright calls what the module exports by default.
// eslint-disable-next-line no-restricted-syntax
export default function limitTime(): void {
  const { turn, timeoutMs } = readSpecContext();
  const looking = setInterval(() => {
    if (turn !== undefined && !existsSync(turn)) return;
    clearInterval(looking);
    setTimeout(() => process.kill(process.pid, 'SIGINT'), timeoutMs).unref();
  }, LOOK_MS);
  looking.unref();
}
