import { ERROR_CODES, type ErrorClass } from '../../../domain/error-codes.ts';
import { isErrorCode } from '../../../domain/errors.ts';
import { describeSeen } from '../../../domain/failure-signature.ts';
import { formatDuration } from '../../../domain/format-duration.ts';
import type { Results, Verdict } from '../../../domain/results.ts';
import type { ReportFacts } from './facts.ts';
import { firstCause } from './gather-facts.ts';
import { markup, type Markup } from './markup.ts';
import { anchorOf, badge, code, counted, firstLine, otherLines, pairs } from './parts.ts';

const WHOSE: Record<ErrorClass, string> = {
  recipe: 'the recipe',
  test: 'the recipe, or the test that failed',
  infra: 'the infrastructure of the host',
  upstream: 'upstream: a registry, or who publishes the image',
  base: 'the published version that was upgraded from, not the change',
  leak: 'the removal: something of the run is left on the host',
  cancelled: 'nobody: the run was stopped',
  harness: 'cc-ci itself, not the recipe',
};

const SENTENCES: Record<Verdict, string> = {
  passed: 'Everything that was asked for holds.',
  failed: 'Something that has to hold does not.',
  errored: 'The run could not prove what it was asked for.',
  leaked: 'The removal could not be verified.',
  cancelled: 'The run was stopped before its end.',
  'base-broken': 'The version to upgrade from does not install.',
};

const LOOKS = {
  passed: 'pass',
  failed: 'fail',
  errored: 'error',
  leaked: 'error',
  cancelled: 'skip',
  'base-broken': 'error',
} as const satisfies Record<Verdict, Parameters<typeof badge>[0]>;

/** What the run came to, why, whose fault it is and what to do about it: the first thing on the page. */
export function renderVerdict({ results, logs, traces }: ReportFacts): Markup {
  const { verdict, recipe, ref, reason, partial, level } = results;
  const cause = firstCause(results);
  const stage = results.stages.find(({ name }) => name === cause);
  const broken = stage?.assertions.find(({ ok }) => !ok);
  return markup`<header class="verdict ${LOOKS[verdict]}">
<h1>${badge(LOOKS[verdict], verdict)} <span>${recipe} <small>${ref}</small></span></h1>
<p class="reason">${firstLine(reason ?? SENTENCES[verdict])}</p>
${reason === undefined ? undefined : otherLines(reason)}
${broken && !reason?.includes(broken.detail) ? markup`<p>${broken.name}: ${broken.detail}</p>` : undefined}
${pairs([
  ['Level', levelText(level, partial)],
  ['Code', results.code === undefined ? undefined : codeText(results.code)],
  ['Whose fault', results.class === undefined ? undefined : (whose(results.class) ?? results.class)],
  [
    'Stage',
    stage && verdict !== 'passed'
      ? markup`<a href="#${anchorOf('stage', stage.name)}">${stage.name}</a>`
      : undefined,
  ],
  ['Took', formatDuration(results.durationMs)],
  ['Seen before', results.failure?.seen && capital(describeSeen(results.failure.seen))],
])}
<div class="next"><h2>What to do next</h2>
<ul>${nextSteps(results).map((step) => markup`<li>${step}</li>`)}
${
  stage && verdict !== 'passed'
    ? markup`${logs.some((log) => log.stage === stage.name) ? markup`<li>Read the <a href="#${anchorOf('log', stage.name)}">log of ${stage.name}</a>.</li>` : undefined}
${traces.length > 0 ? markup`<li>Look at the <a href="#pictures">traces of the specs that failed</a>, step by step.</li>` : undefined}`
    : undefined
}</ul></div>
</header>`;
}

function levelText(level: number | undefined, partial: boolean): string {
  if (level !== undefined) return `${level} of 5`;
  return partial ? 'none: only some of the stages were asked for' : 'none';
}

function codeText(name: string): Markup {
  return markup`${code(name)}${isErrorCode(name) ? `: ${ERROR_CODES[name].message}` : undefined}`;
}

function whose(name: string): string | undefined {
  return Object.entries(WHOSE).find(([one]) => one === name)?.[1];
}

function nextSteps(results: Results): string[] {
  const { verdict, remedy, partial, leaked, teardown, proof, lint, rungs, failure } = results;
  const left = teardown?.left.length ?? 0;
  const missing = proof ? proof.needed - proof.greens : 0;
  const errors = (lint ?? []).filter(({ severity }) => severity === 'error').length;
  const open = rungs.filter(({ status }) => status === 'unverified').map(({ name }) => name);
  const steps = [
    ...(verdict !== 'passed' && remedy !== undefined ? [`${capital(remedy)}.`] : []),
    ...(failure?.hint === undefined ? [] : [`A known cause says the same: ${failure.hint}.`]),
    ...(leaked && left > 0
      ? [`${counted(left, 'object is', 'objects are')} left on the host: see the removal below.`]
      : []),
    ...(verdict === 'passed' && partial ? ['Run all stages: a partial run gives no level.'] : []),
    ...(verdict === 'passed' && missing > 0
      ? [
          `Run it ${counted(missing, 'more time', 'more times')}: the recipe has flaked, so one green proves nothing.`,
        ]
      : []),
    ...(errors > 0 ? [`Fix ${counted(errors, 'error')} of the linter.`] : []),
    ...(verdict === 'passed' && open.length > 0 ? [`Not proven: ${open.join(', ')}.`] : []),
  ];
  return steps.length > 0 ? steps : ['Nothing.'];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
