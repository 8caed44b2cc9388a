import type { ReportFacts } from '../../../activities/support/report/facts.ts';
import { gradeRungs } from '../../../domain/rungs.ts';
import { STAGES } from '../../../domain/stages.ts';
import { sampleResults, sampleStage } from './sample-results.ts';

/** What tries to become a part of the page, from wherever text may come. */
export const INJECTION = `<script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;

/** One transparent point. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const START = Date.parse('2026-01-02T03:04:05.000Z');

/** A run that passed, with something in every part of the report. */
export function greenFacts(changes: Partial<ReportFacts> = {}): ReportFacts {
  const results = sampleResults({
    stages: STAGES.map((name, index) =>
      sampleStage(name, { startedAt: new Date(START + index * 5000).toISOString() }),
    ),
    images: [
      { name: 'nginx:1.27', digest: 'sha256:0a0a' },
      { name: 'nginx:1.26', digest: 'sha256:0b0b' },
    ],
    markers: [
      {
        id: 'file data',
        kind: 'file',
        service: 'app',
        what: 'a file in volume data',
        backedUp: true,
        volume: 'data',
        path: 'm.txt',
      },
    ],
    lint: [
      {
        id: 'CCI-1',
        severity: 'warning',
        file: 'compose.yml',
        line: 7,
        message: 'has no health check',
        remedy: 'add one',
      },
    ],
    proof: { greens: 1, needed: 1 },
  });
  return {
    results,
    plan: {
      head: { commit: results.head, chaos: true },
      images: { base: ['nginx:1.26'], head: ['nginx:1.27'] },
      secrets: [],
      services: ['app'],
      specs: [],
      skips: [],
      before: [],
      limits: {
        deployTimeoutMs: 1,
        backupTimeoutMs: 1,
        restoreTimeoutMs: 1,
        httpTimeoutMs: 1,
        steadyMs: 1000,
      },
      refusals: [],
    },
    waits: [{ at: new Date(START + 5100).toISOString(), stage: 'install', waitingFor: 'app: starting, 0/1' }],
    samples: [0, 100, 200, 300, 2400, 2500].map((offset) => ({
      at: START + 10_000 + offset,
      tookMs: 20 + offset / 100,
      ok: offset !== 100,
      ...(offset === 100 ? { fault: '502 from the ingress' } : {}),
    })),
    backups: [],
    logs: [
      { name: 'install.log', stage: 'install', lines: ['first line', '\u001b[32m✓\u001b[39m a spec passed'] },
      { name: 'services/0a1b2c3d/app.log', lines: ['app | ready to serve'] },
    ],
    screenshots: [{ name: 'install-1-start.png', content: PNG }, { name: 'custom-1-huge.png' }],
    traces: [],
    files: ['junit.xml', 'results.json'],
    ...changes,
  };
}

/** A run whose install failed on the second attempt; hostile text wherever others have a say. */
export function redFacts(changes: Partial<ReportFacts> = {}): ReportFacts {
  const green = greenFacts();
  const stages = [
    sampleStage('lint'),
    sampleStage('install', {
      status: 'fail',
      code: 'E_SPEC',
      reason: `spec: shows the start page: ${INJECTION}`,
      attempts: 2,
      assertions: [
        { name: 'every service has converged', ok: true, detail: 'app 1/1' },
        {
          name: `spec: shows ${INJECTION}`,
          ok: false,
          detail: `expected 200, got ${INJECTION}`,
          code: 'E_SPEC',
        },
      ],
    }),
  ];
  const { level: _level, downtime: _downtime, backup: _backup, ...rest } = green.results;
  return {
    ...green,
    results: {
      ...rest,
      recipe: 'sample',
      ref: INJECTION,
      verdict: 'failed',
      class: 'test',
      code: 'E_SPEC',
      reason: `install: shows the start page: ${INJECTION}`,
      remedy: 'read the trace of the spec',
      level: 0,
      leaked: true,
      downtimeMs: null,
      stages,
      rungs: gradeRungs(STAGES, stages),
      teardown: {
        cause: 'released',
        killed: 1,
        removed: [],
        left: [{ kind: 'volume', name: 'samp_data' }],
        passes: 3,
        durationMs: 60_000,
      },
    },
    samples: [],
    logs: [
      {
        name: 'install.log',
        stage: 'install',
        lines: ['one', INJECTION, `\u001b[31m${INJECTION}\u001b[0m`, 'four'],
      },
      { name: 'services/0a1b2c3d/app.log', lines: ['a', 'z'], cut: { bytes: 4096, beforeLine: 1 } },
    ],
    traces: ['install-1-start.zip'],
    ...changes,
  };
}
