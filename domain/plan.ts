import { z } from 'zod';
import { MOST_HOLD_MS } from './hold.ts';
import { commitSchema, environmentIdSchema, recipeNameSchema, roleSchema } from './ids.ts';
import { repositorySpecsSchema } from './repository-specs.ts';
import { realmNameSchema, ssoProviderSchema } from './sso.ts';
import { earlierRunSchema } from './standard-of-proof.ts';
import { stageSchema, type Stage } from './stages.ts';
import { usualTimeSchema } from './timing.ts';

export const triggerSchema = z.enum(['manual', 'pull-request', 'sweep']);

/** Whether stages have what they need: all but lint work on what install deploys, and restore on what backup saved. */
export function areComplete(stages: readonly Stage[]): boolean {
  if (stages.includes('restore') && !stages.includes('backup')) return false;
  return stages.includes('install') || stages.every((stage) => stage === 'lint');
}

/** Input of the `recipeRun` workflow. Everything that could move has been pinned by whoever read the trigger. */
export const runInputSchema = z.object({
  recipe: recipeNameSchema,
  /** URL or absolute path of the recipe's git repository; never with user info. */
  source: z.string().min(1),
  head: commitSchema,
  /** Where the repositories of dependencies lie: a URL or path with `{recipe}` in it. */
  sources: z.string().includes('{recipe}').optional(),
  /** What the head was called when it was pinned ("main", "v2", "3f2a9c1"); for people only. */
  ref: z.string().min(1),
  /** The head is a snapshot of a work tree with changes that nobody has committed. */
  dirty: z.literal(true).optional(),
  /** Version tag to upgrade from; resolved by `prepare` when absent. */
  base: z.string().optional(),
  /** Stages wanted, in any order. A proper subset makes the run partial. */
  stages: z
    .array(stageSchema)
    .min(1)
    .refine(areComplete, 'install, and backup before restore, are needed too'),
  trigger: triggerSchema,
  pullRequest: z.number().int().positive().optional(),
  host: z.string().min(1),
  zone: z.string().min(1),
  instance: z.string().regex(/^[0-9a-f]{8}$/),
  /** Upper bound of the run from the moment its lease is granted. */
  deadlineMs: z.number().int().positive(),
  /** How long the run may wait for a host; waiting never turns a run red. */
  leaseWaitMs: z.number().int().positive(),
  /** How long the environment stays after the stages, for people to look at; this does not count for the deadline. */
  holdMs: z.number().int().positive().max(MOST_HOLD_MS).optional(),
});
export type RunInput = z.infer<typeof runInputSchema>;

/** One commit of the recipe under test. */
export const versionSchema = z.object({
  commit: commitSchema,
  /** The version tag of the commit, `X.Y.Z+upstream`, when it has one. */
  tag: z.string().optional(),
  /** Deployed as a change under review (abra's chaos mode) rather than as a published version. */
  chaos: z.boolean(),
  /** A snapshot of a work tree with changes that nobody has committed. */
  dirty: z.literal(true).optional(),
});
export type Version = z.infer<typeof versionSchema>;

export const appSchema = z.object({
  role: roleSchema,
  recipe: recipeNameSchema,
  source: z.string(),
  domain: z.string(),
  stack: z.string(),
});
export type App = z.infer<typeof appSchema>;

/** An identity provider that is kept warm, in an environment of its own. */
export const warmPlaceSchema = z.object({
  provider: ssoProviderSchema,
  /** The environment of the provider. */
  environmentId: environmentIdSchema,
  app: appSchema,
});
export type WarmPlace = z.infer<typeof warmPlaceSchema>;

/** What a run has at a provider that is kept warm. */
export const realmSchema = warmPlaceSchema.extend({ name: realmNameSchema });
export type Realm = z.infer<typeof realmSchema>;

/**
 * An environment: all that one run may create, known before any of it exists. It is the whole input of whoever removes
 * it, so nothing has to be asked of a run that may be gone.
 */
