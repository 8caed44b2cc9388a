import { z } from 'zod';
import { errorFacts, isErrorCode, type ErrorCode } from './errors.ts';
import { clockTime } from './hold.ts';
import type { Verdict } from './results.ts';

/** What may be ill: the host that a pool serves, or a registry by the name of its server. */
const subjectSchema = z.union([z.literal('host'), z.templateLiteral(['registry ', z.string()])]);
type Subject = z.infer<typeof subjectSchema>;

/** Word from a run that ended: its subject worked, or had the fault. */
export interface HealthNews {
  readonly subject: Subject;
  readonly fault?: Fault;
}

interface Fault {
  readonly code: ErrorCode;
  /** Epoch milliseconds before which the other side does not want to be asked. */
  readonly notBeforeMs?: number;
}

/** Of a subject whose last news was bad. Without `untilMs` it is closed, and the faults are only counted. */
export const breakerSchema = z.object({
  subject: subjectSchema,
  code: z.custom<ErrorCode>(isErrorCode),
  /** Runs in a row that had the fault. */
  faults: z.number().int().positive(),
  /** How often in a row it opened. */
  opened: z.number().int().nonnegative(),
  /** Epoch milliseconds until when no run is let through. Whoever comes first after that is the probe. */
  untilMs: z.number().optional(),
});
export type Breaker = Readonly<z.infer<typeof breakerSchema>>;

/** What is known to be ill; whatever works is not in it. */
export type Health = readonly Breaker[];

/**
 * Faults in a row that open a breaker. A run that gives a registry up has asked it eight times already; of a host a
 * single run says little.
 */
const FAULTS_THAT_OPEN = { host: 3, registry: 1 } as const;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 30 * 60_000;
/** The longest time that a registry may ask for. */
const LONGEST_RETRY_AFTER_MS = 6 * 3_600_000;

/** Of the class infra, and such that another run would meet the same. A certificate or a login does not heal by waiting. */
const OF_THE_HOST: ReadonlySet<ErrorCode> = new Set(['E_DOCKER', 'E_DISK', 'E_COMMAND', 'E_COMMAND_TIMEOUT']);
const OF_A_REGISTRY: ReadonlySet<ErrorCode> = new Set(['E_REGISTRY_LIMIT', 'E_REGISTRY_DOWN']);

/** What a run says about its host and its registries. */
export interface RunSigns {
  readonly verdict: Verdict;
  /** Code of its first cause. */
  readonly code?: ErrorCode | undefined;
  /** Registries that served an image to it. */
  readonly served: readonly string[];
  /** What ended it before its stages, where that was a registry. */
  readonly refused?:
    | { readonly code: ErrorCode; readonly registry: string; readonly retryAfterMs?: number | undefined }
    | undefined;
}

/**
 * What is learned from a run. Only faults of the infrastructure count against anybody: a recipe or a test that fails has
 * used a host that works (spec O-31, O-47), and what cc-ci itself or a person stopped says nothing.
 */
export function newsOf({ verdict, code, served, refused }: RunSigns, nowMs: number): readonly HealthNews[] {
  const ill = refused && OF_A_REGISTRY.has(refused.code) ? refused : undefined;
  const news: HealthNews[] = served
    .filter((registry) => registry !== ill?.registry)
    .map((registry) => ({ subject: `registry ${registry}` }));
  if (ill) {
    const retryMs = Math.min(ill.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
    const notBefore = retryMs > 0 ? { notBeforeMs: nowMs + retryMs } : {};
    news.push({ subject: `registry ${ill.registry}`, fault: { code: ill.code, ...notBefore } });
  }
  if (verdict === 'passed' || verdict === 'failed' || verdict === 'base-broken')
    news.push({ subject: 'host' });
  else if (isErrorCode(code) && errorFacts(code).class === 'infra' && OF_THE_HOST.has(code))
    news.push({ subject: 'host', fault: { code } });
  return news;
}

/** The health after the news: a subject that worked is forgotten, one at fault for long enough is left alone for a while. */
export function withNews(health: Health, news: readonly HealthNews[], nowMs: number): Health {
  return news.reduce((known, { subject, fault }) => {
    const others = known.filter((breaker) => breaker.subject !== subject);
    if (!fault) return others;
    const before = known.find((breaker) => breaker.subject === subject);
    return [...others, worse(before, subject, fault, nowMs)];
  }, health);
}

function worse(before: Breaker | undefined, subject: Subject, fault: Fault, nowMs: number): Breaker {
  const { code, notBeforeMs = 0 } = fault;
  const faults = (before?.faults ?? 0) + 1;
  const opened = before?.opened ?? 0;
  if (faults < FAULTS_THAT_OPEN[subject === 'host' ? 'host' : 'registry']) {
    return { subject, code, faults, opened };
  }
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** opened, LONGEST_PAUSE_MS);
  return { subject, code, faults, opened: opened + 1, untilMs: Math.max(nowMs + pauseMs, notBeforeMs) };
}

/** What keeps a run that needs these registries from starting now; of several the one that takes longest. */
export function blockOf(health: Health, registries: readonly string[], nowMs: number): Breaker | undefined {
  return health
    .filter(({ subject }) => subject === 'host' || registries.some((name) => subject === `registry ${name}`))
    .filter(({ untilMs = 0 }) => untilMs > nowMs)
    .toSorted((a, b) => (b.untilMs ?? 0) - (a.untilMs ?? 0))[0];
}

/** "registry-1.docker.io answers 429, next try at 14:05 UTC". */
export function describeBreaker({ subject, code, faults, untilMs }: Breaker, host: string): string {
  const next = untilMs === undefined ? '' : `, next try at ${clockTime(untilMs)}`;
  if (subject === 'host') {
    const runs = faults === 1 ? 'a run' : `${faults} runs in a row`;
    return `${runs} ended with ${code} on host ${host}: ${errorFacts(code).message}${next}`;
  }
  const registry = subject.slice('registry '.length);
  return `${registry} ${code === 'E_REGISTRY_LIMIT' ? 'answers 429' : 'cannot be reached'}${next}`;
}
