import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import { inEnvironment } from '../../../activities/in-environment.ts';
import { createDummyPlatform } from '../../../activities/platform/dummy/dummy-platform.ts';
import { startHeartbeat, type HeartbeatDetails } from '../../../activities/support/heartbeat.ts';
import { hostPaths } from '../../../activities/support/paths.ts';
import { recordTimeline } from '../../../activities/support/timeline.ts';
import { testConfig } from './test-config.ts';

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

it('no secret of the run is in the timeline or in a heartbeat', async () => {
  const data = await mkdtemp(join(tmpdir(), 'cc-ci-timeline-'));
  try {
    const paths = hostPaths(data);
    const environment = {
      id: crypto.randomUUID(),
      runId: 'run-a',
      instance: '0a1b2c3d',
      host: 'test',
      apps: [],
    };
    const secrets = paths.environment(environment.id).private;
    await mkdir(secrets, { recursive: true });
    await writeFile(join(secrets, 'db_password'), 'hunter2-correct-horse');
    const sent: unknown[] = [];
    const activity = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: 1 });
    activity.on('heartbeat', (details: unknown) => sent.push(details));
    const deps = { config: testConfig(data), paths, platform: createDummyPlatform({}) };
    await activity.run(() =>
      inEnvironment(deps, { environment, stage: 'install' }, async (operation) => {
        operation.progress('app: it said hunter2-correct-horse');
        await new Promise((resolve) => setTimeout(resolve, 600));
      }),
    );
    const timeline = await readFile(paths.timeline('run-a'), 'utf8');
    expect(timeline).toContain('app: it said [redacted]');
    expect(timeline).not.toContain('hunter2');
    expect(JSON.stringify(sent)).toContain('app: it said [redacted]');
    expect(JSON.stringify(sent)).not.toContain('hunter2');
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
