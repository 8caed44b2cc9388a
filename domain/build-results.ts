import type { ErrorCode } from './errors.ts';
import type { Environment, Plan, RunInput } from './plan.ts';
import type { Results, TeardownReport } from './results.ts';
import { STAGES, type StageResult } from './stages.ts';
import { grade } from './verdict.ts';

/** All that is known about a run when its results are written, by the run itself or by its guard. */
export interface RunFacts {
  readonly input: RunInput;
  readonly runId: string;
  readonly environment?: Environment | undefined;
  readonly plan?: Plan | undefined;
  /** ISO time. */
  readonly startedAt: string;
  readonly nowMs: number;
  readonly stages: readonly StageResult[];
  readonly ended?: { readonly code: ErrorCode; readonly reason: string } | undefined;
  readonly teardown?: TeardownReport | undefined;
  readonly deployCount: number | undefined;
  readonly images: Results['images'];
}

/** Grades the facts and puts them into the form of `results.json`. */
export function buildResults(facts: RunFacts): Results {
  const { input, environment, plan, teardown } = facts;
  const leaked = (teardown?.left.length ?? 0) > 0;
  // One deploy per app, and none when the run ended before it had an environment (spec R-02).
  const expectedDeploys = environment?.apps.length ?? 0;
  const graded = grade({
    wanted: input.stages,
    stages: facts.stages,
    ...(facts.ended ? { ended: facts.ended } : {}),
    baseBroken: false,
    leaked,
    deployCount: facts.deployCount,
    expectedDeploys,
  });
  const app = environment?.apps.at(-1);
  return {
    schemaVersion: 1,
    runId: facts.runId,
    ...(environment ? { environmentId: environment.id } : {}),
    recipe: input.recipe,
    ref: input.ref,
    head: input.head,
    ...(plan?.base?.tag === undefined ? {} : { base: plan.base.tag }),
    ...(plan?.head.tag === undefined ? {} : { version: plan.head.tag }),
    trigger: input.trigger,
    host: input.host,
    ...(app ? { domain: app.domain } : {}),
    startedAt: facts.startedAt,
    durationMs: Math.max(0, facts.nowMs - Date.parse(facts.startedAt)),
    ...graded,
    leaked,
    deployCount: facts.deployCount ?? null,
    expectedDeploys,
    stagesWanted: STAGES.filter((stage) => input.stages.includes(stage)),
    stages: [...facts.stages],
    images: [...facts.images],
    ...(teardown ? { teardown } : {}),
  };
}
