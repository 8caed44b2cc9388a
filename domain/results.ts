import { z } from 'zod';
import { backupAttemptSchema } from './backup.ts';
import { dependencyResultSchema } from './dependencies.ts';
import { downtimeSchema } from './downtime.ts';
import { failureSchema } from './failure-signature.ts';
import { lintFindingSchema } from './lint/finding.ts';
import { markerSchema } from './markers.ts';
import { rungSchema } from './rungs.ts';
import { specCountsSchema, stageResultSchema, stageSchema } from './stages.ts';
import { timingSchema } from './timing.ts';

export const VERDICTS = ['passed', 'failed', 'errored', 'leaked', 'cancelled', 'base-broken'] as const;
export const verdictSchema = z.enum(VERDICTS);
export type Verdict = z.infer<typeof verdictSchema>;

/** How much a recipe has proven by whole runs that passed in a row (domain/standard-of-proof.ts). */
export const proofSchema = z.object({
  /** This one included. */
  greens: z.number().int().nonnegative(),
  /** How many it takes until the recipe counts as working. */
  needed: z.number().int().positive(),
});
export type Proof = z.infer<typeof proofSchema>;

/** Exit code of the command line for each verdict; 2 is wrong usage. */
export const EXIT_CODES: Record<Verdict, number> = {
  passed: 0,
  failed: 1,
  errored: 3,
  leaked: 4,
  cancelled: 5,
  'base-broken': 6,
};

/** Why a guard began the teardown. */
export const teardownCauseSchema = z.enum([
  'released',
  'abnormal',
  'parent-closed',
  'parent-gone',
  'orphaned',
  'ttl',
  'adopted',
]);
export type TeardownCause = z.infer<typeof teardownCauseSchema>;

/** One thing an environment owns: a Docker object, a file, or a realm at a provider that is kept warm. */
export const ownedSchema = z.object({
  kind: z.enum(['service', 'container', 'volume', 'secret', 'config', 'network', 'file', 'realm']),
  name: z.string(),
});
export type Owned = z.infer<typeof ownedSchema>;

export const teardownReportSchema = z.object({
  cause: teardownCauseSchema,
  /** Processes of the environment that had to be killed before the removal. */
  killed: z.number().int().nonnegative(),
  removed: z.array(ownedSchema),
  left: z.array(ownedSchema),
  passes: z.number().int().nonnegative(),
  durationMs: z.number().nonnegative(),
});
export type TeardownReport = z.infer<typeof teardownReportSchema>;

export const resultsSchema = z.object({
  schemaVersion: z.literal(2),
  runId: z.string(),
  environmentId: z.string().optional(),
  recipe: z.string(),
  ref: z.string(),
  head: z.string(),
  base: z.string().optional(),
  version: z.string().optional(),
  /** The label by which the deployed head names its tree: 8 hex, `+U` when the tree was changed. */
  chaosVersion: z.string().optional(),
  trigger: z.string(),
  host: z.string(),
  domain: z.string().optional(),
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  verdict: verdictSchema,
  /** Class and code of the first cause; absent when the verdict is passed. */
  class: z.string().optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  remedy: z.string().optional(),
  /** Highest rung passed with every lower one passed or skipped; absent in a partial run. */
  level: z.number().int().min(0).max(5).optional(),
  partial: z.boolean(),
  leaked: z.boolean(),
  /** Null when the record of the deploys could not be read; such a run is never green. */
  deployCount: z.number().int().nonnegative().nullable(),
  expectedDeploys: z.number().int().nonnegative(),
  /** What cc-ci changed of the recipe's stack (`compose.ccci.yml`); absent when it changed nothing. */
  overlay: z.array(z.string()).optional(),
  /** In the order of their deployment; absent when the recipe has none. */
  dependencies: z.array(dependencyResultSchema).optional(),
  stagesWanted: z.array(stageSchema),
  stages: z.array(stageResultSchema),
  /** The five rungs, lowest first. */
  rungs: z.array(rungSchema).length(5),
  /** Specs of all stages by outcome. */
  specs: specCountsSchema,
  /** Time in which the public hostname did not answer well during the upgrade; null when it was not watched. */
  downtimeMs: z.number().nonnegative().nullable(),
  downtime: downtimeSchema.optional(),
  /** Every whole backup that was made, failed ones too. */
  backup: z.object({ attempts: z.array(backupAttemptSchema) }).optional(),
  markers: z.array(markerSchema).optional(),
  lint: z.array(lintFindingSchema).optional(),
  /** Absent in a partial run, and when the earlier runs are not known. */
  proof: proofSchema.optional(),
  /** How to recognise the failure; absent when the verdict is passed or cancelled. */
  failure: failureSchema.optional(),
  /** Stages that passed beside what is usual for them; absent when the earlier runs are not known. */
  timing: z.array(timingSchema).optional(),
  /** Why the version to upgrade from did not install. */
  baseFailure: z.object({ code: z.string(), reason: z.string() }).optional(),
  images: z.array(z.object({ name: z.string(), digest: z.string() })),
  teardown: teardownReportSchema.optional(),
});
/** The document `results.json`; its fields are described in docs/results.md. */
export type Results = z.infer<typeof resultsSchema>;
