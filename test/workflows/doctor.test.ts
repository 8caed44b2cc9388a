import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Check } from '../../client/doctor/check.ts';
import { historyKey } from '../../client/doctor/history-key.ts';
import { runChecks, type CheckReport } from '../../client/doctor/run-checks.ts';
import { searchAttributes } from '../../client/doctor/search-attributes.ts';
import { namespace, temporal } from '../../client/doctor/temporal.ts';
import { workers } from '../../client/doctor/workers.ts';
import { createDataConverter } from '../../codec/data-converter.ts';
import { DECISIONS_QUEUE, hostQueue } from '../../domain/queues.ts';
import { temporalExecutable } from './temporal-executable.ts';

const HOST = 'doctor-test';

let environment: TestWorkflowEnvironment;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cci-doctor-'));
  environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path: temporalExecutable() } },
  });
});
afterAll(async () => {
  await environment.teardown();
  rmSync(folder, { recursive: true });
});

function keyFile(name: string, byte: number): string {
  const path = join(folder, name);
  const key = Buffer.alloc(32, byte).toString('base64');
  writeFileSync(path, JSON.stringify({ active: 'k1', keys: { k1: key } }), { mode: 0o600 });
  return path;
}

async function look(check: Check, variables: Record<string, string> = {}): Promise<CheckReport | undefined> {
  const all = {
    CCI_TEMPORAL_ADDRESS: environment.address,
    CCI_TEMPORAL_NAMESPACE: 'default',
    CCI_HOST: HOST,
    CCI_KEYS_FILE: keyFile('keys.json', 7),
    ...variables,
  };
  const [report] = await runChecks([check], all, new AbortController().signal);
  return report;
}

describe('the doctor and Temporal', () => {
  it('is content with a server that answers, and says where none does', async () => {
    expect(await look(temporal)).toMatchObject({ status: 'ok', seen: expect.stringMatching(/^server \d/) });
    const checks = [temporal, namespace, searchAttributes, workers, historyKey];
    const reports = await Promise.all(
      checks.map((check) => look(check, { CCI_TEMPORAL_ADDRESS: '127.0.0.1:1' })),
    );
    for (const report of reports) {
      expect(report).toMatchObject({
        status: 'fail',
        seen: 'Temporal does not answer at 127.0.0.1:1',
        remedy: expect.stringMatching(/^Start Temporal/),
      });
    }
  });

  it('misses a namespace and says how to make it', async () => {
    expect(await look(namespace)).toMatchObject({ status: 'ok', seen: '"default", keeps histories 24 h' });
    expect(await look(namespace, { CCI_TEMPORAL_NAMESPACE: 'other' })).toMatchObject({
      status: 'fail',
      remedy: 'Run `temporal operator namespace create --namespace other`',
    });
  });

  it('misses search attributes, and its remedy registers them', async () => {
    const missing = await look(searchAttributes);
    expect(missing).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/^not registered: CciRecipe, /),
    });
    const command = /`temporal (.*)`/.exec(missing?.remedy ?? '')?.[1]?.split(' ') ?? [];
    await execa(temporalExecutable(), [...command, '--address', environment.address]);
    await expect.poll(() => look(searchAttributes)).toMatchObject({ status: 'ok', seen: '8 registered' });
  });

  it('sees a search attribute of the wrong type', async () => {
    const where = ['--address', environment.address, '--namespace', 'odd'];
    await execa(temporalExecutable(), ['operator', 'namespace', 'create', ...where]);
    const create = [
      'operator',
      'search-attribute',
      'create',
      '--name',
      'CciLevel',
      '--type',
      'Text',
      ...where,
    ];
    await expect
      .poll(() => execa(temporalExecutable(), create, { reject: false }), { timeout: 30_000 })
      .toMatchObject({ exitCode: 0 });
    await expect
      .poll(() => look(searchAttributes, { CCI_TEMPORAL_NAMESPACE: 'odd' }))
      .toMatchObject({
        status: 'fail',
        seen: 'of the wrong type: CciLevel',
      });
  });

  it('names the queues that nobody polls, and counts who does', async () => {
    const queue = hostQueue(HOST);
    expect(await look(workers)).toMatchObject({
      status: 'fail',
      seen: `nobody polls ${DECISIONS_QUEUE} and ${queue}`,
    });
    await poll(DECISIONS_QUEUE, 'workflow');
    expect(await look(workers)).toMatchObject({ status: 'fail', seen: `nobody polls ${queue}` });
    await poll(queue, 'activity');
    expect(await look(workers)).toMatchObject({ status: 'ok', seen: `${DECISIONS_QUEUE}: 1, ${queue}: 1` });
  });

  it('tells the key of the histories from another one', async () => {
    expect(await look(historyKey)).toMatchObject({ status: 'ok', seen: expect.stringMatching(/no run yet/) });
    const client = new Client({
      connection: environment.connection,
      dataConverter: createDataConverter(keyFile('keys.json', 7)),
    });
    const handle = await client.workflow.start('recipeRun', {
      workflowId: 'run-probe',
      taskQueue: 'nobody',
      args: [{ recipe: 'probe' }],
    });
    await expect
      .poll(() => look(historyKey))
      .toMatchObject({ status: 'ok', seen: 'decrypts the newest run, run-probe' });
    expect(await look(historyKey, { CCI_KEYS_FILE: keyFile('other.json', 8) })).toMatchObject({
      status: 'fail',
      seen: expect.stringMatching(/^run-probe: a payload does not decrypt with key "k1"/),
      remedy: expect.stringMatching(/^Restore the key file/),
    });
    await handle.terminate();
  });
});

