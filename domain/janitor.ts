import { z } from 'zod';
import { errorFacts, isErrorCode, type ErrorCode } from './errors.ts';
import { ownedSchema } from './results.ts';

/** Environments that may go at once without a person having said so. */
export const MOST_AT_ONCE = 5;
/** Time between the two looks of a scheduled janitor, and between its ticks. */
export const CONFIRM_AFTER_MS = 10 * 60_000;

/** Input of the `janitor` workflow. */
export interface JanitorInput {
  readonly host: string;
  readonly instance: string;
  readonly zone: string;
  /** Otherwise one look, and a report of it. */
  readonly reclaim: boolean;
  readonly confirmAfterMs: number;
  readonly atMost: number;
  /** A person has seen to it that a Temporal that knows nothing is the right one. */
  readonly trustNamespace: boolean;
  readonly lateEveryMs: number;
}

/** What exists of an environment on the host. */
export interface Sighting {
  readonly environmentId: string;
  /** Absent when nothing of it says whose it is. */
  readonly runId?: string;
  /** Number of objects by kind; none when all that is missing are its run's results. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** All that a host has of one installation; bounded, for it goes into a workflow's history. */
export interface Survey {
  readonly environments: readonly Sighting[];
  /** Further environments with objects, which were not looked at. */
  readonly omitted: number;
  /** What looks like ours by its name alone. */
  readonly strangers: readonly z.infer<typeof ownedSchema>[];
}

/** What Temporal knows of an environment. Statuses are those of a description; `GONE` is one that is not known. */
export interface Owners {
  readonly environmentId: string;
  /** Absent when it is not known whose it is. */
  readonly run?: string;
  readonly guard?: string;
  /** Open guards whose id names the environment, successors and adopters included. */
  readonly openGuards: readonly string[];
}

export interface OwnersAnswer {
  readonly owners: readonly Owners[];
  /** Temporal knows something of this host: its pool, or a workflow of one of the environments. */
  readonly remembers: boolean;
}

/**
 * What becomes of an environment. `owned`: somebody sees to it. `orphan`: nobody does, by the looks so far. `reclaimed`:
 * it is removed. `left`: its guard could not remove everything yet and goes on.
 */
export const fateSchema = z.enum(['owned', 'orphan', 'reclaimed', 'left']);
export type Fate = z.infer<typeof fateSchema>;

export const findingSchema = z.object({
  environmentId: z.string(),
  runId: z.string().optional(),
  /** As "2 services, 1 volume". */
  holds: z.string(),
  fate: fateSchema,
  why: z.string(),
  /** Workflow id of the guard that took it over. */
  adoptedBy: z.string().optional(),
  removed: z.number().int().nonnegative().optional(),
  left: z.array(ownedSchema).optional(),
});
export type Finding = z.infer<typeof findingSchema>;

const codeSchema = z.custom<ErrorCode>(isErrorCode);

export const janitorReportSchema = z.object({
  host: z.string(),
  /** 2 when what looked like an orphan was looked at again. */
  looks: z.number().int().positive(),
  environments: z.array(findingSchema),
  omitted: z.number().int().nonnegative(),
  strangers: z.array(ownedSchema),
  /** Why nothing was removed although there are orphans. */
  alert: z.object({ code: codeSchema, reason: z.string(), remedy: z.string() }).optional(),
});
export type JanitorReport = z.infer<typeof janitorReportSchema>;
export type JanitorAlert = NonNullable<JanitorReport['alert']>;

/** What a janitor is doing, for those who follow it. */
export const janitorProgressSchema = z.object({
  phase: z.enum(['looking', 'waiting', 'reclaiming', 'done']),
  orphans: z.number().int().nonnegative(),
  /** ISO time of the second look. */
  until: z.string().optional(),
});
export type JanitorProgress = z.infer<typeof janitorProgressSchema>;

/** The only statuses that say that a workflow does nothing any more; any other counts as open. */
const ENDED = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT', 'GONE']);

/** Judges what was seen by what Temporal knows; what Temporal did not answer for counts as owned. */
export function judge(survey: Survey, answer: OwnersAnswer): readonly Finding[] {
  const owners = new Map(answer.owners.map((one) => [one.environmentId, one]));
  // How a run ended is not to be learned from a server that knows nothing.
  const judged = survey.environments.filter(({ kinds }) => answer.remembers || holdsObjects(kinds));
  return judged.map((sighting) => {
    const { environmentId, runId, kinds } = sighting;
    const who = owners.get(environmentId);
    const keeper = who ? keeperOf(who) : 'nothing is known of it now';
    return {
      environmentId,
      ...(runId === undefined ? {} : { runId }),
      holds: describeKinds(kinds),
      fate: keeper === undefined ? 'orphan' : 'owned',
      why: keeper ?? lossOf(who),
    };
  });
}

/** Who sees to the environment; undefined when nobody does. */
function keeperOf({ run, guard, openGuards }: Owners): string | undefined {
  if (run !== undefined && !ENDED.has(run)) return `its run is open (${run.toLowerCase()})`;
  if (guard !== undefined && !ENDED.has(guard)) return `its guard is open (${guard.toLowerCase()})`;
  const [open] = openGuards;
  return open === undefined ? undefined : `${open} sees to it`;
}

function lossOf(owners: Owners | undefined): string {
  const state = (status: string | undefined) =>
    status === undefined ? 'unknown' : status === 'GONE' ? 'gone' : status.toLowerCase();
  return `run ${state(owners?.run)}, guard ${state(owners?.guard)}`;
}

/** Orphans of this look that were orphans in the one before, too. */
export function confirmed(first: readonly Finding[], second: readonly Finding[]): readonly Finding[] {
  const before = new Set(orphansOf(first).map(({ environmentId }) => environmentId));
  return orphansOf(second).filter(({ environmentId }) => before.has(environmentId));
}

export function orphansOf(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ fate }) => fate === 'orphan');
}

