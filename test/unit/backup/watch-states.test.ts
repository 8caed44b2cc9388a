import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ServiceState } from '../../../activities/platform/port.ts';
import { watchStates } from '../../../activities/support/watch-states.ts';

const app = { role: 'app', recipe: 'sample', source: '/s', domain: 'samp.ci.test', stack: 'samp_ci_test' };
const SECRET = 'pass"word';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cc-ci-states-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function watching(
  path: string,
  body: () => Promise<string>,
  serviceStates: () => Promise<readonly ServiceState[]> = () => Promise.resolve([]),
) {
  const redact = (text: string) => text.replaceAll(SECRET, '***');
  return watchStates({ platform: { serviceStates }, app, path, stage: 'backup', redact }, body, 20);
}

it('looks at the start, every now and then, and at the end, also of a body that fails [H-24, F-47]', async () => {
  const path = join(folder, 'run', 'states.ndjson');
  const failing = watching(path, async () => {
    await delay(200);
    throw new Error('the body fails');
  });
  await expect(failing).rejects.toThrow('the body fails');
  const count = async () => (await readFile(path, 'utf8')).trim().split('\n').length;
  const looks = await count();
  expect(looks).toBeGreaterThanOrEqual(4);
  await delay(60);
  expect(await count()).toBe(looks);
});

it('does not fail what it watches when nothing can be written', async () => {
  await writeFile(join(folder, 'file'), '');
  const path = join(folder, 'file', 'states.ndjson');
  expect(await watching(path, () => Promise.resolve('done'))).toBe('done');
});

it('hides secrets, also one that JSON would write in another way [H-24]', async () => {
  const path = join(folder, 'states.ndjson');
  const failing = () => Promise.reject(new Error(`docker said ${SECRET}`));
  await watching(path, () => Promise.resolve('done'), failing);
  const text = await readFile(path, 'utf8');
  expect(text).not.toContain('word');
  expect(text).toContain('"error":"docker said ***"');
});
