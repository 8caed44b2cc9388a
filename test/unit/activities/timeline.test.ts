import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startHeartbeat, type HeartbeatDetails } from '../../../activities/support/heartbeat.ts';
import { recordTimeline } from '../../../activities/support/timeline.ts';

it('a long operation heartbeats what it waits for, and since when [R-61]', async () => {
  const sent: HeartbeatDetails[] = [];
  const heartbeat = startHeartbeat((details) => sent.push(details));
  heartbeat.progress('app: starting, 0/1');
  await new Promise((resolve) => setTimeout(resolve, 900));
  heartbeat.stop();
  const count = sent.length;
  expect(sent.at(-1)).toMatchObject({ waitingFor: 'app: starting, 0/1' });
  expect(count).toBeGreaterThanOrEqual(3);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(sent).toHaveLength(count);
});

it('every change of what is waited for is kept in the timeline of the run [R-61]', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cc-ci-timeline-'));
  try {
    const path = join(folder, 'run', 'timeline.ndjson');
    const record = recordTimeline(path, 'install');
    for (const what of ['app: 0/1', 'app: 0/1', 'app: starting', 'app: 0/1']) record(what);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { stage: 'install', waitingFor: 'app: 0/1' },
      { stage: 'install', waitingFor: 'app: starting' },
      { stage: 'install', waitingFor: 'app: 0/1' },
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
