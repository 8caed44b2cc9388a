import { metricMeter } from '@temporalio/workflow';
import type { Fate, JanitorReport } from '../domain/janitor.ts';
import type { TeardownReport } from '../domain/results.ts';

// Replays count nothing. A meter makes its metrics within a workflow only, so they are asked for each time.

function gauge(name: string, description: string, value: number, tags: Record<string, string>): void {
  metricMeter.createGauge(name, 'int', undefined, description).set(value, tags);
}

function count(name: string, description: string, value: number, tags: Record<string, string>): void {
  metricMeter.createCounter(name, undefined, description).add(value, tags);
}

/** What one janitor has come to, for Prometheus. */
export function countLook(host: string, { environments, strangers, alert }: JanitorReport): void {
  const tags = { host };
  const having = (...fates: readonly Fate[]) =>
    environments.filter(({ fate }) => fates.includes(fate)).length;
  gauge(
    'cci_janitor_orphans',
    'Environments without an owner that were not removed by the last look',
    having('orphan', 'left'),
    tags,
  );
  gauge(
    'cci_janitor_strangers',
    'Objects that look like those of an environment by name alone, at the last look',
    strangers.length,
    tags,
  );
  gauge(
    'cci_janitor_last_look_timestamp_seconds',
    'When the janitor last looked, in seconds since 1970',
    Math.floor(Date.now() / 1000),
    tags,
  );
  count(
    'cci_janitor_reclaimed',
    'Environments without an owner that were removed',
    having('reclaimed'),
    tags,
  );
  count(
    'cci_janitor_alerts',
    'Looks after which nothing was removed although there are environments without an owner',
    alert ? 1 : 0,
    tags,
  );
}

/** How the removal of one environment went. */
export function countTeardown({ cause, durationMs, left }: TeardownReport): void {
  const description =
    'Time from the begin of a removal to its verified end, or to giving word that something is left';
  metricMeter
    .createHistogram('cci_teardown_seconds', 'float', undefined, description)
    .record(durationMs / 1000, { cause });
  count('cci_leaks', 'Environments that could not be removed in time', left.length > 0 ? 1 : 0, { cause });
}
