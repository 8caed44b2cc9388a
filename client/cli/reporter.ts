import { createLogUpdate } from 'log-update';
import type { Snapshot } from '../follow-run.ts';
import { paintFor } from './colours.ts';
import { renderChanges, renderTable } from './format.ts';

/** Shows the progress of one run on standard error: a live table on a terminal, lines elsewhere. */
export interface Reporter {
  readonly show: (snapshot: Snapshot) => void;
  /** A line that stays. */
  readonly say: (line: string) => void;
  /** Leaves the last state on the screen and gives the terminal back. */
  readonly stop: () => void;
}

export function createReporter(title: string, stream: NodeJS.WriteStream): Reporter {
  // A terminal without a size (some recorders) would be given a table of no lines.
  return stream.isTTY && stream.rows > 0 ? createTable(title, stream) : createLines(title, stream);
}

function createTable(title: string, stream: NodeJS.WriteStream): Reporter {
  const update = createLogUpdate(stream);
  const startedMs = Date.now();
  const paint = paintFor(stream);
  let latest: Snapshot | undefined;
  const draw = () => {
    if (latest) update(renderTable(title, latest, { startedMs, nowMs: Date.now(), paint }).join('\n'));
  };
  // Between two looks the clock goes on.
  const clock = setInterval(draw, 250);
  return {
    show: (snapshot) => {
      latest = snapshot;
      draw();
    },
    say: (line) => {
      update.clear();
      stream.write(`${line}\n`);
      draw();
    },
    stop: () => {
      clearInterval(clock);
      update.done();
    },
  };
}

function createLines(title: string, stream: NodeJS.WriteStream): Reporter {
  let before: Snapshot | undefined;
  const say = (line: string) => {
    stream.write(`${new Date().toISOString()} ${line}\n`);
  };
  return {
    show: (snapshot) => {
      for (const line of renderChanges(before, snapshot)) say(`${title}: ${line}`);
      before = snapshot;
    },
    say,
    stop: () => undefined,
  };
}
