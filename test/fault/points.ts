import { z } from 'zod';

/** When in the work on an activity a fault is to strike. */
export const momentSchema = z.enum([
  /** An attempt has the task and has done nothing yet. */
  'before',
  /** Everything is done, and the server has not been told. */
  'after',
  /** The server has been told, and a worker is at the workflow task that this led to. */
  'task',
]);
export type Moment = z.infer<typeof momentSchema>;

/** A point in a run, as the instrumented workers of a lane know it. */
export const pointSchema = z.object({
  activity: z.string(),
  /** Which of several of the same name; any when absent. */
  stage: z.string().optional(),
  /** For which app of the environment; any when absent. */
  role: z.string().optional(),
  moment: momentSchema,
});
export type Point = z.infer<typeof pointSchema>;

/** What a lane asks of its workers, in `armed.json` of the lane's folder; absent when nothing is asked. */
export const armedSchema = z.object({
  /** Names the files by which the two sides talk: `reached-<id>`, `hold-<id>`, `told-<id>`. */
  id: z.string(),
  point: pointSchema,
});
export type Armed = z.infer<typeof armedSchema>;

/** Content of `reached-<id>`: which worker is at the point, the first one to come there. */
export const reachedSchema = z.object({ pid: z.number().int(), atMs: z.number(), workflowId: z.string() });
export type Reached = z.infer<typeof reachedSchema>;

export const ARMED_FILE = 'armed.json';
export const reachedFile = (id: string): string => `reached-${id}`;
/** While it exists, the worker that reached the point stays there. */
export const holdFile = (id: string): string => `hold-${id}`;
/** The activity of a point of moment `task` has ended: the next workflow task is the one meant. */
export const toldFile = (id: string): string => `told-${id}`;

/** Variables of the workers of a lane. */
export const FOLDER_VARIABLE = 'CCI_FAULT_FOLDER';
export const WITHOUT_VARIABLE = 'CCI_FAULT_WITHOUT';
export const BUNDLE_VARIABLE = 'CCI_FAULT_BUNDLE';

/** What can be switched off, to see that the matrix would notice. */
export const ABLATIONS = ['guard', 'fence', 'markers', 'realms'] as const;
export type Ablation = (typeof ABLATIONS)[number];
