import { renderAnsi } from './ansi.ts';
import type { LogFile, ReportFacts } from './facts.ts';
import { firstCause } from './gather-facts.ts';
import { markup, type Markup } from './markup.ts';
import { anchorOf, counted, formatBytes, type Section } from './parts.ts';

/** Logs of stages and services; the one of the stage that failed is open. The search needs the page's script. */
export function logsSection({ results, logs }: ReportFacts): Section | undefined {
  if (logs.length === 0) return undefined;
  const cause = firstCause(results);
  const body = markup`<div class="search" role="search" hidden><label for="search">Search all logs</label>
<input id="search" type="search" autocomplete="off" spellcheck="false"><output id="found" for="search"></output></div>
<div id="lines">${logs.map((log) => file(log, cause !== undefined && log.stage === cause))}</div>`;
  return { id: 'logs', title: 'Logs', body };
}

function file({ name, stage, lines, cut }: LogFile, open: boolean): Markup {
  const title = stage ?? name.replace(/\.log$/, '');
  const about = [counted(lines.length, 'line'), ...(cut ? [`${formatBytes(cut.bytes)} left out`] : [])];
  return markup`<details class="log" id="${anchorOf('log', title)}"${open ? markup` open` : undefined}>
<summary><b>${title}</b> <span class="muted">${about.join(' · ')}</span></summary>
<pre tabindex="0" role="group" aria-label="Log of ${title}">${lines.map(
    (line, index) =>
      markup`${cut?.beforeLine === index ? leftOut(name, cut.bytes) : undefined}<span class="line">${renderAnsi(line)}\n</span>`,
  )}</pre></details>\n`;
}

function leftOut(name: string, bytes: number): Markup {
  return markup`<span class="cut">… ${formatBytes(bytes)} left out; all of it is in logs/${name} …\n</span>`;
}
