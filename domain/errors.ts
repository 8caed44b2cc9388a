import { ERROR_CODES, type CodeFacts } from './error-codes.ts';

/** A code of the table in error-codes.ts. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Class, retryability, message and remedy of a code. */
export function errorFacts(code: ErrorCode): CodeFacts {
  return ERROR_CODES[code];
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}

/**
 * An error with a code of the table. Thrown by pure code and by adapters; at the edge of an activity
 * `activities/support/failures.ts` turns it into a Temporal failure of that type.
 */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: ErrorCode;
  /** Milliseconds to wait before the next attempt, where the other side named a time. */
  readonly retryAfterMs: number | undefined;
  /** Host name of the registry that failed. */
  readonly registry: string | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; retryAfterMs?: number; registry?: string } = {},
  ) {
    super(`${ERROR_CODES[code].message}: ${detail}`, { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.registry = options.registry;
  }
}
