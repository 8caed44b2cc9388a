import { describe, expect, it } from 'vitest';
import { judgeReport } from '../../../activities/support/spec-report.ts';

const FILE = 'site/install.spec.ts';

function report(...statuses: ('passed' | 'failed' | 'skipped')[]): string {
  const specs = statuses.map((status, index) => ({
    title: `test ${index}`,
    file: FILE,
    tests: [
      {
        expectedStatus: status === 'skipped' ? 'skipped' : 'passed',
        status: { passed: 'expected', failed: 'unexpected', skipped: 'skipped' }[status],
        annotations: [],
        results: [{ status, errors: status === 'failed' ? [{ message: 'boom' }] : [], attachments: [] }],
      },
    ],
  }));
  return JSON.stringify({ suites: [{ title: FILE, specs }], errors: [] });
}

function judged(text: string | undefined, exitCode: number, files = [FILE], atLeast = 1) {
  return judgeReport({
    report: text,
    exitCode,
    files,
    atLeast,
    redact: (value) => value.replaceAll('boom', '[redacted]'),
  });
}

describe('judgeReport', () => {
  it('passes when exit code and report agree that every test passed', () => {
    const outcome = judged(report('passed', 'passed'), 0);
    expect(outcome).toMatchObject({ status: 'pass' });
    expect(outcome.assertions).toHaveLength(2);
    expect(outcome.counts).toEqual({ passed: 2, failed: 0, skipped: 0 });
    expect(outcome.code).toBeUndefined();
  });

  it.each([
    [
      'a title that would stand in those of thousands of tests',
      'x'.repeat(1024 * 1024),
      9000,
      /titles of more/,
    ],
    ['more tests than anybody writes', 'group', 9000, /^9000 tests; at most 1000/],
  ])('does not judge %s [R-36]', (_what, title, tests, reason) => {
    const [suite] = (
      JSON.parse(report(...Array.from({ length: tests }, () => 'passed' as const))) as {
        suites: object[];
      }
    ).suites;
    const text = JSON.stringify({
      suites: [{ title: FILE, specs: [], suites: [{ ...suite, title }] }],
      errors: [],
    });
    const outcome = judged(text, 0);
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT' });
    expect(outcome.assertions[0]?.detail).toMatch(reason);
  });

  it('fails with the redacted message of the test', () => {
    const outcome = judged(report('passed', 'failed'), 1);
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC' });
    expect(outcome.assertions[1]).toEqual({ name: 'spec: test 1', ok: false, detail: `${FILE}: [redacted]` });
  });

  it.each([
    ['the report has failures but the exit code is 0', report('failed'), 0, [FILE]],
    ['the exit code is 1 but the report has no failures', report('passed'), 1, [FILE]],
    ['the runner was killed after a good report', report('passed'), 137, [FILE]],
    ['there is no report', undefined, 0, [FILE]],
    ['the report is cut short', report('passed').slice(0, -5), 0, [FILE]],
    ['the report has another shape', '{"tests": 3}', 0, [FILE]],
    ['nothing ran', JSON.stringify({ suites: [], errors: [] }), 0, [FILE]],
    ['one of the files had no test', report('passed'), 0, [FILE, 'site/custom/more.spec.ts']],
    ['a file ran that was not asked for', report('passed'), 0, ['site/custom/other.spec.ts']],
    [
      'the runner reports an error beside good tests',
      report('passed').replace('"errors":[]}', '"errors":[{}]}'),
      0,
      [FILE],
    ],
  ])('fails when %s [F-36]', (_what, text, exitCode, files) => {
    const outcome = judged(text, exitCode, files);
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT' });
    expect(outcome.assertions[0]?.ok).toBe(false);
  });

  it('is unverified when nothing failed but something was skipped [R-38]', () => {
    expect(judged(report('skipped'), 0)).toMatchObject({ status: 'unverified', assertions: [] });
    expect(judged(report('passed', 'skipped'), 0).reason).toBe(
      '1 of 2 specs were skipped: test 1 (no reason given)',
    );
    expect(judged(report('failed', 'skipped'), 1)).toMatchObject({ status: 'fail', code: 'E_SPEC' });
  });

  it('counts what passed, failed and was skipped [R-38]', () => {
    const { counts } = judged(report('passed', 'failed', 'skipped', 'skipped'), 1);
    expect(counts).toEqual({ passed: 1, failed: 1, skipped: 2 });
    expect(judged(undefined, 1).counts).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });

  it('fails when one test is there twice, also in two files [R-42 F-31]', () => {
    const copy = 'site/custom/copy.spec.ts';
    const twice = report('passed').replaceAll(FILE, copy);
    const parsed = [report('passed'), twice].map((text): unknown => JSON.parse(text));
    const suites = parsed.flatMap((one) => (one as { suites: unknown[] }).suites);
    const outcome = judged(JSON.stringify({ suites, errors: [] }), 0, [FILE, copy]);
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT' });
    expect(outcome.assertions[0]?.detail).toBe(`duplicate: more than one test is called "test 0" (${copy})`);
  });

  it('does not take one test for the two that a stage must have [R-32 F-32]', () => {
    const outcome = judged(report('passed'), 0, [FILE], 2);
    expect(outcome).toMatchObject({ status: 'fail', code: 'E_SPEC_COLLECT' });
    expect(outcome.assertions[0]?.detail).toContain('fewer than 2 specs');
    expect(judged(report('passed', 'passed'), 0, [FILE], 2).status).toBe('pass');
  });
});
