import { z } from 'zod';
import { environmentIdSchema, recipeNameSchema } from './ids.ts';
import {
  environmentSchema,
  plannedDependencySchema,
  type Environment,
  type PlannedDependency,
  type WarmPlace,
} from './plan.ts';
import { ownedSchema, type TeardownReport } from './results.ts';
import { ssoProviderSchema, type SsoProvider } from './sso.ts';

/** How often a provider that is kept warm is looked at. */
export const PROBE_EVERY_MS = 60_000;
/** What was seen longer ago says nothing: five looks have failed to come since. */
export const STALE_AFTER_MS = 5 * PROBE_EVERY_MS;

/** What one look at a provider came to. */
export const warmLookSchema = z.object({
  healthy: z.boolean(),
  /** Why it cannot be used. */
  reason: z.string().optional(),
  /** Realms of runs; absent when they could not be listed. */
  realms: z.number().int().nonnegative().optional(),
  /** ISO time. */
  at: z.iso.datetime(),
});
export type WarmLook = z.infer<typeof warmLookSchema>;

/** The file that tells everybody on the host of a provider that is kept warm. Holds no secret. */
export const warmRecordSchema = warmLookSchema.extend({
  environment: environmentSchema,
  version: plannedDependencySchema.shape.version,
});
export type WarmRecord = z.infer<typeof warmRecordSchema>;

/** `failed` and `removed` are the ends; in all other phases somebody sees to the provider. */
export const WARM_PHASES = [
  'planning',
  'deploying',
  'serving',
  'upgrading',
  'removing',
  'removed',
  'failed',
] as const;

/** How a provider that is kept warm stands; also what its workflow ends with. */
export const warmStatusSchema = warmLookSchema.partial().extend({
  recipe: recipeNameSchema,
  phase: z.enum(WARM_PHASES),
  environmentId: environmentIdSchema.optional(),
  domain: z.string().optional(),
  /** Version tag that serves. */
  version: z.string().optional(),
  /** Version tag that is being deployed. */
  wanted: z.string().optional(),
  /** Why it did not come up, or why its last upgrade failed. */
  fault: z.string().optional(),
  /** Objects that were removed, in the phases of the removal. */
  removed: z.number().int().nonnegative().optional(),
  left: z.array(ownedSchema).optional(),
});
export type WarmStatus = z.infer<typeof warmStatusSchema>;

/** What serves. */
export interface Serving {
  readonly environment: Environment;
  readonly planned: PlannedDependency;
}

/** Input of the `warmProvider` workflow. */
export interface WarmInput {
  readonly recipe: SsoProvider;
  readonly host: string;
  readonly zone: string;
  readonly instance: string;
  /** Where the repositories of recipes lie: a URL or path with `{recipe}` in it. */
  readonly sources: string;
  readonly probeEveryMs: number;
  /** When it goes on with an empty history. */
  readonly sofar?: {
    readonly serving: Serving;
    readonly status: WarmStatus;
    /** It is being removed: what has come of that. */
    readonly teardown?: TeardownReport;
  };
}

/** What the newest published version would be. */
export interface WarmPlan {
  readonly planned: PlannedDependency;
  /** A whole run on this host whose head was that version has passed. */
  readonly proven: boolean;
}

/** The provider of an environment that was made to keep one warm. */
export function warmPlace({ id, apps }: Environment): WarmPlace {
  const app = apps.at(-1);
  if (!app) throw new Error('an environment has at least one app');
  return { provider: ssoProviderSchema.parse(app.recipe), environmentId: id, app };
}
