import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { examineFixture } from '../support/examine-fixture.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../../fixtures/benign/', import.meta.url));
const caseSchema = z.strictObject({
  services: z.array(z.string()),
  /** A part of the app's environment. */
  env: z.record(z.string(), z.string()),
  secrets: z.array(z.string()),
  /** A part of the labels of `app`. */
  labels: z.record(z.string(), z.string()),
  timeoutSeconds: z.number().optional(),
});

const cases = readdirSync(ROOT).map((name) => ({
  name,
  expected: caseSchema.parse(JSON.parse(readFileSync(`${ROOT}${name}/case.json`, 'utf8'))),
}));

describe('a recipe with unusual but harmless traits', () => {
  it.each(cases)('$name is accepted as it is [R-08]', async ({ name, expected }) => {
    const examination = await examineFixture(`${ROOT}${name}`);
    expect(examination.refusals).toEqual([]);
    expect(examination.services).toEqual(expected.services);
    expect(examination.env).toMatchObject(expected.env);
    expect(examination.secrets.map((secret) => secret.name)).toEqual(expected.secrets);
    expect(examination.stack?.services['app']?.deploy?.labels).toMatchObject(expected.labels);
    expect(examination.timeoutSeconds).toBe(expected.timeoutSeconds);
  });

  it('gets the variables of its env files into the service', async () => {
    const { stack } = await examineFixture(`${ROOT}env-file-inside`);
    expect(stack?.services['app']?.environment).toMatchObject({ FROM_FILE: '1' });
    expect(stack?.services['app']).not.toHaveProperty('env_file');
  });

  it('has the memory that its tasks reserve told, in bytes, and not their limits [R-73]', async () => {
    const folder = temporaryFolder();
    const resources = '{ reservations: { memory: 256M }, limits: { memory: 4G } }';
    const app = `{ image: 'nginx:1.28.0', deploy: { replicas: 2, resources: ${resources} } }`;
    const compose = `version: '3.8'\nservices: { app: ${app}, db: { image: 'redis:8.0' } }\n`;
    writeFileSync(join(folder, 'compose.yml'), compose);
    writeFileSync(join(folder, '.env.sample'), 'TYPE=hostile\nDOMAIN=hostile.example.com\n');
    const { reservedBytes, refusals } = await examineFixture(folder);
    expect(refusals).toEqual([]);
    expect(reservedBytes).toBe(2 * 256 * 1024 ** 2);
  });

  it('keeps a dangling depends_on from stopping the images from being known [R-69, F-57]', async () => {
    const { images } = await examineFixture(`${ROOT}options-that-swarm-ignores`);
    expect(images).toEqual(['nginx:1.28.0']);
  });
});
