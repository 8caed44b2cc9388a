import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TOKEN_LIFE_MS = 60 * 60_000;
const SESSION_LIFE_MS = 7 * 24 * 60 * 60_000;

/**
 * Tokens and sessions are empty files named by the hash of their value, so that any process with access to the data
 * folder can issue a token, using one up is a single atomic step, and neither is lost when the endpoint restarts.
 */
function folder(data: string, kind: 'tokens' | 'sessions'): string {
  const path = join(data, 'private', 'codec', kind);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

function fileOf(data: string, kind: 'tokens' | 'sessions', value: string): string {
  return join(folder(data, kind), createHash('sha256').update(value).digest('hex'));
}

function issue(data: string, kind: 'tokens' | 'sessions'): string {
  const value = randomBytes(32).toString('base64url');
  writeFileSync(fileOf(data, kind, value), '', { mode: 0o600, flag: 'wx' });
  return value;
}

function ageMs(file: string, nowMs: number): number {
  return nowMs - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY);
}

/** A token that `openSession` accepts once, within an hour. */
export function issueToken(data: string): string {
  return issue(data, 'tokens');
}

/** Uses a token up; returns the value of the session's cookie, undefined when the token is not good (any more). */
export function openSession(data: string, token: string, nowMs: number = Date.now()): string | undefined {
  const file = fileOf(data, 'tokens', token);
  const fresh = ageMs(file, nowMs) <= TOKEN_LIFE_MS;
  try {
    // Of two that come at the same time only one can remove it.
    rmSync(file);
  } catch {
    return undefined;
  }
  return fresh ? issue(data, 'sessions') : undefined;
}

export function isSession(data: string, value: string, nowMs: number = Date.now()): boolean {
  return ageMs(fileOf(data, 'sessions', value), nowMs) <= SESSION_LIFE_MS;
}

/** Removes tokens and sessions whose time is over. */
export function removeExpired(data: string, nowMs: number = Date.now()): void {
  for (const [kind, life] of [
    ['tokens', TOKEN_LIFE_MS],
    ['sessions', SESSION_LIFE_MS],
  ] as const) {
    for (const name of readdirSync(folder(data, kind))) {
      const file = join(folder(data, kind), name);
      if (ageMs(file, nowMs) > life) rmSync(file, { force: true });
    }
  }
}
