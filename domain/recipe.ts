import { z } from 'zod';
import { recipeNameSchema } from './ids.ts';

const envSchema = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

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

/**
 * Shape of `recipes/<name>/recipe.ts`. Every key is optional: a recipe without a folder gets the generic lifecycle with
 * these defaults. Unknown keys and wrong types are load errors that name the path.
 */
export const recipeDefinitionSchema = z.strictObject({
  name: recipeNameSchema,
  /** Git URL of the recipe; the host's template (CCI_RECIPE_SOURCE) is used when absent. */
  source: z.string().optional(),
  /** Added to the app's env file after the sample has been copied; `{domain}` stands for the app's domain. */
  env: envSchema.default({}),
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
  host: grantsSchema.default({}),
});
export type RecipeDefinition = z.infer<typeof recipeDefinitionSchema>;
export type RecipeDefinitionInput = z.input<typeof recipeDefinitionSchema>;
