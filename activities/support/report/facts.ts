import type { BackupAttempt } from '../../../domain/backup.ts';
import type { DowntimeSample } from '../../../domain/downtime-report.ts';
import type { Plan } from '../../../domain/plan.ts';
import type { Results } from '../../../domain/results.ts';

/** A log, or what of it fits into the page. */
export interface LogFile {
  /** Below `logs/`. */
  readonly name: string;
  /** Of a stage or phase, or absent: of a service. */
  readonly stage?: string;
  readonly lines: readonly string[];
  /** Bytes left out of the middle before the line of that number; absent when all is there. */
  readonly cut?: { readonly bytes: number; readonly beforeLine: number };
}

export interface Picture {
  readonly name: string;
  /** PNG as base64; absent when it is too large, or there were too many. */
  readonly content?: string;
}

/** What an operation waited for. */
export interface Wait {
  /** ISO time. */
  readonly at: string;
  readonly stage: string;
  readonly waitingFor: string;
}

export interface Sample extends DowntimeSample {
  /** From the request to the answer, in ms. */
  readonly tookMs: number;
  /** What was wrong with the answer. */
  readonly fault?: string | undefined;
}

/** All that the report of a run is made of. */
export interface ReportFacts {
  readonly results: Results;
  /** Absent when `prepare` never ended. */
  readonly plan?: Plan | undefined;
  readonly waits: readonly Wait[];
  /** Requests to the public hostname during the upgrade, in their order. */
  readonly samples: readonly Sample[];
  readonly backups: readonly BackupAttempt[];
  readonly logs: readonly LogFile[];
  readonly screenshots: readonly Picture[];
  /** Names of the files in `traces/`. */
  readonly traces: readonly string[];
  /** Other files of the run that the page links to. */
  readonly files: readonly string[];
}
