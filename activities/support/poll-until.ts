import { setTimeout as delay } from 'node:timers/promises';
import type { HttpAnswer } from '../../domain/http.ts';
import { mediaType } from '../../domain/http.ts';

export interface PollOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** First pause in ms; each is a sixth longer, up to `maxPauseMs`. 100 and 2,000 when absent. */
  readonly pauseMs?: number;
  readonly maxPauseMs?: number;
  /** Told of every fault, for the heartbeat. */
  readonly progress?: (what: string) => void;
  /** Asked after every fault: why no later attempt can go better. */
  readonly giveUp?: () => Promise<string | undefined>;
}

export interface PollOutcome {
  readonly ok: boolean;
  readonly attempts: number;
  readonly elapsedMs: number;
  /** What the last attempt saw: "200 text/html, 615 bytes" or the error of the transport. */
  readonly lastSeen: string;
  /** Why the last attempt was not accepted. */
  readonly fault: string | undefined;
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;
/** What is shorter than this may end an exchange that would have gone well. */
const WHOLE_ATTEMPT_MS = 2000;

interface Seen {
  readonly lastSeen: string;
  readonly fault: string | undefined;
  readonly answered: boolean;
}

/**
 * Asks again and again until an answer has no fault. A transport error is a fault like any other: routers, names and
 * processes come up in no particular order. Time running out is an outcome; only the abort signal rejects.
 */
export async function pollUntil(
  ask: (timeoutMs: number) => Promise<HttpAnswer>,
  faultOf: (answer: HttpAnswer) => string | undefined,
  options: PollOptions,
): Promise<PollOutcome> {
  const start = performance.now();
  let pause = options.pauseMs ?? FIRST_PAUSE_MS;
  let before: Seen | undefined;
  for (let attempts = 1; ; attempts++) {
    options.signal.throwIfAborted();
    const leftMs = wholeMs(options.timeoutMs - (performance.now() - start));
    const last = await attempt(ask, faultOf, leftMs);
    // An attempt that only got the rest of the time says less than the one before it.
    const seen: Seen = before && !last.answered && leftMs < WHOLE_ATTEMPT_MS ? before : last;
    before = seen;
    options.signal.throwIfAborted();
    const elapsedMs = Math.round(performance.now() - start);
    const { fault, lastSeen } = seen;
    if (fault === undefined) return { ok: true, attempts, elapsedMs, lastSeen, fault };
    if (elapsedMs + pause >= options.timeoutMs) return { ok: false, attempts, elapsedMs, lastSeen, fault };
    const vain = await options.giveUp?.();
    if (vain !== undefined) return { ok: false, attempts, elapsedMs, lastSeen, fault: vain };
    options.progress?.(fault);
    await delay(pause, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted());
    // So the wait after the moment that is waited for is about a sixth of the whole.
    pause = Math.min((pause * 7) / 6, options.maxPauseMs ?? MAX_PAUSE_MS);
  }
}

/** Timers and abort signals take whole milliseconds only. */
function wholeMs(ms: number): number {
  return Math.max(1, Math.floor(ms));
}

async function attempt(
  ask: (timeoutMs: number) => Promise<HttpAnswer>,
  faultOf: (answer: HttpAnswer) => string | undefined,
  leftMs: number,
): Promise<Seen> {
  try {
    const answer = await ask(leftMs);
    return { lastSeen: describe(answer), fault: faultOf(answer), answered: true };
  } catch (error) {
    const lastSeen = messageOf(error);
    return { lastSeen, fault: lastSeen, answered: false };
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection to a name with several addresses has an empty message and only a code.
  return error.message || ('code' in error ? String(error.code) : error.name);
}

/** An answer in a few words, without its content: bodies may hold what should not be in a report. */
export function describe(answer: HttpAnswer): string {
  const size = `${answer.body.length}${answer.truncated ? '+' : ''} bytes`;
  return `${answer.status} ${mediaType(answer) || 'without content type'}, ${size}`;
}
