import { describe, expect, it } from 'vitest';
import { buildResults, type RunFacts } from '../../../domain/build-results.ts';
import { runInputSchema } from '../../../domain/plan.ts';
import { resultsSchema } from '../../../domain/results.ts';
import { STAGES } from '../../../domain/stages.ts';
import { sampleResults } from '../support/sample-results.ts';
import { stage, stages } from './verdict-bench.ts';

const head = { commit: '3f2a9c1d'.repeat(5), chaos: true };
const app = { role: 'app', recipe: 'sample', source: '/', domain: 's.ci.test', stack: 's_ci_test' };
const input = runInputSchema.parse({
  recipe: 'sample',
  source: '/sample',
  head: head.commit,
  ref: 'main',
  stages: [...STAGES],
  trigger: 'manual',
  host: 'test',
  zone: 'ci.test',
  instance: '0a1b2c3d',
  deadlineMs: 1,
  leaseWaitMs: 1,
});

function facts(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    input,
    runId: 'run-sample',
    environment: {
      id: '0a1b2c3d-0000-4000-8000-000000000001',
      runId: 'run-sample',
      instance: '0a1b2c3d',
      host: 'test',
      apps: [app],
    },
    plan: {
      head,
      base: { commit: '1'.repeat(40), tag: '1.0.0+2.3.4', chaos: false },
      images: { base: [], head: [] },
      secrets: [],
      services: [],
      specs: [],
      skips: [],
      before: [],
      limits: { deployTimeoutMs: 1, httpTimeoutMs: 1, steadyMs: 1, backupTimeoutMs: 1, restoreTimeoutMs: 1 },
      refusals: [],
    },
    startedAt: '2026-01-02T03:04:05.000Z',
    nowMs: Date.parse('2026-01-02T03:04:15.000Z'),
    stages: stages(),
    deployCount: 1,
    images: [],
    ...changes,
  };
}

describe('the results', () => {
  it('expect no deploy of a dependency that is kept warm, ready or not [C-01, R-02]', () => {
    const warm = {
      recipe: 'keycloak',
      domain: 'warm-keycloak.ci.test',
      version: '1.0.0+26.4.0',
      warm: true,
      durationMs: 1,
    };
    const ready = buildResults(facts({ dependencies: [{ ...warm, ready: true }] }));
    expect(ready).toMatchObject({ verdict: 'passed', expectedDeploys: 1, dependencies: [{ warm: true }] });
    const unready = buildResults(facts({ dependencies: [{ ...warm, ready: false, reason: 'it is ill' }] }));
    expect(unready).toMatchObject({ verdict: 'errored', expectedDeploys: 1 });
  });

  it('of a run fit their schema and hold what it came to, failed attempts too [R-43 R-45]', () => {
    const { downtime } = sampleResults();
    const attempts = [
      { attempt: 1, files: 1, bytes: 0, faults: ['db: backup.sql is empty'] },
      { attempt: 2, snapshot: 'ab', files: 2, bytes: 9, faults: [] },
    ];
    const results = buildResults(
      facts({
        stages: stages(
          stage('install', 'pass', { specs: { passed: 2, failed: 0, skipped: 0 } }),
          stage('custom', 'pass', { specs: { passed: 3, failed: 0, skipped: 0 } }),
        ),
        downtime,
        backupAttempts: attempts,
        markers: [],
        lint: [],
        chaosVersion: '3f2a9c1d',
      }),
    );
    expect(resultsSchema.parse(results)).toEqual(results);
    expect(results).toMatchObject({
      schemaVersion: 2,
      verdict: 'passed',
      level: 5,
      base: '1.0.0+2.3.4',
      chaosVersion: '3f2a9c1d',
      durationMs: 10_000,
      specs: { passed: 5, failed: 0, skipped: 0 },
      downtimeMs: 1200,
      backup: { attempts },
      deployCount: 1,
      expectedDeploys: 1,
      leaked: false,
    });
    expect(results.rungs.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass']);
  });

  it('of a run that ended early have no downtime, no backup and no deploy to expect [R-02]', () => {
    const ended = { code: 'E_POLICY', reason: 'compose.yml:3: host network' } as const;
    const results = buildResults(facts({ environment: undefined, stages: [], ended, deployCount: 0 }));
    expect(resultsSchema.parse(results)).toEqual(results);
    expect(results).toMatchObject({ verdict: 'failed', level: 0, downtimeMs: null, expectedDeploys: 0 });
    for (const key of ['backup', 'downtime', 'markers', 'lint', 'baseFailure']) {
      expect(results).not.toHaveProperty(key);
    }
  });

  it('of a broken base keep its own cause, and grade the head that was installed instead', () => {
    const results = buildResults(
      facts({
        baseFailure: { code: 'E_CRASH_LOOP', reason: 'app: exits with 1' },
        stages: stages(stage('upgrade', 'unverified', { code: 'E_BASE_BROKEN', reason: 'no base' })),
      }),
    );
    expect(results).toMatchObject({
      verdict: 'base-broken',
      code: 'E_BASE_BROKEN',
      class: 'base',
      reason: 'base 1.0.0+2.3.4: app: exits with 1',
      baseFailure: { code: 'E_CRASH_LOOP', reason: 'app: exits with 1' },
      level: 1,
    });
    expect(results.rungs.map(({ status }) => status)).toEqual(['pass', 'unverified', 'pass', 'pass', 'pass']);
  });

  it('of the other stages stay valid when one could not be verified [R-40]', () => {
    const unverified = stage('custom', 'unverified', { code: 'E_SPEC', reason: 'the provider is not ready' });
    const results = buildResults(facts({ stages: stages(unverified) }));
    expect(results).toMatchObject({ verdict: 'errored', level: 3 });
    expect(results.stages.filter(({ status }) => status === 'pass')).toHaveLength(5);
    const clean = buildResults(facts());
    expect(results.rungs.toSpliced(3, 1)).toEqual(clean.rungs.toSpliced(3, 1));
  });
});
