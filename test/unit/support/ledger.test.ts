import { appendFile, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  appendLedger,
  deployCount,
  intentsOf,
  readLedger,
  type NewEntry,
} from '../../../activities/support/ledger.ts';

let root: string;
let path: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cci-ledger-'));
  path = join(root, 'environment', 'ledger.ndjson');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const intent = (deployId: string, app = 'app', change: 'create' | 'update' = 'create') =>
  ({
    kind: 'intent',
    deployId,
    app,
    version: 'a'.repeat(40),
    chaos: false,
    contentHash: 'b'.repeat(64),
    change,
  }) satisfies NewEntry;

it('gives back what was written, in order and with times', async () => {
  expect(await readLedger(path)).toEqual([]);
  const written = [
    await appendLedger(path, intent('one')),
    await appendLedger(path, { kind: 'image', image: 'nginx:1', digest: 'sha256:00' }),
    await appendLedger(path, { kind: 'applied', deployId: 'one' }),
  ];
  expect(await readLedger(path)).toEqual(written);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('loses only the line that a crash cut short, and can be written after it [O-37]', async () => {
  await appendLedger(path, intent('one'));
  const whole = (await readFile(path)).length;
  await appendLedger(path, intent('two'));
  await truncate(path, whole + 40);
  expect(intentsOf(await readLedger(path)).map(({ deployId }) => deployId)).toEqual(['one']);
  await appendLedger(path, intent('three'));
  expect(intentsOf(await readLedger(path)).map(({ deployId }) => deployId)).toEqual(['one', 'three']);
});

it('refuses an entry that says something it must not', async () => {
  await appendLedger(path, intent('one'));
  await appendFile(path, '{"kind":"intent","at":"yesterday"}\n');
  await expect(readLedger(path)).rejects.toThrow(/at/);
});

it('keeps every entry of many writers at once', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => appendLedger(path, intent(`${index}`))));
  expect(intentsOf(await readLedger(path))).toHaveLength(20);
});

it('counts each app that was deployed anew, and neither upgrades nor intents that were given up [R-02]', async () => {
  await appendLedger(path, intent('given-up'));
  await appendLedger(path, { kind: 'superseded', deployId: 'given-up' });
  await appendLedger(path, intent('app'));
  await appendLedger(path, intent('upgrade', 'app', 'update'));
  await appendLedger(path, intent('keycloak', 'keycloak'));
  const entries = await readLedger(path);
  expect(deployCount(entries)).toBe(2);
  expect(intentsOf(entries, 'app').map(({ deployId }) => deployId)).toEqual(['app', 'upgrade']);
});

it('counts an app that was deployed twice from nothing as two [R-02]', async () => {
  await appendLedger(path, intent('first'));
  await appendLedger(path, intent('second'));
  expect(deployCount(await readLedger(path))).toBe(2);
});
