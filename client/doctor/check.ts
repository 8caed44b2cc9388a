import type { z } from 'zod';
import { BROKEN, UserError } from '../user-error.ts';

/** What one check found. A remedy is an instruction: what to run, set or change. */
export type Finding =
  | { readonly status: 'ok'; readonly seen: string }
  | { readonly status: 'warn' | 'fail'; readonly seen: string; readonly remedy: string };

export interface CheckContext {
  /** The CCI_* variables and PATH; a check takes what it needs, so that a wrong variable breaks only those that use it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted when the time of the check is up or the person stops it; what the check made must go then. */
  readonly signal: AbortSignal;
}

export interface Check {
  readonly name: string;
  readonly limitMs: number;
  /** For failures without a remedy of their own. */
  readonly remedy: string;
  /** Looks and changes nothing that stays. May throw: a `UserError` brings its remedy along. */
  readonly look: (context: CheckContext) => Promise<Finding>;
}

export function ok(seen: string): Finding {
  return { status: 'ok', seen };
}

export function warn(seen: string, remedy: string): Finding {
  return { status: 'warn', seen, remedy };
}

export function fail(seen: string, remedy: string): Finding {
  return { status: 'fail', seen, remedy };
}

/**
 * The part of the configuration that a check needs.
 * @throws UserError naming the variables that are missing or not valid
 */
export function configured<Shape extends z.ZodType>(
  { environment }: CheckContext,
  shape: Shape,
): z.infer<Shape> {
  const parsed = shape.safeParse(environment);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return Object.hasOwn(environment, name)
      ? `${name} is not valid (${issue.message})`
      : `${name} is not set`;
  });
  throw new UserError([...new Set(faults)].join('; '), CONFIGURE, { exitCode: BROKEN });
}

export const CONFIGURE = 'Run `npm run up`, which writes .cc-ci/host.env, or set the variable';

/** The first dotted number of a text, as "28.2.2" in "Docker version 28.2.2, build e6534b4". */
export function versionIn(text: string): string | undefined {
  return /\d+(\.\d+)+/.exec(text)?.[0];
}

/** Whether a dotted version is the minimum or newer; suffixes as in "20.10.24+dfsg1" do not count. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [seen, least] = [version, minimum].map((text) =>
    text.split('.').map((part) => Number.parseInt(part)),
  );
  for (const [index, wanted] of (least ?? []).entries()) {
    const part = seen?.[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}
