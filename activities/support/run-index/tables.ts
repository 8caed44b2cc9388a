/** SQLite has no booleans. */
type Flag = 0 | 1;

/** One execution of a run; a run id is used again when the same request is made again. */
interface RunsTable {
  readonly run_id: string;
  /** ISO time. */
  readonly started_at: string;
  readonly environment_id: string | null;
  readonly recipe: string;
  readonly ref: string;
  readonly head: string;
  readonly base: string | null;
  readonly version: string | null;
  readonly trigger: string;
  readonly host: string;
  readonly verdict: string;
  readonly class: string | null;
  readonly code: string | null;
  readonly level: number | null;
  readonly partial: Flag;
  readonly leaked: Flag;
  readonly duration_ms: number;
  readonly deploy_count: number | null;
  readonly downtime_ms: number | null;
  readonly json_path: string;
  /** Of its failure (domain/failure-signature.ts). */
  readonly signature: string | null;
}

interface StagesTable {
  readonly run_id: string;
  readonly started_at: string;
  readonly name: string;
  readonly status: string;
  readonly code: string | null;
  readonly duration_ms: number;
  readonly attempts: number;
}

/** Assertions and specs, in the order in which they stand in the results. */
interface TestsTable {
  readonly run_id: string;
  readonly started_at: string;
  readonly stage: string;
  readonly position: number;
  readonly name: string;
  readonly ok: Flag;
  /** In which attempt of its step it was made. */
  readonly attempts: number;
}

interface ImagesTable {
  readonly run_id: string;
  readonly started_at: string;
  readonly name: string;
  readonly digest: string;
}

/** The tables of the index; times are in ms. */
export interface IndexTables {
  readonly runs: RunsTable;
  readonly stages: StagesTable;
  readonly tests: TestsTable;
  readonly images: ImagesTable;
}
