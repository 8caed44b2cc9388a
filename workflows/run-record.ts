import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Progress } from '../domain/progress.ts';
import type { Results } from '../domain/results.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import { STAGES, type Stage, type StageResult } from '../domain/stages.ts';

const stageKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.stage, SearchAttributeType.KEYWORD);
const verdictKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.verdict, SearchAttributeType.KEYWORD);
const levelKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.level, SearchAttributeType.INT);

/** What people see of a run while it goes on: the `progress` query, the details in the UI, the search attributes. */
export class RunRecord {
  readonly progress: Progress;
  readonly stages: StageResult[] = [];
  private readonly title: string;

  constructor(title: string, wanted: readonly Stage[]) {
    this.title = title;
    const stages = STAGES.filter((stage) => wanted.includes(stage));
    this.progress = { phase: 'preparing', stages: stages.map((name) => ({ name, status: 'waiting' })) };
    this.show();
  }

  enter(phase: Progress['phase']): void {
    this.progress.phase = phase;
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
    delete row.reason;
    Object.assign(row, { status: 'running', startedAt: new Date().toISOString() });
    upsertSearchAttributes([{ key: stageKey, value: name }]);
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
    Object.assign(row, { status: result.status, durationMs: result.durationMs, reason: result.reason });
    this.show();
  }

  graded(results: Results): void {
    this.progress.verdict = results.verdict;
    upsertSearchAttributes([
      { key: verdictKey, value: results.verdict },
      ...(results.level === undefined ? [] : [{ key: levelKey, value: results.level }]),
    ]);
    this.enter('done');
    setCurrentDetails(`${this.table()}\n\n${verdictLine(results)}`);
  }

  private row(name: Stage): Progress['stages'][number] {
    const row = this.progress.stages.find((stage) => stage.name === name);
    if (!row) throw new Error(`stage ${name} is not part of this run`);
    return row;
  }

  private show(): void {
    setCurrentDetails(this.table());
  }

  private table(): string {
    const { phase, domain, stages } = this.progress;
    const rows = stages.map((stage) => {
      const time = stage.durationMs === undefined ? '' : `${(stage.durationMs / 1000).toFixed(1)} s`;
      return `| ${stage.name} | ${stage.status} | ${time} | ${stage.reason ?? ''} |`;
    });
    const where = domain === undefined ? '' : ` on \`${domain}\``;
    return [
      `**${this.title}**${where}: ${phase}`,
      '',
      '| stage | status | time | reason |',
      '|---|---|---|---|',
      ...rows,
    ].join('\n');
  }
}

function verdictLine(results: Results): string {
  const removed = results.teardown ? `, ${results.teardown.removed.length} objects removed` : '';
  const left =
    results.teardown && results.teardown.left.length > 0 ? `, **${results.teardown.left.length} left**` : '';
  const reason =
    results.reason === undefined ? '' : `\n\n${results.code}: ${results.reason}\n\n${results.remedy ?? ''}`;
  return `**${results.verdict}**${removed}${left}${reason}`;
}
