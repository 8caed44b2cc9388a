import { z } from 'zod';

/** What visitors of the public hostname saw while the app was being upgraded, by a request every 100 ms. */
export const downtimeSchema = z.object({
  /** Sum of the times between a request that was not answered well and the next that was, in ms. */
  downtimeMs: z.number().nonnegative(),
  /** The longest single gap, in ms. */
  longestMs: z.number().nonnegative(),
  requests: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  /** Time in which nobody asked, because the worker that did was gone, in ms. */
  unobservedMs: z.number().nonnegative(),
  /** How swarm replaces the tasks of the service `app`. */
  mode: z.enum(['start-first', 'stop-first', 'unknown']),
});
export type Downtime = z.infer<typeof downtimeSchema>;
