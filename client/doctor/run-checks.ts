import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../user-error.ts';
import { fail, type Check, type Finding } from './check.ts';

export interface CheckReport {
  readonly name: string;
  readonly status: Finding['status'];
  /** One line. */
  readonly seen: string;
  /** null when there is nothing to do. */
  readonly remedy: string | null;
}

const MAX_LINE = 400;
/** What a check that was aborted may take to remove what it made. */
const CLEANUP_MS = 15_000;

/**
 * Runs all checks side by side, each within its own time; none depends on what another one found. Never rejects because
 * of a check. Reports come in the order of the checks.
 * @param signal stops all of them
 */
export function runChecks(
  checks: readonly Check[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<CheckReport[]> {
  return Promise.all(
    checks.map(async (check) => {
      const finding = await runCheck(check, environment, signal);
      return {
        name: check.name,
        status: finding.status,
        seen: oneLine(finding.seen),
        remedy: finding.status === 'ok' ? null : oneLine(finding.remedy),
      };
    }),
  );
}

async function runCheck(
  check: Check,
  environment: Readonly<Record<string, string>>,
  outer: AbortSignal,
): Promise<Finding> {
  const limit = AbortSignal.timeout(check.limitMs);
  const signal = AbortSignal.any([outer, limit]);
  const late = () =>
    outer.aborted
      ? fail('interrupted', 'Run it again')
      : fail(`no answer within ${check.limitMs / 1000} s`, check.remedy);
  const looked = look(check, environment, signal).then((finding) => (signal.aborted ? late() : finding));
  const over = Promise.withResolvers<undefined>();
  const onAbort = () => over.resolve(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  // The second wait only begins with the abort; a check that ends before it never waits for it.
  const stuck = over.promise.then(() => delay(CLEANUP_MS, undefined, { ref: false })).then(late);
  try {
    return await Promise.race([looked, stuck]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function look(
  check: Check,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    return await check.look({ environment, signal });
  } catch (error) {
    if (error instanceof UserError) return fail(error.message, error.remedy);
    return fail(error instanceof Error ? error.message : String(error), check.remedy);
  }
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, MAX_LINE).replace(/\.$/, '');
}
