import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataConverter } from '../../codec/data-converter.ts';
import { EncryptionCodec, KEY_ID } from '../../codec/encryption-codec.ts';
import { readKeys } from '../../codec/keys.ts';
import { payloadsOf } from '../fixtures/secret-scan.ts';
import { temporalExecutable } from './temporal-executable.ts';

const K1 = randomBytes(32).toString('base64');
const K2 = randomBytes(32).toString('base64');
const file = join(mkdtempSync(join(tmpdir(), 'cci-rotation-')), 'keys.json');
let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path: temporalExecutable() } },
  });
});
afterAll(async () => {
  await environment.teardown();
  rmSync(join(file, '..'), { recursive: true });
});

/** A client as every process of cc-ci makes one that begins with such a key file. */
function clientWith(active: string, keys: Readonly<Record<string, string>>): Client {
  writeFileSync(file, JSON.stringify({ active, keys }), { mode: 0o600 });
  return new Client({ connection: environment.connection, dataConverter: createDataConverter(file) });
}

async function start(client: Client, workflowId: string): Promise<void> {
  await client.workflow.start('recipeRun', {
    workflowId,
    taskQueue: 'nobody',
    args: [{ recipe: workflowId }],
  });
}

/** The input of a run as the key file of now decodes it, and the keys that its payloads name. */
async function read(client: Client, workflowId: string) {
  const payloads = payloadsOf(await client.workflow.getHandle(workflowId).fetchHistory());
  const [input] = await new EncryptionCodec(readKeys(file)).decode(payloads);
  const keys = payloads.map(({ metadata }) => Buffer.from(metadata?.[KEY_ID] ?? []).toString());
  return { keys, input: input && defaultPayloadConverter.fromPayload(input) };
}

it('a key is changed while old runs stay readable, and one that is taken away is named [R-64]', async () => {
  await start(clientWith('k1', { k1: K1 }), 'old');
  // First everybody knows the new key, then it is used: those that began before must be able to read it.
  const knowing = clientWith('k1', { k1: K1, k2: K2 });
  await start(knowing, 'between');
  expect(await read(knowing, 'between')).toEqual({ keys: ['k1'], input: { recipe: 'between' } });
  const rotated = clientWith('k2', { k1: K1, k2: K2 });
  await start(rotated, 'new');
  expect(await read(rotated, 'new')).toEqual({ keys: ['k2'], input: { recipe: 'new' } });
  expect(await read(rotated, 'old')).toEqual({ keys: ['k1'], input: { recipe: 'old' } });

  const without = clientWith('k2', { k2: K2 });
  expect(await read(without, 'new')).toMatchObject({ input: { recipe: 'new' } });
  await expect(read(without, 'old')).rejects.toThrow(
    'a payload needs key "k1", which is not in the key file (it has k2)',
  );
});
