import { appendLine } from './json-lines.ts';

/**
 * A recorder of what an operation waits for: one line of JSON in `path` for each change, with the time. What was seen
 * around a failure can then be read and need not be guessed.
 */
export function recordTimeline(path: string, stage: string): (waitingFor: string) => void {
  let last: string | undefined;
  return (waitingFor) => {
    if (waitingFor === last) return;
    last = waitingFor;
    appendLine(path, { at: new Date().toISOString(), stage, waitingFor });
  };
}
