import { z } from 'zod';
import { verdictSchema } from './results.ts';
import { stageSchema, stageStatusSchema } from './stages.ts';

export const PHASES = [
  'preparing',
  'waiting for the host',
  'fetching images',
  'deploying dependencies',
  'stages',
  'held',
  'removing',
  'publishing',
  'done',
] as const;

/** Answer of the `progress` query of a run: what a person watching wants to know now. */
export const progressSchema = z.object({
  phase: z.enum(PHASES),
  /** Why it is passed over while it waits for the host. */
  waitingFor: z.string().optional(),
  environmentId: z.string().optional(),
  domain: z.string().optional(),
  /** Workflow id of the guard; the host pool's queue is in terms of guards. */
  guardId: z.string().optional(),
  stages: z.array(
    z.object({
      name: stageSchema,
      status: z.union([z.enum(['waiting', 'running']), stageStatusSchema]),
      /** ISO time at which the stage began. */
      startedAt: z.string().optional(),
      durationMs: z.number().optional(),
      attempts: z.number().optional(),
      /** The operation that runs now: "deploy custom-html 1.11.0+1.29.0". */
      doing: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
  verdict: verdictSchema.optional(),
  /** The environment is kept for people, or was: until when (ISO time), and why it goes earlier. */
  hold: z.object({ until: z.string(), notice: z.string().optional() }).optional(),
});
export type Progress = z.infer<typeof progressSchema>;
