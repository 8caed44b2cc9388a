import { derivedEnvironmentId, environmentIdSchema } from './ids.ts';
import type { Version } from './plan.ts';

/**
 * Labels on every Docker object of an environment; the inventory and the janitor find objects by them and by nothing
 * else.
 */
export const CCI_LABELS = {
  instance: 'cc-ci.instance',
  run: 'cc-ci.run',
  environment: 'cc-ci.environment',
  deploy: 'cc-ci.deploy',
} as const;

export interface ObjectMarks {
  readonly instance: string;
  readonly run: string;
  readonly environment: string;
  /** Id of the intent in the ledger that made or changed the object. */
  readonly deploy: string;
}

/** The marks as labels. */
export function markLabels(marks: ObjectMarks): Record<string, string> {
  return {
    [CCI_LABELS.instance]: marks.instance,
    [CCI_LABELS.run]: marks.run,
    [CCI_LABELS.environment]: marks.environment,
    [CCI_LABELS.deploy]: marks.deploy,
  };
}

/**
 * The environment to which labels assign an object; undefined when they assign it to none. What carries the label of an
 * installation, but no usable one of an environment, belongs to one that is made up of what it says, so that nothing
 * with our label is beyond reach.
 */
export function environmentIdOf(labels: Readonly<Record<string, string>>): string | undefined {
  const claimed = labels[CCI_LABELS.environment];
  if (claimed !== undefined && environmentIdSchema.safeParse(claimed).success) return claimed;
  const instance = labels[CCI_LABELS.instance];
  if (instance === undefined) return claimed;
  return derivedEnvironmentId([instance, labels[CCI_LABELS.run] ?? '', claimed ?? '']);
}

/** Label of a stack as abra names it: `coop-cloud.<stack>.<name>`. */
export function coopLabel(
  stack: string,
  name: 'version' | 'recipe' | 'chaos' | 'chaos-version' | 'timeout',
): string {
  return `coop-cloud.${stack}.${name}`;
}

/** Value of the chaos-version label: the first 8 digits of the commit, `+U` behind them when nobody has committed it. */
export function chaosVersion({ commit, dirty }: Pick<Version, 'commit' | 'dirty'>): string {
  return `${commit.slice(0, 8)}${dirty ? '+U' : ''}`;
}

/** Whether a chaos-version label names the commit; the mark of a dirty work tree does not count (spec R-15). */
export function namesCommit(label: string, commit: string): boolean {
  const digits = label.replace(/\+U$/, '');
  return /^[0-9a-f]{7,40}$/.test(digits) && commit.startsWith(digits);
}

/** Labels in list form (`key=value`, or `key` alone) or map form, as a map. */
export function labelMap(
  labels: readonly string[] | Readonly<Record<string, unknown>> | null | undefined,
): Record<string, string> {
  if (!labels) return {};
  const entries = isList(labels) ? labels.map(splitLabel) : Object.entries(labels);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, value === null || value === undefined ? '' : labelText(value)]),
  );
}

function isList(labels: readonly string[] | Readonly<Record<string, unknown>>): labels is readonly string[] {
  return Array.isArray(labels);
}

function labelText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function splitLabel(label: string): [string, string] {
  const at = label.indexOf('=');
  return at < 0 ? [label, ''] : [label.slice(0, at), label.slice(at + 1)];
}

/** Seconds of the timeout label of the stack, when it is a positive number. */
export function timeoutSeconds(
  stack: string,
  labels: readonly Readonly<Record<string, string>>[],
): number | undefined {
  for (const map of labels) {
    const value = map[coopLabel(stack, 'timeout')];
    if (value !== undefined && /^\d+$/.test(value) && Number(value) > 0) return Number(value);
  }
  return undefined;
}
