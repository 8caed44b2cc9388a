import type { DependencyResult } from '../../../domain/dependencies.ts';
import type { ReportFacts } from './facts.ts';
import { markup } from './markup.ts';
import { badge, code, firstLine, pairs, type Section } from './parts.ts';

/** What was run, and where. */
export function runSection({ results }: ReportFacts): Section {
  const { specs } = results;
  const versions = [results.base, results.version ?? results.ref].filter((name) => name !== undefined);
  const body = pairs([
    ['Recipe', results.recipe],
    ['Compared', versions.join(' → ')],
    ['Reference', results.ref],
    ['Head', code(results.head)],
    ['Base', results.base ?? 'none'],
    ['Chaos version', results.chaosVersion === undefined ? undefined : code(results.chaosVersion)],
    ['Stages', results.stagesWanted.join(', ')],
    ['Specs', `${specs.passed} passed, ${specs.failed} failed, ${specs.skipped} skipped`],
    ['Changed for the test', results.overlay?.join('; ')],
    ['Needs', results.dependencies?.map(needed).join(', ')],
    ['Deploys', `${results.deployCount ?? 'unknown'}, ${results.expectedDeploys} expected`],
    ['Trigger', results.trigger],
    ['Host', results.host],
    ['Hostname', results.domain],
    [
      'Started',
      markup`<time datetime="${results.startedAt}">${`${results.startedAt.slice(0, 19).replace('T', ' ')} UTC`}</time>`,
    ],
    ['Run', code(results.runId)],
    ['Environment', results.environmentId === undefined ? undefined : code(results.environmentId)],
  ]);
  return { id: 'run', title: 'What was run', body };
}

function needed({ recipe, version, warm, ready, reason = '' }: DependencyResult): string {
  const state = ready ? (warm ? 'kept warm' : 'deployed') : `not ready: ${reason}`;
  return `${recipe} ${version} (${state})`;
}

/** The ladder: what the level is made of. */
export function rungsSection({ results: { rungs } }: ReportFacts): Section {
  const body = markup`<ol class="rungs">${rungs.map(
    ({ rung, name, status, reason }) =>
      markup`<li>${badge(status)} <b>${rung} ${name}</b>${reason === undefined ? undefined : markup` <span class="why">${firstLine(reason)}</span>`}</li>\n`,
  )}</ol>`;
  return { id: 'rungs', title: 'Rungs', body };
}
