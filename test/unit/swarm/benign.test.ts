import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { examineFixture } from '../support/examine-fixture.ts';

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

  it('keeps a dangling depends_on from stopping the images from being known [R-69, F-57]', async () => {
    const { images } = await examineFixture(`${ROOT}options-that-swarm-ignores`);
    expect(images).toEqual(['nginx:1.28.0']);
  });
});
