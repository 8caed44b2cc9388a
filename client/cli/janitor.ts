import { InvalidArgumentError, type Command } from 'commander';
import { formatDuration } from '../../domain/format-duration.ts';
import { orphansOf, type Finding, type JanitorProgress, type JanitorReport } from '../../domain/janitor.ts';
import { withClient } from '../connection.ts';
import { janitorSchedule, runJanitor, type JanitorSchedule } from '../janitor.ts';
import { BROKEN, UserError } from '../user-error.ts';
import { terminal } from './context.ts';
import { helpAfter } from './help.ts';
import { withStack } from './stack.ts';

interface JanitorOptions {
  readonly reclaim?: true;
  readonly confirmAfter?: number;
  readonly atMost?: number;
  readonly trustNamespace?: true;
  readonly json?: true;
}

/** A person watches: shorter than the ten minutes of the schedule. */
const CONFIRM_AFTER_MS = 60_000;
const LEAST_MS = 10_000;
const MOST_MS = 3_600_000;

export function addJanitor(program: Command): void {
  const command = program
    .command('janitor')
    .description('show what is left on the host that nobody sees to; with --reclaim, have it removed')
    .option('--reclaim', 'look a second time, and have guards remove what nobody sees to')
    .option(
      '--confirm-after <time>',
      'time between the two looks, 10s to 1h (default: 60s; the schedule takes 10 minutes)',
      parseConfirm,
    )
    .option('--at-most <n>', 'how many environments may go at once (default: 5)', parseCount)
    .option(
      '--trust-namespace',
      'also when Temporal knows nothing of this host: its database is lost for good',
    )
    .option('--json', 'print one JSON document')
    .action(async (options: JanitorOptions) => {
      checkOptions(options);
      await withStack(async () => {
        const config = terminal.config();
        const { report, schedule } = await withClient(config, async (client) => {
          const request = {
            reclaim: options.reclaim ?? false,
            confirmAfterMs: options.confirmAfter ?? CONFIRM_AFTER_MS,
            trustNamespace: options.trustNamespace ?? false,
            ...(options.atMost === undefined ? {} : { atMost: options.atMost }),
          };
          const found = await runJanitor(client, config, request, (progress) => {
            const line = describeProgress(progress);
            if (line !== undefined) terminal.say(line);
          });
          return { report: found, schedule: await janitorSchedule(client, config.CCI_HOST) };
        });
        if (options.json) terminal.json({ ...report, schedule });
        else for (const line of renderJanitor(report, schedule)) terminal.print(line);
        return exitCodeOf(report);
      });
    });
  helpAfter(command, {
    examples: [
      ['cc-ci janitor', 'look only: what has no owner, and why'],
      ['cc-ci janitor --reclaim', 'look twice, a minute apart, and have it removed'],
      ['cc-ci janitor --reclaim --at-most 12', 'more than the janitor may remove by itself'],
    ],
    exits: 'janitor',
  });
}

function checkOptions({ reclaim, confirmAfter, atMost, trustNamespace }: JanitorOptions): void {
  if (reclaim || (confirmAfter === undefined && atMost === undefined && !trustNamespace)) return;
  throw new UserError(
    '--confirm-after, --at-most and --trust-namespace say how to reclaim',
    'Add --reclaim, or leave them out to look only',
  );
}

function parseConfirm(text: string): number {
  const [, count, unit] = /^(\d{1,4})(s|m|h)$/.exec(text) ?? [];
  const ms = Number(count) * ({ s: 1_000, m: 60_000, h: 3_600_000 }[unit ?? ''] ?? Number.NaN);
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw new InvalidArgumentError('give 10s to 1h, such as 30s or 5m: a single look is no proof');
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a number from 1 to 9999');
}

function describeProgress({ phase, orphans, until }: JanitorProgress): string | undefined {
  if (phase === 'waiting' && until !== undefined) {
    const leftMs = Math.max(0, Date.parse(until) - Date.now());
    return `cc-ci: ${orphans} without an owner; looking again in ${formatDuration(leftMs)} (Ctrl-C only stops watching)`;
  }
  return phase === 'reclaiming' ? `cc-ci: removing ${orphans}` : undefined;
}

/** 0 when nothing is without an owner any more; the codes of the help otherwise. */
export function exitCodeOf({ alert, environments }: JanitorReport): number {
  if (alert) return BROKEN;
  if (environments.some(({ fate }) => fate === 'left')) return 4;
  return orphansOf(environments).length > 0 ? 1 : 0;
}

/** What was found, as a person reads it. */
export function renderJanitor(report: JanitorReport, schedule: JanitorSchedule): string[] {
  const { environments, omitted, strangers, alert } = report;
  const lines = environments.flatMap(describeFinding);
  if (omitted > 0) lines.push(`and ${omitted} more environments, which were not looked at`);
  if (strangers.length > 0) {
    lines.push('no label, only a name like ours; never removed:');
    lines.push(...strangers.map(({ kind, name }) => `  ${kind.padEnd(10)} ${name}`));
  }
  if (alert) lines.push(`${alert.code}: ${alert.reason}. Nothing was removed; ${alert.remedy}.`);
  return [...lines, conclusion(report), describeSchedule(schedule)];
}

function describeFinding({ environmentId, runId, fate, why, holds, left = [] }: Finding): string[] {
  return [
    `${fate.padEnd(9)} environment ${environmentId}${runId === undefined ? '' : ` of ${runId}`}`,
    `          ${holds}: ${why}`,
    ...left.map(({ kind, name }) => `          left: ${kind} ${name}`),
  ];
}

function conclusion({ environments, looks, alert }: JanitorReport): string {
  const having = (fate: Finding['fate']) => environments.filter((one) => one.fate === fate).length;
  if (environments.length === 0) return 'Nothing of this installation is on the host.';
  const counts = (['owned', 'orphan', 'reclaimed', 'left'] as const)
    .filter((fate) => having(fate) > 0)
    .map((fate) => `${having(fate)} ${fate}`);
  const hint =
    looks === 1 && having('orphan') > 0 && !alert ? '; `cc-ci janitor --reclaim` has orphans removed' : '';
  return `${counts.join(', ')}${hint}.`;
}

function describeSchedule({ id, state, note, nextAt }: JanitorSchedule): string {
  switch (state) {
    case 'active':
      return `Schedule ${id}: ${nextAt === undefined ? 'active' : `next look at ${nextAt}`}.`;
    case 'paused':
      return `Schedule ${id} is paused${note === undefined ? '' : ` (${note})`}: nobody looks by itself.`;
    case 'missing':
      return `Schedule ${id} does not exist yet; a worker makes it when it starts.`;
  }
}
