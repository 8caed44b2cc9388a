import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { examineFixture } from '../support/examine-fixture.ts';

const ROOT = fileURLToPath(new URL('../../fixtures/hostile/', import.meta.url));
const caseSchema = z.strictObject({ code: z.string(), rule: z.string(), file: z.string(), line: z.number() });

const cases = readdirSync(ROOT).map((name) => ({
  name,
  expected: caseSchema.parse(JSON.parse(readFileSync(`${ROOT}${name}/case.json`, 'utf8'))),
}));

describe('a hostile recipe', () => {
  it('comes in every form that the policy names', () => {
    expect(cases.length).toBeGreaterThanOrEqual(26);
  });

  it.each(cases)('$name is refused at its line, with nothing to deploy', async ({ name, expected }) => {
    const examination = await examineFixture(`${ROOT}${name}`);
    const places = examination.refusals.map(({ code, rule, file, line }) => ({ code, rule, file, line }));
    expect(places).toEqual([expected]);
    expect(examination.stack).toBeUndefined();
  });
});
