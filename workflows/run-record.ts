import { setCurrentDetails, upsertMemo } from '@temporalio/workflow';
import type { HoldNews } from '../domain/hold.ts';
import type { RunInput } from '../domain/plan.ts';
import type { Progress } from '../domain/progress.ts';
import type { Results } from '../domain/results.ts';
import { reportPath, runDetails } from '../domain/run-details.ts';
import { STAGES, type Stage, type StageResult } from '../domain/stages.ts';
import { putStage, putVerdict } from './search-keys.ts';

/** What people see of a run: the `progress` query, details and memo in the UI, the search attributes. */
export class RunRecord {
  readonly progress: Progress;
  readonly stages: StageResult[] = [];
  private readonly known: { readonly runId: string; readonly title: string; readonly host: string };
  private results: Results | undefined;

  constructor(runId: string, { recipe, ref, head, host, stages: wanted }: RunInput) {
    this.known = { runId, host, title: `${recipe} ${ref} (${head.slice(0, 8)})` };
    const stages = STAGES.filter((stage) => wanted.includes(stage));
    this.progress = { phase: 'preparing', stages: stages.map((name) => ({ name, status: 'waiting' })) };
    this.show();
  }

  enter(phase: Progress['phase']): void {
    this.progress.phase = phase;
    delete this.progress.waitingFor;
    this.show();
  }

  /** The pool lets others pass, for that reason; no longer when it is empty. Word that comes too late says nothing. */
  passedOver(reason: string): void {
    if (this.progress.phase !== 'waiting for the host') return;
    if (reason === '') delete this.progress.waitingFor;
    else this.progress.waitingFor = reason;
    this.show();
  }

  openedEnvironment(environment: { id: string; domain: string; guardId: string }): void {
    Object.assign(this.progress, {
      environmentId: environment.id,
      domain: environment.domain,
      guardId: environment.guardId,
    });
    this.show();
  }

  stageBegan(name: Stage): void {
    const row = this.row(name);
    delete row.durationMs;
    delete row.attempts;
    delete row.reason;
    Object.assign(row, { status: 'running', startedAt: new Date().toISOString() });
    putStage(name);
    this.show();
  }

  /** The operation that runs now, in the words of its activity's summary. */
  doing(name: Stage, what: string): void {
    this.row(name).doing = what;
  }

  stageEnded(result: StageResult): void {
    // A second environment runs stages anew; only their last outcome counts.
    const before = this.stages.findIndex(({ name }) => name === result.name);
    if (before < 0) this.stages.push(result);
    else this.stages[before] = result;
    const row = this.row(result.name);
    delete row.doing;
    const { status, durationMs, attempts, reason } = result;
    Object.assign(row, { status, durationMs, attempts, reason });
    this.show();
  }

  /** The verdict is out while the environment stays. */
  held(results: Results, untilMs: number): void {
    this.keep(untilMs);
    this.publish(results, 'held');
  }

  /** The hold was changed: by its run, or by the guard with the reason. */
  keep(untilMs: number, notice?: HoldNews['notice']): void {
    const until = new Date(untilMs).toISOString();
    this.progress.hold = { until, ...(notice === undefined ? {} : { notice }) };
    this.show();
  }

  graded(results: Results): void {
    this.publish(results, 'done');
  }

  private publish(results: Results, phase: Progress['phase']): void {
    const { verdict, level, reason } = results;
    this.results = results;
    this.progress.verdict = verdict;
    putVerdict({ verdict, level });
    // Unlike the details it can be read when no worker is there to answer.
    upsertMemo({
      verdict,
      report: reportPath(this.known.runId),
      ...(level === undefined ? {} : { level }),
      ...(reason === undefined ? {} : { reason: reason.slice(0, 400) }),
    });
    this.enter(phase);
  }

  private row(name: Stage): Progress['stages'][number] {
    const row = this.progress.stages.find((stage) => stage.name === name);
    if (!row) throw new Error(`stage ${name} is not part of this run`);
    return row;
  }

  private show(): void {
    setCurrentDetails(runDetails({ ...this.known, progress: this.progress, results: this.results }));
  }
}
