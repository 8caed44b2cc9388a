import { z } from 'zod';
import { recipeNameSchema } from './ids.ts';
import type { RecipeMarker, RecipeStep, RecipeWire } from './recipe-context.ts';
import { ssoWishSchema } from './sso.ts';
import { stageSchema } from './stages.ts';

export const envSchema = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

/** What `wire` of a recipe.ts must return. */
export const wiringSchema = z.strictObject({
  env: envSchema.optional(),
  secrets: z.record(z.string(), z.string().min(1)).optional(),
});

/** Grants of host features, given by the reviewed recipe folder and never by the change under test. */
export const grantsSchema = z
  .strictObject({
    /** Published ports, as `64738/udp`. */
    ports: z.array(z.string().regex(/^\d+\/(tcp|udp)$/)),
    /** Added capabilities, as `NET_ADMIN`. */
    capabilities: z.array(z.string()),
    /** Host paths that may be mounted, read-only, as written in the compose file. */
    binds: z.array(z.string().startsWith('/')),
    /** External networks besides `proxy`. */
    networks: z.array(z.string()),
    /** Upper bound of replicas of one service, above the general 5. */
    replicas: z.number().int().positive(),
  })
  .partial();
export type Grants = z.infer<typeof grantsSchema>;

export const healthSchema = z.strictObject({
  /** Path polled at the public hostname. */
  path: z.string().startsWith('/').default('/'),
  /** Accepted statuses. */
  status: z.array(z.number().int().min(100).max(599)).default([200]),
  /** Media type the answer must have, as `application/json`: a status alone is answered by placeholders too. */
  contentType: z.string().optional(),
  /** Text the body must contain. */
  contains: z.string().optional(),
});
export type Health = z.infer<typeof healthSchema>;

const stepSchema = z.custom<RecipeStep>((value) => typeof value === 'function', 'must be a function');

const wireSchema = z.custom<RecipeWire>((value) => typeof value === 'function', 'must be a function');

const markerSchema = z.custom<RecipeMarker>(
  (value) =>
    z.strictObject({ write: stepSchema, read: stepSchema, destroy: stepSchema }).safeParse(value).success,
  'must have the functions write, read and destroy, and nothing else',
);

/**
 * Shape of `recipes/<name>/recipe.ts`. Every key is optional: a recipe without a folder gets the generic lifecycle with
 * these defaults. Unknown keys and wrong types are load errors that name the path.
 */
export const recipeDefinitionSchema = z
  .strictObject({
    name: recipeNameSchema,
    /** Git URL of the recipe; the host's template (CCI_RECIPE_SOURCE) is used when absent. */
    source: z.string().optional(),
    /** Added to the app's env file after the sample has been copied; `{domain}` stands for the app's domain. */
    env: envSchema.default({}),
    /** Recipes that must be deployed and ready first; what those need comes with them. */
    deps: z
      .array(recipeNameSchema)
      .refine((names) => new Set(names).size === names.length, 'names a recipe twice')
      .default([]),
    /** Users of the app sign in through one of its dependencies. */
    sso: ssoWishSchema.optional(),
    /** Env and secrets that are computed from the dependencies, before the app's one deploy (spec R-52). */
    wire: wireSchema.optional(),
    health: healthSchema.prefault({}),
    /** Readiness beyond HTTP: every probe must succeed `times` in a row. */
    ready: z
      .array(
        z.discriminatedUnion('kind', [
          z.strictObject({
            kind: z.literal('tcp'),
            service: z.string(),
            port: z.number().int(),
            times: z.number().int().min(1).default(3),
          }),
          z.strictObject({
            kind: z.literal('exec'),
            service: z.string(),
            command: z.array(z.string()).min(1),
            times: z.number().int().min(1).default(1),
          }),
        ]),
      )
      .default([]),
    /** Seconds for one deploy with its convergence. */
    deployTimeoutSeconds: z.number().int().min(10).max(7200).default(900),
    httpTimeoutSeconds: z.number().int().min(1).max(3600).default(600),
    /** For how long the app must have been running when its run ends: what crashes later is not seen. */
    steadySeconds: z.number().int().min(0).max(600).default(25),
    /** Memory that all services of the app have at the peak of a run, both versions of the upgrade included (spec R-73). */
    memoryMib: z.number().int().positive().optional(),
    upgrade: z
      .strictObject({
        /** Version tag to upgrade from, where it is not the published version before the head (spec R-13). */
        base: z.string().optional(),
        /** Set in the app's env for the head only, as for a compose file that the base does not have (spec R-17). */
        env: envSchema.default({}),
      })
      .prefault({}),
    backup: z
      .strictObject({
        /** What every snapshot must hold besides what the labels say, as `{ volume: 'db-data', path: 'backup.sql' }`. */
        verify: z
          .array(
            z.strictObject({
              volume: z.string(),
              path: z.string(),
              minBytes: z.number().int().positive().default(1),
            }),
          )
          .default([]),
        /** How often the whole backup may be made until nothing is missing. */
        attempts: z.number().int().min(1).max(5).default(3),
      })
      .prefault({}),
    /** Where the app itself tells its version: a header, or the first group of a pattern in the body. */
    version: z
      .strictObject({
        path: z.string().startsWith('/').default('/'),
        header: z.string().optional(),
        pattern: z.string().optional(),
      })
      .refine(({ header, pattern }) => (header === undefined) !== (pattern === undefined), {
        message: 'needs exactly one of header and pattern',
      })
      .optional(),
    marker: markerSchema.optional(),
    /** Run right before the operation of a stage; also the place for a readiness gate of its own (spec R-06). */
    before: z
      .strictObject({
        install: stepSchema,
        upgrade: stepSchema,
        backup: stepSchema,
        restore: stepSchema,
        custom: stepSchema,
      })
      .partial()
      .default({}),
    /** Stages that cannot run for this recipe, each with the reason that stands in the results (spec R-41). */
    skip: z.partialRecord(stageSchema.exclude(['install', 'lint']), z.string().min(10)).default({}),
    host: grantsSchema.default({}),
  })
  .refine(({ sso, deps }) => sso === undefined || deps.includes(sso.provider), {
    path: ['sso', 'provider'],
    message: 'must be one of deps',
  })
  .refine(({ name, deps }) => !deps.includes(name), { path: ['deps'], message: 'names the recipe itself' });
export type RecipeDefinition = z.infer<typeof recipeDefinitionSchema>;
export type RecipeDefinitionInput = z.input<typeof recipeDefinitionSchema>;
