import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { judgeReport } from '../../../activities/support/spec-report.ts';

/** Reports that Playwright Test 1.65.1 wrote, with its folders renamed. */
const RECORDED = join(import.meta.dirname, '..', '..', 'fixtures', 'recorded');

function judged(file: string, change = (text: string) => text) {
  const report = change(readFileSync(join(RECORDED, file), 'utf8'));
  const input = { report, exitCode: 1, files: ['site/install.spec.ts'], redact: (text: string) => text };
  return judgeReport(input);
}

it('tests of every outcome, alone and in groups, are read from a recorded report [O-59]', () => {
  const { status, code, counts, assertions, attachments } = judged('playwright-report.json');
  expect({ status, code, counts }).toEqual({
    status: 'fail',
    code: 'E_SPEC',
    counts: { passed: 2, failed: 3, skipped: 1 },
  });
  expect(assertions.map(({ name, ok }) => [name, ok])).toEqual([
    ['spec: answers', true],
    ['spec: is known to be broken', false],
    ['spec: waits for ever', false],
    ['spec: the editor › saves a page', true],
    ['spec: the editor › shows the title', false],
  ]);
  expect(assertions[2]?.detail).toBe('site/install.spec.ts: Test timeout of 300ms exceeded.');
  // Without the colours that the report has.
  expect(assertions[4]?.detail).toContain('Expected: "My site"\nReceived: "Welcome"');
  expect(attachments.map(({ test }) => test)).toContain('the editor › shows the title');
});

it('the place of a mistake is read from a recorded report of specs that do not load [O-59]', () => {
  const { code, assertions } = judged('playwright-syntax-error.json');
  expect(code).toBe('E_SPEC_COLLECT');
  expect(assertions).toMatchObject([
    { ok: false, detail: expect.stringMatching(/^SyntaxError: .*install\.spec\.ts.* \(3:0\)$/) as string },
  ]);
});

it.each([
  ['a reason of a skip is missing', /,\s*"description": "the provider is not ready"/g, '', 'E_SPEC'],
  ['an error has no message', /"message": "[^"]*Test timeout[^"]*"/g, '"value": "thrown"', 'E_SPEC'],
  ['there is a field nobody knows', '"suites": [', '"later": {}, "suites": [', 'E_SPEC'],
  ['the results of tests are missing', /"results": \[/g, '"outcomes": [', 'E_SPEC_COLLECT'],
  ['a test ended in a way nobody knows', '"status": "unexpected"', '"status": "odd"', 'E_SPEC_COLLECT'],
])('a recorded report is red, and never a crash, when %s [O-59]', (_what, from, to, code) => {
  const change = (text: string) => {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    return changed;
  };
  expect(judged('playwright-report.json', change)).toMatchObject({ status: 'fail', code });
});
