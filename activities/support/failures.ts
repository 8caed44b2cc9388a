import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { ERROR_CODES } from '../../domain/error-codes.ts';
import { CodedError, type ErrorCode } from '../../domain/errors.ts';
import { isErrno } from './errno.ts';
import type { FailureDetails } from '../../domain/failure-details.ts';

/** Bytes of a failure's message: it is stored in the history several times over, and shown in lists. */
const MAX_MESSAGE_BYTES = 2048;

/**
 * What an activity throws to Temporal: a failure whose type is a code of the table, with a short redacted message and
 * without a stack or cause that could carry more; its details say which attempt it was (domain/failure-details.ts). Cancellations pass as they are, else the workflow would see a failed
 * step. Retries follow the table; a time the other side named becomes the delay of the next attempt.
 */
export function toFailure(
  error: unknown,
  redact: (text: string) => string = (text) => text,
  attempt?: number,
): unknown {
  if (error instanceof ApplicationFailure || isCancellation(error)) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const failure = ApplicationFailure.create({
    type: code,
    message: shorten(redact(code === 'E_INTERNAL' ? `${ERROR_CODES[code].message}: ${text}` : text)),
    nonRetryable: !ERROR_CODES[code].retryable,
    details: [detailsOf(error, redact, attempt)],
    ...(error instanceof CodedError && error.retryAfterMs !== undefined
      ? { nextRetryDelay: error.retryAfterMs }
      : {}),
  });
  failure.stack = '';
  return failure;
}

function detailsOf(
  error: unknown,
  redact: (text: string) => string,
  attempt: number | undefined,
): FailureDetails {
  const { registry, retryAfterMs } = error instanceof CodedError ? error : {};
  return {
    ...(attempt === undefined ? {} : { attempt }),
    ...(registry === undefined ? {} : { registry: redact(registry) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** A file system without room is no fault of ours, and may have room again. */
function codeOf(error: unknown): ErrorCode {
  if (error instanceof CodedError) return error.code;
  return isErrno(error, 'ENOSPC') || isErrno(error, 'EDQUOT') ? 'E_DISK' : 'E_INTERNAL';
}

/** The same for a step that has used its own retries: whatever the code, it is not to be repeated. */
export function toFinalFailure(error: unknown, redact: (text: string) => string): unknown {
  const failure = toFailure(error, redact);
  if (!(failure instanceof ApplicationFailure)) return failure;
  const final = ApplicationFailure.nonRetryable(failure.message, failure.type, ...(failure.details ?? []));
  final.stack = '';
  return final;
}

function isCancellation(error: unknown): boolean {
  return error instanceof CancelledFailure || (error instanceof Error && error.name === 'AbortError');
}

function shorten(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return message;
  // A cut inside a character would show as a replacement character.
  const kept = bytes.subarray(0, MAX_MESSAGE_BYTES - 3).toString('utf8');
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}
