import { createHash } from 'node:crypto';
import type { ObjectMarks } from '../../../domain/labels.ts';
import type { App, Environment, Version } from '../../../domain/plan.ts';
import { intentsOf, type Intent, type LedgerEntry } from '../../support/ledger.ts';

/** The intent that a deploy of this version resumes, when there is one. */
export function openIntent(entries: readonly LedgerEntry[], app: App, version: Version): Intent | undefined {
  return intentsOf(entries, app.role).findLast(
    (intent) => intent.version === version.commit && intent.chaos === version.chaos,
  );
}

/** Id of the open intent, else the one the next intent will have: known before the intent, for what is made before it. */
export function nextDeployId(
  environment: Environment,
  app: App,
  version: Version,
  entries: readonly LedgerEntry[],
): string {
  const open = openIntent(entries, app, version);
  if (open) return open.deployId;
  const givenUp = entries.filter((entry) => entry.kind === 'superseded').length;
  const facts = [environment.id, app.role, version.commit, version.chaos, givenUp];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 12);
}

export function marksOf(environment: Environment, deploy: string): ObjectMarks {
  return { instance: environment.instance, run: environment.runId, environment: environment.id, deploy };
}
