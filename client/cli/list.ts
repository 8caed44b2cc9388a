import type { Client } from '@temporalio/client';
import { InvalidArgumentError, type Command } from 'commander';
import { recipeNameSchema } from '../../domain/ids.ts';
import { formatDuration } from '../../domain/format-duration.ts';
import { VERDICTS, verdictSchema, type Verdict } from '../../domain/results.ts';
import { ConfigError } from '../config.ts';
import { withClient } from '../connection.ts';
import { listRuns, type ListedRun, type ListFilter } from '../list-runs.ts';
import { UserError } from '../user-error.ts';
import { paintFor, type Paint, type Screen } from './colours.ts';
import { terminal } from './context.ts';
import { toneOf } from './format.ts';
import { helpAfter } from './help.ts';
import { parseMoment } from './moments.ts';

const MOST = 1_000;
/** What somebody has to look at. A cancelled run says nothing about its recipe. */
const RED = VERDICTS.filter((verdict) => verdict !== 'passed' && verdict !== 'cancelled');

interface ListOptions {
  readonly recipe?: string;
  readonly verdict?: readonly Verdict[];
  readonly since?: Date;
  readonly until?: Date;
  readonly limit: number;
  readonly json?: true;
}

export function addList(program: Command): void {
  const list = program
    .command('list')
    .description('list open and closed runs, newest first, also those that the server has forgotten')
    .option('--recipe <recipe>', 'only runs of this recipe')
    .option(
      '--verdict <verdicts>',
      `only closed runs with these: ${VERDICTS.join(', ')}, or red (comma list, or given again)`,
      collectVerdicts,
    )
    .option('--since <time>', 'started at or after: 7d, 12h, 2026-11-01, or an ISO time (UTC)', (text) =>
      parseMoment(text, 'start', Date.now()),
    )
    .option('--until <time>', 'started at or before, in the same forms', (text) =>
      parseMoment(text, 'end', Date.now()),
    )
    .option('--limit <number>', 'how many at most', parseLimit, 20)
    .option('--json', 'print one JSON document: {"runs": [...]}')
    .action(async (options: ListOptions) => {
      const filter = checkFilter(options);
      const runs = await listAll(filter);
      if (options.json) terminal.json({ runs });
      else for (const line of renderList(runs, process.stdout)) terminal.print(line);
    });
  helpAfter(list, {
    examples: [
      ['cc-ci list', 'the latest runs'],
      ['cc-ci list --verdict red --recipe ghost --since 7d', 'all red runs of ghost this week'],
      ['cc-ci list --since 2026-11-01 --until 2026-11-30 --limit 1000 --json', 'a month for another program'],
    ],
    exits: 'plain',
  });
}

/** red stands for every verdict that somebody has to look at. */
function collectVerdicts(text: string, earlier: readonly Verdict[] = []): readonly Verdict[] {
  const named = text.split(',').flatMap((word) => {
    const name = word.trim();
    if (name === 'red') return RED;
    const verdict = verdictSchema.safeParse(name);
    if (verdict.success) return [verdict.data];
    throw new InvalidArgumentError(`"${name}" is not a verdict: give ${VERDICTS.join(', ')} or red`);
  });
  return [...earlier, ...named];
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new InvalidArgumentError(`give a number from 1 to ${MOST}`);
}

function checkFilter({ recipe, verdict, since, until, limit }: ListOptions): ListFilter {
  if (recipe !== undefined && !recipeNameSchema.safeParse(recipe).success) {
    throw new UserError(`"${recipe}" is not a recipe name`, 'Give a name such as custom-html');
  }
  if (since && until && since > until) {
    throw new UserError('--since is later than --until', 'Exchange the two');
  }
  return { recipe, since, until, limit, verdicts: verdict && new Set(verdict) };
}

/** The index alone where the server is down: it is on the disk. */
async function listAll(filter: ListFilter): Promise<ListedRun[]> {
  const data = terminal.dataConfig();
  const read = (client?: Client) => listRuns(client, data, filter);
  try {
    return await withClient(terminal.config(), read);
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof ConfigError) throw error;
    const runs = await read();
    terminal.say(`cc-ci: ${error.message}; open runs are not shown. ${error.remedy}`);
    return runs;
  }
}

/** A table with a head on a terminal; elsewhere the same columns with tabs between them, and no head. */
export function renderList(runs: readonly ListedRun[], stream: Screen): string[] {
  const rows = runs.map(columnsOf);
  if (!stream.isTTY) return rows.map((row) => row.join('\t'));
  if (rows.length === 0) return ['There are no such runs.'];
  const table = [['STARTED (UTC)', 'RECIPE', 'REF', 'VERDICT', 'LEVEL', 'TIME', 'CODE', 'RUN'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const paint = paintFor(stream);
  return table.map((row, index) => {
    const line = row.map((cell, column) =>
      paintCell(cell.padEnd(widths[column] ?? 0), column, runs[index - 1], paint),
    );
    return line.join('  ').trimEnd();
  });
}

function columnsOf(run: ListedRun): string[] {
  const { status, startedAt, recipe, ref, verdict, stage, level, durationMs, code, runId } = run;
  const state = verdict ?? (status === 'open' ? (stage ?? 'starting') : 'unknown');
  const grade = level === undefined ? (run.partial ? 'partial' : '') : String(level);
  const started = startedAt.slice(0, 16).replace('T', ' ');
  return [started, recipe, ref, state, grade, formatDuration(durationMs), code ?? '', runId];
}

function paintCell(cell: string, column: number, run: ListedRun | undefined, paint: Paint): string {
  if (!run) return paint('quiet', cell);
  return column === 3 ? paint(run.verdict ? toneOf(run.verdict) : 'doubtful', cell) : cell;
}