async function poll(name: string, kind: 'workflow' | 'activity'): Promise<void> {
  const { workflowService } = environment.connection;
  const request = { namespace: 'default', taskQueue: { name }, identity: 'a worker' };
  const asked = environment.connection.withDeadline(Date.now() + 3_000, async () => {
    if (kind === 'workflow') await workflowService.pollWorkflowTaskQueue(request);
    else await workflowService.pollActivityTaskQueue(request);
  });
  // There is no work: when the time is up, the server has noted the poller.
  await asked.catch(() => undefined);
}

const jobSchema = z.looseObject({
  command: z.tuple([z.string()]),
  environment: z.record(z.string(), z.string()),
});

describe('the jobs of docker-compose.yml', () => {
  const { services } = z
    .looseObject({ services: z.record(z.string(), z.unknown()) })
    .parse(
      parse(readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8'), { merge: true }),
    );

  /** The script as the container would run it, with the same client, against this server. */
  async function runJob(name: string): Promise<string> {
    const { command, environment: variables } = jobSchema.parse(services[name]);
    const bin = mkdtempSync(join(folder, 'bin-'));
    chmodSync(bin, 0o755);
    symlinkSync(temporalExecutable(), join(bin, 'temporal'));
    const script = command[0].replaceAll('$$', '$');
    const { exitCode, all } = await execa('/bin/sh', ['-euc', script], {
      env: { ...variables, PATH: `${bin}:/usr/bin:/bin`, TEMPORAL_ADDRESS: environment.address },
      extendEnv: false,
      reject: false,
      all: true,
    });
    return `${exitCode} ${all}`;
  }

  it('make the namespace and the search attributes that cc-ci needs, and change nothing when they run again', async () => {
    const there = { CCI_TEMPORAL_NAMESPACE: 'cc-ci' };
    for (const _ of ['first', 'again']) {
      expect(await runJob('temporal-namespace')).toMatch(/^0 /);
      expect(await runJob('temporal-search-attributes')).toMatch(/^0 /);
    }
    expect(await look(namespace, there)).toMatchObject({
      status: 'ok',
      seen: '"cc-ci", keeps histories 720 h',
    });
    await expect.poll(() => look(searchAttributes, there)).toMatchObject({ status: 'ok' });
  });
});
