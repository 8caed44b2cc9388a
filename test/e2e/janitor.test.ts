import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDecisionActivities } from '../../activities/decision-activities.ts';
import { createHostActivities } from '../../activities/host-activities.ts';
import { hostPaths } from '../../activities/support/paths.ts';
import { connect } from '../../client/connection.ts';
import { SEARCH_KEYS } from '../../client/search-attributes.ts';
import { workerConfigSchema } from '../../domain/config.ts';
import { janitorReportSchema, type JanitorReport } from '../../domain/janitor.ts';
import { CCI_LABELS } from '../../domain/labels.ts';
import { DECISIONS_QUEUE, hostQueue } from '../../domain/queues.ts';
import { teardownReportSchema } from '../../domain/results.ts';
import { createPlatform } from '../../worker/platform.ts';
import { INSTANCE_ONLY, marks, objects, plant, plantStack, plantTree } from './orphans.ts';
import { environmentOf, resultsOf, runningActivity, startRun } from './runs.ts';
import { cli, config, docker, eventually, hostEnv, inventory, required } from './stack.ts';

const RUN = `run-planted-${Date.now()}`;
const paths = hostPaths(config.CCI_DATA);
const zone = config.CCI_ZONE.replaceAll('.', '_');
const STACK = `plan-0a1b2c_${zone}`;
const LOOK_ALIKE = `look-0a1b2c_${zone}`;
const FOREIGN = `fore-${randomUUID().slice(0, 8)}`;

/** One with everything, one with a work tree only, one object that says no more than whose it is. */
const planted = randomUUID();
const treeOnly = randomUUID();
const BARE = `bare-${randomUUID().slice(0, 8)}`;

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });

let client: Client;
let live: { runId: string; environmentId: string };
beforeAll(async () => {
  client = await connect(config);
  const { stdout, stderr, exitCode } = await cli(
    ...['run', 'custom-html', '--stages', 'install', '--hold', '20m', '--json'],
  );
  expect(exitCode, stderr).toBe(0);
  const { runId } = JSON.parse(stdout) as { runId: string };
  live = { runId, environmentId: (await environmentOf(client, runId)).environmentId };

  await plantStack(STACK, marks(planted, RUN));
  for (const kind of ['volume', 'secret', 'config', 'network'] as const) {
    await plant(kind, `${kind}-${planted.slice(0, 8)}`, marks(planted, RUN));
    await plant(kind, `${LOOK_ALIKE}_${kind}`, {});
    // The same words in the labels, but another installation's.
    await plant(kind, `${FOREIGN}-${kind}`, { ...marks(planted, RUN), [CCI_LABELS.instance]: 'ffffffff' });
  }
  await plantTree(planted);
  await plantTree(treeOnly);
  await plant('volume', BARE, INSTANCE_ONLY);
}, 240_000);
afterAll(async () => {
  for (const item of await objects()) {
    const [kind = '', name = ''] = item.split(' ');
    if ([LOOK_ALIKE, FOREIGN, BARE].some((own) => name.startsWith(own))) await docker(kind, 'rm', name);
  }
  await cli('release', live.runId);
  await client.connection.close();
}, 120_000);

async function janitor(...words: string[]): Promise<{ report: JanitorReport; code: number | undefined }> {
  const { stdout, stderr, exitCode } = await cli('janitor', ...words, '--json');
  if (stdout === '') throw new Error(stderr);
  return { report: janitorReportSchema.parse(JSON.parse(stdout)), code: exitCode };
}

const fates = ({ environments }: JanitorReport) =>
  Object.fromEntries(environments.map(({ environmentId, fate }) => [environmentId, fate]));

/** Workflows and activities of this host, in a namespace that knows nothing of it. */
async function inEmptyNamespace<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const namespace = `empty-${randomUUID().slice(0, 8)}`;
  const { workflowService, operatorService } = client.connection;
  await workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  // Names and types as those of the namespace of the stack.
  const { customAttributes } = await operatorService.listSearchAttributes({
    namespace: config.CCI_TEMPORAL_NAMESPACE,
  });
  const ours = Object.values(SEARCH_KEYS).map(({ name }) => [name, customAttributes[name] ?? 2] as const);
  const connection = await NativeConnection.connect({ address: config.CCI_TEMPORAL_ADDRESS });
  try {
    await eventually('the namespace can be used', 60, () =>
      operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(ours) }).then(
        () => true,
        () => undefined,
      ),
    );
    const own = new Client({ connection, namespace });
    const settings = workerConfigSchema.parse(hostEnv);
    const host = createHostActivities({ config: settings, paths, platform: createPlatform(settings, paths) });
    const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    const common = { connection, namespace };
    const activities = { ...createDecisionActivities(own) };
    const decisions = await Worker.create({
      ...common,
      taskQueue: DECISIONS_QUEUE,
      workflowBundle,
      activities,
    });
    const onHost = await Worker.create({
      ...common,
      taskQueue: hostQueue(config.CCI_HOST),
      activities: { ...host },
    });
    return await decisions.runUntil(onHost.runUntil(() => work(own)));
  } finally {
    await connection.close();
  }
}

