import { UNOBSERVED_MS } from '../../../domain/downtime-report.ts';
import { formatDuration } from '../../../domain/format-duration.ts';
import type { ReportFacts, Sample } from './facts.ts';
import { markup, type Markup } from './markup.ts';
import { counted, pairs, table, type Section } from './parts.ts';

const WIDTH = 1000;
const HEIGHT = 120;
/** Points of the line: more than a screen can tell apart would only make the page larger. */
const POINTS = 500;
const MOST_FAULTS = 10;

/** What visitors saw during the upgrade: when the app answered well, and how fast. */
export function downtimeSection({ results: { downtime }, samples }: ReportFacts): Section | undefined {
  if (!downtime && samples.length === 0) return undefined;
  const body = markup`${
    downtime
      ? pairs([
          ['Down', formatDuration(downtime.downtimeMs)],
          ['Longest gap', formatDuration(downtime.longestMs)],
          ['Requests', `${downtime.requests}, ${downtime.failed} of them not answered well`],
          ['Nobody asked', downtime.unobservedMs > 0 ? formatDuration(downtime.unobservedMs) : undefined],
          ['Tasks are replaced', downtime.mode],
        ])
      : undefined
  }${samples.length > 1 ? graph(samples) : undefined}${faults(samples)}`;
  return { id: 'downtime', title: 'Downtime during the upgrade', body };
}

function graph(samples: readonly Sample[]): Markup {
  const fromMs = samples[0]?.at ?? 0;
  const spanMs = Math.max(1, (samples.at(-1)?.at ?? 0) - fromMs);
  const slowestMs = Math.max(1, ...peaks(samples).map(({ tookMs }) => tookMs));
  const x = (at: number) => (((at - fromMs) / spanMs) * WIDTH).toFixed(1);
  const y = (tookMs: number) => (HEIGHT - (tookMs / slowestMs) * (HEIGHT - 8)).toFixed(1);
  const line = peaks(samples).map(({ at, tookMs }) => `${x(at)},${y(tookMs)}`);
  const failed = samples.filter(({ ok }) => !ok).length;
  const label = `${counted(samples.length, 'request')} in ${formatDuration(spanMs)}, ${failed} not answered well; the slowest took ${slowestMs} ms`;
  return markup`<figure><svg class="graph" role="img" aria-label="${label}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
${bands(samples).map(
  ({ kind, from, to }) =>
    markup`<rect class="${kind}" x="${x(from)}" width="${Math.max(1, Number(x(to)) - Number(x(from))).toFixed(1)}" height="${HEIGHT}"/>`,
)}
<polyline points="${line.join(' ')}"/></svg>
<p class="axis" aria-hidden="true"><span>0 s</span><span>${formatDuration(spanMs)}</span></p>
<figcaption>Time to the answer, up to ${slowestMs} ms. <span class="key up">answered well</span> <span class="key down">not answered well</span> <span class="key unseen">nobody asked</span></figcaption></figure>`;
}

interface Band {
  readonly kind: 'up' | 'down' | 'unseen';
  readonly from: number;
  to: number;
}

/** Stretches of one kind: each request stands for the time until the next one. */
function bands(samples: readonly Sample[]): Band[] {
  const all: Band[] = [];
  for (const [index, sample] of samples.entries()) {
    const next = samples[index + 1];
    if (!next) break;
    const kind = next.at - sample.at > UNOBSERVED_MS ? 'unseen' : sample.ok ? 'up' : 'down';
    const last = all.at(-1);
    if (last?.kind === kind) last.to = next.at;
    else all.push({ kind, from: sample.at, to: next.at });
  }
  return all;
}

/** The slowest of each group of neighbours. */
function peaks(samples: readonly Sample[]): Sample[] {
  const group = Math.ceil(samples.length / POINTS);
  return Array.from({ length: Math.ceil(samples.length / group) }, (_, index) =>
    samples.slice(index * group, (index + 1) * group),
  ).flatMap((some) =>
    some.reduce<Sample[]>(([most], one) => [!most || one.tookMs > most.tookMs ? one : most], []),
  );
}

function faults(samples: readonly Sample[]): Markup | undefined {
  const counts = new Map<string, number>();
  for (const { ok, fault } of samples) {
    if (!ok) counts.set(fault ?? 'unknown', (counts.get(fault ?? 'unknown') ?? 0) + 1);
  }
  if (counts.size === 0) return undefined;
  const rows = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_FAULTS);
  return table(
    'What was answered instead',
    ['Requests', 'What was answered'],
    rows.map(([fault, count]) => [count, fault]),
  );
}
