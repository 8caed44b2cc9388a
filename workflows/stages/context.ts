import type { AppInStage } from '../../activities/types.ts';
import type { Snapshot, BackupAttempt } from '../../domain/backup.ts';
import type { DependencyResult } from '../../domain/dependencies.ts';
import type { Downtime } from '../../domain/downtime.ts';
import type { Seeding } from '../../domain/markers.ts';
import type { App, Environment, Plan, Version } from '../../domain/plan.ts';
import type { Stage, StageResult } from '../../domain/stages.ts';
import type { hostSteps } from '../activity-options.ts';
import type { RunRecord } from '../run-record.ts';

/** What the stages of one environment share. */
export interface StageContext {
  readonly record: RunRecord;
  readonly environment: Environment;
  readonly app: App;
  readonly plan: Plan;
  /** Activities of the host, bounded by the recipe's deploy timeout. */
  readonly steps: ReturnType<typeof hostSteps>;
  /** What stages hand on to later ones; only they write it. */
  readonly facts: StageFacts;
}

export interface StageFacts {
  /** The version that runs. */
  version: Version;
  /** The app's own; absent when it has none. */
  dependencies?: readonly DependencyResult[];
  seeding?: Seeding;
  snapshot?: Snapshot;
  backupAttempts?: readonly BackupAttempt[];
  downtime?: Downtime;
  /** Label of the head that runs, once that has been proven. */
  chaosVersion?: string;
}

export type RunStage = (context: StageContext) => Promise<StageResult>;

/** The app as it runs now, for an activity of the stage. */
export function target({ environment, app, facts }: StageContext, stage: Stage): AppInStage {
  return { environment, app, version: facts.version, stage };
}

/** A version as people call it: `1.11.0+1.29.0`, or the first digits of the commit. */
export function nameOf(version: Version): string {
  return version.chaos ? version.commit.slice(0, 8) : (version.tag ?? version.commit.slice(0, 8));
}
