import { formatDuration } from '../../../domain/format-duration.ts';
import type { Owned, TeardownCause } from '../../../domain/results.ts';
import type { ReportFacts } from './facts.ts';
import { markup, type Markup } from './markup.ts';
import { badge, code, counted, pairs, type Section } from './parts.ts';

const CAUSES: Record<TeardownCause, string> = {
  released: 'the run had done its work',
  abnormal: 'the run ended abnormally',
  'parent-closed': 'the run was closed from outside',
  'parent-gone': 'the run is gone',
  orphaned: 'nobody answered for the run',
  ttl: 'its time was over',
  adopted: 'its run and its guard were gone, and the janitor found it',
};

/** What was removed, and what could not be. */
export function teardownSection({ results: { teardown } }: ReportFacts): Section | undefined {
  if (!teardown) return undefined;
  const { cause, removed, left, passes, killed, durationMs } = teardown;
  const body = markup`<p>${left.length === 0 ? badge('pass', 'nothing left') : badge('fail', `${left.length} left`)}</p>
${left.length > 0 ? objects(left) : undefined}
${pairs([
  ['Why it began', CAUSES[cause]],
  ['Removed', counted(removed.length, 'object')],
  ['Took', formatDuration(durationMs)],
  ['Passes', passes],
  ['Processes killed', killed > 0 ? killed : undefined],
])}
${removed.length > 0 ? markup`<details><summary>What was removed</summary>${objects(removed)}</details>` : undefined}`;
  return { id: 'teardown', title: 'Removal', body };
}

function objects(all: readonly Owned[]): Markup {
  return markup`<ul class="objects">${all.map(({ kind, name }) => markup`<li>${kind} ${code(name)}</li>\n`)}</ul>`;
}
