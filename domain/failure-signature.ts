import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { knownCause } from './known-causes.ts';

/** Earlier runs of the recipe that ended with the same failure. */
export const seenSchema = z.object({
  /** How many. */
  runs: z.number().int().positive(),
  firstRunId: z.string(),
  firstAt: z.iso.datetime(),
  lastRunId: z.string(),
});
export type Seen = z.infer<typeof seenSchema>;

export const failureSchema = z.object({
  /** The same for failures that differ only in what is new in every run: times, ids, addresses, counts. */
  signature: z.string(),
  /** What is known of failures that say the same. */
  hint: z.string().optional(),
  /** Absent when it was never seen before, or the earlier runs are not known. */
  seen: seenSchema.optional(),
});
export type Failure = z.infer<typeof failureSchema>;

const DIGITS = 12;

/** What differs from run to run, and the word that stands for it. The first that matches takes the text. */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [/\u001b\[[0-9;]*m/g, ''],
  [/\d{4}[-/]\d{2}[-/]\d{2}[T ]?(\d{2}:\d{2}(:\d{2})?([.,]\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?/g, '<time>'],
  [/\b\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( UTC)?\b/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  // The label of a domain that is drawn for each environment, and the stack that is named after it.
  [/\b([a-z0-9]{1,4})-[0-9a-f]{6}(?=[._])/g, '$1-<id>'],
  // Ids of Docker's objects, commits, digests; a word of letters alone is none.
  [/\b(?=[a-z]*\d)[0-9a-f]{7,}\b/gi, '<id>'],
  [/\b(?=[a-z]*\d)[0-9a-z]{20,}\b/gi, '<id>'],
  [/\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g, '<address>'],
  [/\b\d+(\.\d+)? ?(ms|s|sec|seconds|min|minutes|h|B|KiB|MiB|GiB|[KMG]B|bytes)\b/g, '<amount>'],
  [/(?<=\bload of )\d+(\.\d+)?/g, '<n>'],
  [/\b\d+(?= (times|attempts|requests)\b)/g, '<n>'],
  [/\[\d+\]|\bpid[ =:]+\d+/gi, '<pid>'],
  [/\b\d{5,}\b/g, '<n>'],
];

/** A line as it would stand in another run; exit codes, statuses and other small numbers stay. */
export function normalise(line: string): string {
  return VARIABLES.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), line)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * What is to be recognised of a failure: its code, the sentence about it, and the last line of what the service said
 * (spec F-59). The lines between shift from run to run.
 */
export function failureOf(cause: { readonly code: string; readonly reason: string }): Failure {
  const lines = cause.reason.split('\n').filter((line) => line.trim() !== '');
  const telling = [lines[0] ?? '', ...(lines.length > 1 ? lines.slice(-1) : [])].map(normalise);
  const signature = bytesToHex(sha256(utf8ToBytes(JSON.stringify([cause.code, ...telling])))).slice(
    0,
    DIGITS,
  );
  const hint = knownCause(cause.reason);
  return { signature, ...(hint === undefined ? {} : { hint }) };
}

/** Results with word of where their failure was seen before. */
export function withSeen<R extends { failure?: Failure | undefined }>(results: R, seen: Seen | undefined): R {
  if (!results.failure || !seen) return results;
  return { ...results, failure: { ...results.failure, seen } };
}

/** "the same failure as in 3 earlier runs, first in run-… on 2026-11-01, last in run-…". */
export function describeSeen({ runs, firstRunId, firstAt, lastRunId }: Seen): string {
  const day = firstAt.slice(0, 10);
  if (runs === 1) return `the same failure as in ${lastRunId} on ${day}`;
  return `the same failure as in ${runs} earlier runs, first in ${firstRunId} on ${day}, last in ${lastRunId}`;
}
