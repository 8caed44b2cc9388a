import { formatDuration } from '../../../domain/format-duration.ts';
import type { Assertion, Stage, StageResult } from '../../../domain/stages.ts';
import { describeSlow, type Timing } from '../../../domain/timing.ts';
import type { ReportFacts, Wait } from './facts.ts';
import { markup, type Markup } from './markup.ts';
import {
  anchorOf,
  attemptsOf,
  badge,
  code,
  counted,
  firstLine,
  moment,
  otherLines,
  type Section,
} from './parts.ts';

const MOST_WAITS = 60;

/** Each stage with its bar on the time of the run, what it claimed and what it waited for. */
export function stagesSection({ results, waits, logs }: ReportFacts): Section {
  const starts = startsOf(results.stages, results.startedAt);
  const rows = results.stagesWanted.map((name) => {
    const stage = results.stages.find((one) => one.name === name);
    const startMs = starts.get(name);
    if (!stage || startMs === undefined) return notReached(name);
    const seen = waits.filter((wait) => wait.stage === name);
    const time = results.timing?.find((one) => one.stage === name);
    const hasLog = logs.some((log) => log.stage === name);
    return row(stage, {
      startMs,
      totalMs: results.durationMs,
      seen,
      hasLog,
      time,
      zero: Date.parse(results.startedAt),
    });
  });
  const body = markup`<p class="axis" aria-hidden="true"><span>0 s</span><span>${formatDuration(results.durationMs / 2)}</span><span>${formatDuration(results.durationMs)}</span></p>
<div class="stages">${rows}</div>`;
  return { id: 'stages', title: 'Stages', body };
}

/** In ms since the start of the run. Results of earlier versions name no start: there one stage follows the other. */
function startsOf(stages: readonly StageResult[], startedAt: string): ReadonlyMap<Stage, number> {
  let endMs = 0;
  return new Map(
    stages.map(({ name, startedAt: at, durationMs }) => {
      const startMs = at === undefined ? endMs : Math.max(0, Date.parse(at) - Date.parse(startedAt));
      endMs = startMs + durationMs;
      return [name, startMs];
    }),
  );
}

function notReached(name: Stage): Markup {
  return markup`<p class="stage idle" id="${anchorOf('stage', name)}">${badge('skip', 'not reached')} <b>${name}</b></p>\n`;
}

interface Surroundings {
  readonly startMs: number;
  readonly totalMs: number;
  readonly seen: readonly Wait[];
  readonly hasLog: boolean;
  readonly time: Timing | undefined;
  /** Start of the run in ms since 1970. */
  readonly zero: number;
}

function row(stage: StageResult, around: Surroundings): Markup {
  const { name, status, reason, durationMs, attempts, specs } = stage;
  const ran = attempts > 0;
  const broken = stage.assertions.filter(({ ok }) => !ok).length;
  // Then the assertion below has all of it.
  const said = broken > 0;
  const counts = [
    ran ? `${moment(around.startMs)}, took ${formatDuration(durationMs)}` : '',
    attemptsOf(attempts),
    usualOf(around.time),
    broken > 0 ? `${broken} of ${counted(stage.assertions.length, 'assertion')} broken` : '',
    specs ? `${counted(specs.passed, 'spec')} passed` : '',
  ];
  const isRed = status !== 'pass' && status !== 'skip';
  return markup`<details class="stage" id="${anchorOf('stage', name)}"${isRed ? markup` open` : undefined}>
<summary>${badge(status)} <b>${name}</b> <span class="muted">${counts.filter((text) => text !== '').join(' · ')}</span>
${ran ? bar(status, around.startMs, durationMs, around.totalMs) : undefined}</summary>
${reason === undefined ? undefined : markup`<p class="why">${stage.code === undefined ? undefined : markup`${code(stage.code)} `}${firstLine(reason)}</p>${said ? undefined : otherLines(reason)}`}
${retriesOf(stage)}
${assertions(stage.assertions)}
${waitsOf(around)}
${around.hasLog ? markup`<p><a href="#${anchorOf('log', name)}">Log of ${name}</a></p>` : undefined}
</details>\n`;
}

function usualOf(time: Timing | undefined): string {
  if (!time) return '';
  if (time.slow) return describeSlow(time);
  return `usually ${formatDuration(time.p50Ms)} (${counted(time.runs, 'run')})`;
}

/** Every attempt is told, also where the last one was good (spec R-26). */
function retriesOf({ retries }: StageResult): Markup | undefined {
  if (!retries) return undefined;
  const steps = retries.map(({ step, attempts }) => `${step} (${attemptsOf(attempts)})`).join('; ');
  return markup`<p>Repeated after a fault of the infrastructure: ${steps}</p>`;
}

/** Of the width of the page; a stage of a moment is still seen. */
function bar(status: string, startMs: number, durationMs: number, totalMs: number): Markup {
  const unit = 1000 / Math.max(1, totalMs, startMs + durationMs);
  const width = Math.max(4, durationMs * unit);
  const x = Math.min(1000 - width, startMs * unit);
  return markup`<svg class="bar" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" width="1000" height="8"/><rect class="${status}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="8"/></svg>`;
}

function assertions(all: readonly Assertion[]): Markup | undefined {
  if (all.length === 0) return undefined;
  // What is broken comes first: it is what people are here for.
  const ordered = [...all].sort((a, b) => Number(a.ok) - Number(b.ok));
  return markup`<ul class="claims">${ordered.map(
    ({ name, ok, detail, code: failure }) =>
      markup`<li>${badge(ok ? 'pass' : 'fail', ok ? 'holds' : 'broken')} ${name}${!ok && failure !== undefined ? markup` ${code(failure)}` : undefined}<span class="detail">${detail}</span></li>\n`,
  )}</ul>`;
}

function waitsOf({ seen, zero }: Surroundings): Markup | undefined {
  if (seen.length === 0) return undefined;
  const cut = seen.length - MOST_WAITS;
  const more = cut > 0 ? markup`<li>${cut} more in timeline.ndjson</li>` : undefined;
  return markup`<details class="waits"><summary>What it waited for (${seen.length})</summary><ol>${seen
    .slice(0, MOST_WAITS)
    .map(
      ({ at, waitingFor }) =>
        markup`<li><span class="muted">${moment(Date.parse(at) - zero)}</span> ${waitingFor}</li>\n`,
    )}${more}</ol></details>`;
}
