import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A recorder of what an operation waits for: one line of JSON in `path` for each change, with the time. What was seen
 * around a failure can then be read and need not be guessed.
 */
export function recordTimeline(path: string, stage: string): (waitingFor: string) => void {
  let last: string | undefined;
  return (waitingFor) => {
    if (waitingFor === last) return;
    last = waitingFor;
    mkdirSync(dirname(path), { recursive: true });
    // Synchronous, so that the line is there when the worker is killed next.
    appendFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), stage, waitingFor })}\n`);
  };
}
