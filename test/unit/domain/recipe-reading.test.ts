import { describe, expect, it } from 'vitest';
import type { LintFinding } from '../../../domain/lint/finding.ts';
import type { Plan, Refusal } from '../../../domain/plan.ts';
import { fitReading, recipeReadingSchema } from '../../../domain/recipe-reading.ts';

const finding = (line: number): LintFinding => ({
  id: 'CCI-X',
  severity: 'error',
  file: 'compose.yml',
  line,
  message: 'm'.repeat(100),
  remedy: 'r',
});
const refusal = (line: number): Refusal => ({
  code: 'E_POLICY',
  rule: 'bind',
  file: 'compose.yml',
  line,
  message: 'm'.repeat(100),
});
const plan = (refusals: Refusal[]): Plan => ({
  head: { commit: 'a'.repeat(40), chaos: true },
  images: { base: [], head: [] },
  secrets: [],
  services: ['app'],
  specs: [],
  skips: [],
  before: [],
  limits: { deployTimeoutMs: 1, backupTimeoutMs: 1, restoreTimeoutMs: 1, httpTimeoutMs: 1, steadyMs: 1000 },
  refusals,
});
const many = <T>(make: (line: number) => T, count: number) =>
  Array.from({ length: count }, (_, index) => make(index + 1));

describe('the reading of a recipe', () => {
  it('is whole when there is room', () => {
    const reading = fitReading({ plan: plan([refusal(1)]), findings: [finding(1), finding(2)] });
    expect(reading).toEqual({ plan: plan([refusal(1)]), findings: [finding(1), finding(2)], omitted: 0 });
    expect(recipeReadingSchema.parse(reading)).toEqual(reading);
  });

  it('fits into a payload whatever the rules say, refusals before findings, and counts what is missing', () => {
    const reading = fitReading({ plan: plan(many(refusal, 200)), findings: many(finding, 100) }, 20_000);
    expect(JSON.stringify(reading).length).toBeLessThan(20_100);
    expect(reading.plan.refusals.length).toBeGreaterThan(50);
    expect(reading.plan.refusals[0]).toEqual(refusal(1));
    expect(reading.findings).toEqual([]);
    expect(reading.plan.refusals.length + reading.omitted).toBe(300);
  });
});
