import { describe, expect, it } from 'vitest';
import { janitorDetails } from '../../../domain/janitor-details.ts';
import { guardDetails } from '../../../domain/guard-details.ts';
import type { GuardInput } from '../../../domain/guard.ts';
import { markdownTable, plainText } from '../../../domain/markdown.ts';
import type { Results, TeardownReport } from '../../../domain/results.ts';
import { poolDetails } from '../../../domain/pool-details.ts';
import { runDetails } from '../../../domain/run-details.ts';
import { withTeardown } from '../../../domain/with-teardown.ts';

const LEFT = [{ kind: 'volume', name: 'ghos_db' }] as const;
const REPORT: TeardownReport = {
  cause: 'released',
  killed: 0,
  removed: [],
  left: [],
  passes: 1,
  durationMs: 2_000,
};
const LEAKED: TeardownReport = { ...REPORT, left: [...LEFT], passes: 3 };
const RUN = {
  runId: 'run-ghost-1',
  title: 'ghost my_branch (3f2a9c1d)',
  host: 'a',
  progress: {
    phase: 'stages' as const,
    stages: [
      { name: 'install' as const, status: 'pass' as const, durationMs: 12_000, attempts: 2 },
      { name: 'upgrade' as const, status: 'fail' as const, attempts: 1, reason: `a|b\n${'x'.repeat(300)}` },
      { name: 'backup' as const, status: 'waiting' as const },
    ],
  },
};
const RESULTS = {
  verdict: 'failed',
  code: 'E_ASSERTION',
  reason: 'upgrade: gone',
  remedy: 'Read the log',
  partial: false,
  leaked: false,
  level: 1,
  teardown: REPORT,
} as unknown as Results;