export const environmentSchema = z.object({
  id: environmentIdSchema,
  runId: z.string().min(1),
  instance: z.string(),
  host: z.string(),
  /** In the order of deployment; removal goes in reverse. */
  apps: z.array(appSchema).min(1),
  /** Made for the run at providers that belong to nobody's run; absent when there are none. */
  realms: z.array(realmSchema).optional(),
  /** Made up from the labels of what was found: the names of such an environment prove nothing. */
  byLabelOnly: z.literal(true).optional(),
});
export type Environment = z.infer<typeof environmentSchema>;

export const limitsSchema = z.object({
  /** Bound on one deploy with its convergence (spec R-59); the app's own TIMEOUT stays strictly below it. */
  deployTimeoutMs: z.number().int().positive(),
  /** Bound on all attempts of a backup together, each with its hooks. */
  backupTimeoutMs: z.number().int().positive(),
  restoreTimeoutMs: z.number().int().positive(),
  /** Bound on polls over the public hostname. */
  httpTimeoutMs: z.number().int().positive(),
  /** For how long the app must have been running at the end of its run. */
  steadyMs: z.number().int().nonnegative(),
});
export type Limits = z.infer<typeof limitsSchema>;

/** An app that has to be there before the app under test. */
export const plannedDependencySchema = z.object({
  recipe: recipeNameSchema,
  source: z.string(),
  /** The newest published version. */
  version: versionSchema.extend({ tag: z.string() }),
  images: z.array(z.string()),
  /** Recipes that it needs itself; all of them are dependencies of the run as well. */
  deps: z.array(recipeNameSchema),
  limits: limitsSchema,
  /** Memory that it is taken to need (domain/memory.ts), 0 when nothing is known; absent in plans of earlier builds. */
  memoryBytes: z.number().optional(),
  /** The one that is kept warm, which the run uses instead of deploying one. */
  warm: warmPlaceSchema.optional(),
});
export type PlannedDependency = z.infer<typeof plannedDependencySchema>;

/** What `prepare` found out about the recipe before anything is created. */
export const planSchema = z.object({
  head: versionSchema,
  /** Absent when there is nothing to upgrade from, or the upgrade stage is not asked for. */
  base: versionSchema.optional(),
  /** Image references by the version that needs them. */
  images: z.object({ base: z.array(z.string()), head: z.array(z.string()) }),
  /** Images that the host did not have when the recipe was read; absent when it could not be asked. */
  absent: z.array(z.string()).optional(),
  /** Names of the swarm secrets, without values. */
  secrets: z.array(z.string()),
  services: z.array(z.string()),
  /** Each behind all that it needs; absent when the recipe needs nothing. */
  dependencies: z.array(plannedDependencySchema).optional(),
  /** Memory that the app is taken to need (domain/memory.ts), 0 when nothing is known; absent in plans of earlier builds. */
  memoryBytes: z.number().optional(),
  /** Those that the recipe names itself. */
  deps: z.array(recipeNameSchema).optional(),
  /** What the recipe folder changes of the rendered stack; absent when it changes nothing. */
  overlay: z.array(z.string()).optional(),
  /** Stages of the recipe that have specs. */
  specs: z.array(stageSchema),
  /** Specs that the head's own repository brings; absent when it brings none. */
  repositorySpecs: repositorySpecsSchema.optional(),
  /** Stages that will not run, with the reason: declared in recipe.ts, or for want of what they need. */
  skips: z.array(z.object({ stage: stageSchema, reason: z.string() })),
  /** Stages before which the recipe has a step of its own to run. */
  before: z.array(stageSchema),
  /** Whole runs of the recipe on this host, newest first; absent when the index cannot be read. */
  earlier: z.array(earlierRunSchema).optional(),
  /** How long the stages usually take; absent when the index cannot be read. */
  usual: z.array(usualTimeSchema).optional(),
  limits: limitsSchema,
  /** Refusals of the policy and faults of the rendering; a non-empty list ends the run before anything is created. */
  refusals: z.array(
    z.object({
      code: z.enum(['E_POLICY', 'E_RENDER']),
      rule: z.string(),
      file: z.string(),
      line: z.number().int().positive(),
      message: z.string(),
    }),
  ),
});
export type Plan = z.infer<typeof planSchema>;
export type Refusal = Plan['refusals'][number];