describe('orphans planted by hand', () => {
  it('stay, with everything else, while Temporal knows nothing of the host [R-46]', async () => {
    const before = await objects();
    const report = await inEmptyNamespace((empty) =>
      empty.workflow.execute('janitor', {
        workflowId: 'janitor',
        taskQueue: DECISIONS_QUEUE,
        args: [
          {
            ...{ host: config.CCI_HOST, instance: config.CCI_INSTANCE, zone: config.CCI_ZONE },
            ...{
              reclaim: true,
              confirmAfterMs: 1_000,
              atMost: 50,
              trustNamespace: false,
              lateEveryMs: 1_000,
            },
          },
        ],
      }),
    );
    expect(report).toMatchObject({ alert: { code: 'E_JANITOR_NAMESPACE' }, looks: 1 });
    // The environment that is held by the real Temporal looks like an orphan from there, and is safe.
    expect(fates(janitorReportSchema.parse(report))).toMatchObject({ [live.environmentId]: 'orphan' });
    expect(await objects()).toEqual(before);
  });

  it('are shown with the reason, beside what has an owner and what only has a name like ours', async () => {
    const before = await objects();
    const { report, code } = await janitor();
    expect(code).toBe(1);
    expect(fates(report)).toMatchObject({
      [planted]: 'orphan',
      [treeOnly]: 'orphan',
      [live.environmentId]: 'owned',
    });
    expect(Object.values(fates(report)).filter((fate) => fate === 'orphan')).toHaveLength(3);
    expect(report.strangers.map(({ name }) => name).toSorted()).toEqual(
      ['config', 'network', 'secret', 'volume'].map((kind) => `${LOOK_ALIKE}_${kind}`),
    );
    expect(await objects()).toEqual(before);
  });

  it('are reclaimed; look-alikes, another installation and a live environment stay [R-46 F-76]', async () => {
    const before = await objects();
    const { report, code } = await janitor('--reclaim', '--confirm-after', '10s');
    expect(code).toBe(0);
    expect(fates(report)).toMatchObject({
      [planted]: 'reclaimed',
      [treeOnly]: 'reclaimed',
      [live.environmentId]: 'owned',
    });
    expect(Object.values(fates(report)).filter((fate) => fate === 'reclaimed')).toHaveLength(3);
    const isPlanted = (item: string) =>
      [STACK, BARE, `-${planted.slice(0, 8)}`].some((own) => item.includes(own));
    expect(before.filter(isPlanted)).toHaveLength(10);
    expect(await objects()).toEqual(before.filter((item) => !isPlanted(item)));
    for (const id of [planted, treeOnly]) expect(existsSync(paths.environment(id).files)).toBe(false);

    const removed = await readFile(paths.teardown(RUN), 'utf8');
    expect(teardownReportSchema.parse(JSON.parse(removed))).toMatchObject({ cause: 'adopted', left: [] });
    const left = await inventory();
    expect(left.length).toBeGreaterThan(0);
    expect(
      left.filter((item) => 'environmentId' in item && item.environmentId !== live.environmentId),
    ).toEqual([]);
  });

  it('are counted for Prometheus', async () => {
    const first = Number(required('CCI_METRICS_PORT'));
    const pages = await Promise.all(
      [first, first + 1].map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
    );
    const values = (name: string) =>
      pages.flatMap((page) =>
        [...page.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'gm'))].map(([, value]) => Number(value)),
      );
    expect(values('cci_janitor_reclaimed').reduce((sum, value) => sum + value, 0)).toBeGreaterThanOrEqual(3);
    const lastLook = Math.max(...values('cci_janitor_last_look_timestamp_seconds'));
    expect(Date.now() / 1000 - lastLook).toBeLessThan(600);
  });
});

describe('a run that was terminated together with its guard', () => {
  it('leaves an environment that is reclaimed, and gets its results from the guard that adopts it [R-46 R-62]', async () => {
    await cli('release', live.runId);
    // Asked for again before it has closed, the same run would be joined.
    await client.workflow.getHandle(live.runId).result();
    const since = Date.now();
    const runId = await startRun();
    await runningActivity(client, runId, 'awaitConverged');
    const { environmentId, guardId } = await environmentOf(client, runId);
    await client.workflow.getHandle(guardId).terminate('with its run');
    await client.workflow.getHandle(runId).terminate('with its guard');

    const { report } = await janitor('--reclaim', '--confirm-after', '10s');
    expect(fates(report)).toMatchObject({ [environmentId]: 'reclaimed' });
    expect(await resultsOf(runId, since, 30)).toMatchObject({
      environmentId,
      verdict: 'cancelled',
      code: 'E_TERMINATED',
      leaked: false,
      deployCount: 1,
      teardown: { cause: 'adopted', left: [] },
    });
    expect(JSON.stringify(await inventory())).not.toContain(environmentId);
  });
});