describe('text of the details', () => {
  it('is one short line without markup of its own', () => {
    expect(plainText('a|b\n *c* `d` [e](f) <g> \\')).toBe('a\\|b \\*c\\* \\`d\\` \\[e\\](f) \\<g\\> \\\\');
    expect(plainText('x'.repeat(200), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  it('keeps the columns of a table', () => {
    expect(markdownTable(['a', 'b'], [['1', '2']])).toBe('| a | b |\n|---|---|\n| 1 | 2 |');
  });
});

describe('the details of a run', () => {
  it('begin with the phase, and have each stage with status, time, attempts and a short reason', () => {
    const text = runDetails(RUN);
    expect(text).toMatch(/^\*\*stages\*\*: ghost my\\_branch \(3f2a9c1d\)\n/);
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    expect(rows).toHaveLength(4);
    expect(rows[1]).toBe('| install | pass | 12\u00a0s | 2 |  |');
    expect(rows[2]).toMatch(/^\| upgrade \| \*\*fail\*\* \| {2}\| 1 \| a\\\|b x+… \|$/);
    expect(rows[2]?.length).toBeLessThan(250);
  });

  it('begin with the verdict at the end, then cause and what to do next', () => {
    const lines = runDetails({ ...RUN, results: RESULTS }).split('\n\n');
    expect(lines.slice(0, 3)).toEqual([
      '**failed**, level 1: ghost my\\_branch (3f2a9c1d)',
      'Cause: E\\_ASSERTION: upgrade: gone',
      'What to do next: Read the log',
    ]);
    expect(lines[3]).toContain('| backup | not reached |');
    expect(lines).toContain('Report: `runs/run-ghost-1/report.html`');
  });

  it('say why others get the host before it', () => {
    const waitingFor = 'ghcr.io answers 429, next try at 14:05 UTC';
    const text = runDetails({ ...RUN, progress: { ...RUN.progress, waitingFor } });
    expect(text.split('\n\n')[1]).toBe(`**Waiting**: ${waitingFor}`);
    expect(runDetails(RUN)).not.toContain('Waiting');
  });

  it('say until when the environment is held, why no longer, and how to end it', () => {
    const hold = { until: '2026-11-21T14:05:00.000Z', notice: 'a pull request waits' };
    const held = runDetails({ ...RUN, progress: { ...RUN.progress, phase: 'held', hold } });
    expect(held).toContain('**Held until 14:05 UTC.** a pull request waits. `cc-ci release run-ghost-1`');
    expect(runDetails({ ...RUN, progress: { ...RUN.progress, phase: 'done', hold } })).not.toContain('Held');
  });

  it('name what is left', () => {
    const results = { ...RESULTS, teardown: LEAKED, leaked: true };
    expect(runDetails({ ...RUN, results })).toMatch(
      /^\*\*failed\*\*, level 1, leaked:[^]*\*\*1 left\*\*: volume ghos\\_db/,
    );
  });
});

describe('the details of a pool', () => {
  it('say who has the host, who waits, and what is left alone until when', () => {
    const none = { host: 'a', holder: undefined, waiting: [], health: [] };
    expect(poolDetails(none)).toBe('**free**');
    const ill = {
      subject: 'registry ghcr.io',
      code: 'E_REGISTRY_DOWN',
      faults: 1,
      opened: 1,
      untilMs: Date.parse('2026-11-21T14:05:00Z'),
    } as const;
    const text = poolDetails({ ...none, holder: 'guard-run-a', waiting: ['guard-run-b'], health: [ill] });
    expect(text.split('\n')).toEqual([
      '**leased** to `guard-run-a`',
      '',
      '| what | state |',
      '|---|---|',
      '| place 1 | `guard-run-b` |',
      '| left alone | ghcr.io cannot be reached, next try at 14:05 UTC |',
    ]);
  });
});

describe('the details of a guard', () => {
  const input = {
    environment: { id: 'e', runId: 'run-ghost-1', host: 'a', apps: [{ domain: 'ghos-1.ci.test' }] },
    run: { recipe: 'ghost', ref: 'main' },
  } as unknown as GuardInput;

  it.each([
    [{ lease: 'waiting' }, '**waiting for the host**'],
    [{ lease: 'held' }, '**guarding**'],
    [{ lease: 'held', heldUntilMs: Date.parse('2026-11-21T14:05:00Z') }, '**held until 14:05 UTC**'],
    [{ lease: 'held', cause: 'parent-closed' }, '**removing**'],
    [{ lease: 'returned', cause: 'released', report: REPORT }, '**removed**: 0 objects, nothing left'],
    [{ lease: 'returned', cause: 'released', report: LEAKED }, '**1 left**: removal goes on'],
  ] as const)('of %j begin with %s', (now, first) => {
    expect(guardDetails(input, now).split('\n')[0]).toBe(first);
  });

  it('say what it guards, why it removes, in how many passes, and what is left', () => {
    const text = guardDetails(input, { lease: 'returned', cause: 'ttl', report: LEAKED, verdict: 'leaked' });
    expect(text).toContain('| guards | `ghos-1.ci.test` |');
    expect(text).toContain('| removal because | the time to live was over |');
    expect(text).toContain('| passes | 3 in 2.0 s |');
    expect(text).toContain('| left | volume ghos\\_db |');
    expect(text).toContain('| verdict of the run | leaked |');
  });
});

describe('results that were published before the removal', () => {
  const passed = { verdict: 'passed', partial: false, leaked: false } as unknown as Results;

  it('stand when nothing is left', () => {
    expect(withTeardown(passed, REPORT)).toEqual({ ...passed, teardown: REPORT, leaked: false });
  });

  it('become leaked when something is [F-25]', () => {
    expect(withTeardown(passed, LEAKED)).toMatchObject({
      verdict: 'leaked',
      class: 'leak',
      code: 'E_RESIDUE',
      leaked: true,
    });
  });

  it('stay failed, and say that something is left', () => {
    expect(withTeardown(RESULTS, LEAKED)).toMatchObject({
      verdict: 'failed',
      code: 'E_ASSERTION',
      leaked: true,
    });
  });
});

describe('the details of a janitor', () => {
  const finding = {
    environmentId: 'e1',
    holds: '1 volume',
    fate: 'orphan' as const,
    why: 'run gone, guard gone',
  };
  const report = { host: 'a', looks: 1, environments: [finding], omitted: 0, strangers: [] };

  it('show what was found, what stays for its name, and the alarm', () => {
    const alert = { code: 'E_JANITOR_LIMIT' as const, reason: 'too many', remedy: 'look' };
    const strangers = [{ kind: 'volume' as const, name: 'cust-1_data' }];
    const text = janitorDetails({ ...report, strangers, alert }, {});
    expect(text).toContain('**1 without an owner** on a');
    expect(text).toContain('| `e1` | unknown | 1 volume | orphan | run gone, guard gone |');
    expect(text).toContain('**E_JANITOR_LIMIT** too many. look');
    expect(text).toContain('cust-1\\_data');
  });

  it('say when it looks again, how many go, and that all is well', () => {
    expect(janitorDetails(report, { secondLook: '2026-01-02T03:04:05Z' })).toContain(
      'second look at 03:04 UTC',
    );
    expect(janitorDetails(report, { reclaiming: 1 })).toContain('**reclaiming 1** on a');
    expect(janitorDetails({ ...report, environments: [] }, {})).toBe('**everything on a has an owner**');
  });
});