/** How many orphans have something to be removed; of the others only the results are missing. */
export function removableOrphans(findings: readonly Finding[], survey: Survey): number {
  const withObjects = new Set(
    survey.environments.filter(({ kinds }) => holdsObjects(kinds)).map(({ environmentId }) => environmentId),
  );
  return orphansOf(findings).filter(({ environmentId }) => withObjects.has(environmentId)).length;
}

/** Why nothing may be removed now; undefined when nothing speaks against it. */
export function alarm(
  seen: { readonly orphans: number; readonly omitted: number; readonly remembers: boolean },
  limits: Pick<JanitorInput, 'atMost' | 'trustNamespace'>,
): JanitorAlert | undefined {
  if (seen.orphans === 0) return undefined;
  if (!seen.remembers && !limits.trustNamespace) {
    return alertOf('E_JANITOR_NAMESPACE', `${counted(seen.orphans, 'environment')} stay as they are`);
  }
  if (seen.orphans > limits.atMost || seen.omitted > 0) {
    const more = seen.omitted > 0 ? `, and ${seen.omitted} that were not looked at` : '';
    return alertOf('E_JANITOR_LIMIT', `${seen.orphans} of ${limits.atMost} allowed${more}`);
  }
  return undefined;
}

function alertOf(code: ErrorCode, detail: string): JanitorAlert {
  const { message, remedy } = errorFacts(code);
  return { code, reason: `${message}: ${detail}`, remedy };
}

function holdsObjects(kinds: Sighting['kinds']): boolean {
  return Object.keys(kinds).length > 0;
}

function describeKinds(kinds: Sighting['kinds']): string {
  if (!holdsObjects(kinds)) return 'no object; its results are missing';
  return Object.entries(kinds)
    .map(([kind, count]) => counted(count, kind))
    .join(', ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
