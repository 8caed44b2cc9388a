import { z } from 'zod';
import { ingressSchema } from './http.ts';
import { recipeNameSchema } from './ids.ts';
import { markerSchema } from './markers.ts';
import { appSchema, versionSchema } from './plan.ts';
import { ssoFactsSchema } from './sso.ts';
import { stageSchema } from './stages.ts';

/** A dependency of the app, as its specs see it. */
export const specDependencySchema = z.object({
  recipe: recipeNameSchema,
  domain: z.string(),
  /** Why it is not ready, when it is not: specs that need it cannot verify anything. */
  unready: z.string().optional(),
});

export type SpecDependency = z.infer<typeof specDependencySchema>;

/** What a runner of specs is told, in `context.json`. Its only secrets are the seed and those of the run's own realm. */
export const specContextSchema = z.object({
  app: appSchema.pick({ role: true, recipe: true, domain: true }),
  version: versionSchema,
  stage: stageSchema,
  /** The value that every marker holds. */
  marker: z.string(),
  /** From which passwords of accounts derive; empty for specs that nobody here has reviewed. */
  seed: z.string(),
  /** The markers that the app holds in this stage. */
  markers: z.array(markerSchema.pick({ kind: true, service: true, volume: true, path: true })),
  /** The app's own dependencies. */
  deps: z.array(specDependencySchema).default([]),
  /** Absent when the recipe asks for no single sign-on, or its provider is not ready. */
  sso: ssoFactsSchema.optional(),
  ingress: ingressSchema,
  /** PEM of the CA that specs trust besides the system's. */
  ca: z.string().optional(),
  /** Executable of the browser. */
  browser: z.string().startsWith('/'),
  /** Where the report, screenshots and traces go. */
  out: z.string().startsWith('/'),
  /** File that appears when it is the turn of these specs; they begin at once without one. */
  turn: z.string().startsWith('/').optional(),
  /** Bound on all specs of the stage together, from their turn on. */
  timeoutMs: z.number().int().positive(),
});
export type SpecContext = z.infer<typeof specContextSchema>;
