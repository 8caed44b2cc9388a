import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../activities/support/failures.ts';
import { ERROR_CODES } from '../../../domain/error-codes.ts';
import { CodedError, errorFacts, type ErrorCode } from '../../../domain/errors.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('the table of errors', () => {
  it.each(codes)('%s is repeated only when it is infrastructure [R-79]', (code) => {
    const failure = toFailure(new CodedError(code, 'detail'));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    const { type, nonRetryable } = failure as ApplicationFailure;
    expect({ type, nonRetryable }).toEqual({ type: code, nonRetryable: !errorFacts(code).retryable });
    if (!nonRetryable) expect(errorFacts(code).class).toBe('infra');
  });

  it('tells what to do for every code, in one line [O-46]', () => {
    for (const code of codes) expect(errorFacts(code).remedy).toMatch(/^\S[^\n]{10,}$/);
  });
});
