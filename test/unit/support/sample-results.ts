import type { Results } from '../../../domain/results.ts';
import { gradeRungs } from '../../../domain/rungs.ts';
import { STAGES, type Stage, type StageResult } from '../../../domain/stages.ts';

export function sampleStage(name: Stage, changes: Partial<StageResult> = {}): StageResult {
  return {
    name,
    status: 'pass',
    durationMs: 1500,
    attempts: 1,
    assertions: [{ name: `${name} holds`, ok: true, detail: 'as expected' }],
    ...changes,
  };
}

/** Results of a whole run that passed, with every optional field but the cause of a failure. */
export function sampleResults(changes: Partial<Results> = {}): Results {
  const stages = changes.stages ?? STAGES.map((name) => sampleStage(name));
  return {
    schemaVersion: 2,
    runId: 'run-sample-3f2a9c1d',
    environmentId: '0a1b2c3d-0000-4000-8000-000000000001',
    recipe: 'sample',
    ref: 'main',
    head: '3f2a9c1d'.repeat(5),
    base: '1.0.0+2.3.4',
    chaosVersion: '3f2a9c1d',
    trigger: 'manual',
    host: 'test',
    startedAt: '2026-01-02T03:04:05.000Z',
    durationMs: 65_000,
    verdict: 'passed',
    level: 5,
    partial: false,
    leaked: false,
    deployCount: 1,
    expectedDeploys: 1,
    stagesWanted: [...STAGES],
    stages,
    rungs: gradeRungs(STAGES, stages),
    specs: { passed: 3, failed: 0, skipped: 0 },
    downtimeMs: 1200,
    downtime: {
      downtimeMs: 1200,
      longestMs: 800,
      requests: 90,
      failed: 12,
      unobservedMs: 0,
      mode: 'stop-first',
    },
    backup: { attempts: [{ attempt: 1, snapshot: 'abc', files: 3, bytes: 90, faults: [] }] },
    images: [{ name: 'nginx:1.27', digest: 'sha256:00' }],
    teardown: {
      cause: 'released',
      killed: 0,
      removed: [{ kind: 'service', name: 'samp_app' }],
      left: [],
      passes: 1,
      durationMs: 3100,
    },
    ...changes,
  };
}
