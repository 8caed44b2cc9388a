import type { Command } from 'commander';
import type { Plan, Refusal, RunInput, Version } from '../../domain/plan.ts';
import { formatDuration } from '../../domain/format-duration.ts';
import { chaosVersion } from '../../domain/labels.ts';
import type { RecipeReading } from '../../domain/recipe-reading.ts';
import { withClient } from '../connection.ts';
import { readRecipe } from '../read-recipe.ts';
import { checkRequest } from '../start-run.ts';
import { terminal } from './context.ts';
import { counted, describeRefusal } from './findings.ts';
import { helpAfter } from './help.ts';
import { planHere } from './plan-here.ts';
import { withStack } from './stack.ts';

interface PlanOptions {
  readonly stages?: string;
  readonly ref?: string;
  readonly base?: string;
  readonly source?: string;
  readonly json?: true;
}

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('show what a run would do and whether the policy allows it; nothing is deployed')
    .argument('<recipe>', 'name of the recipe, such as custom-html')
    .option('--stages <list>', 'comma list of stages')
    .option(
      '--ref <ref>',
      'branch, tag or commit (default: HEAD of the repository, with uncommitted changes)',
    )
    .option('--base <tag>', 'version to upgrade from (default: the published version before)')
    .option('--source <path or URL>', 'repository of the recipe (default: CCI_RECIPE_SOURCE)')
    .option('--json', 'print one JSON document')
    .action(async (recipe: string, options: PlanOptions) => {
      const request = checkRequest({ recipe, ...options });
      await withStack(async () => {
        const config = terminal.config();
        const input = await planHere(config, request);
        const reading = await withClient(config, (client) => readRecipe(client, input));
        const allowed = reading.plan.refusals.length === 0;
        if (options.json) terminal.json(toDocument(input, reading));
        else for (const line of renderPlan(input, reading)) terminal.print(line);
        return allowed ? 0 : 1;
      });
    });
  helpAfter(command, {
    examples: [
      ['cc-ci plan custom-html', 'what a run of the default branch would do'],
      ['cc-ci plan custom-html --ref 1.11.0+1.29.0', 'the same for a published version'],
      ['cc-ci plan my-app --source .', 'a checkout, with its uncommitted changes'],
      ['cc-ci plan custom-html --json | jq .plan.images', 'the images that are needed'],
    ],
    exits: 'checks',
  });
}

function toDocument(input: RunInput, { plan, findings, omitted }: RecipeReading) {
  const { recipe, ref, source, stages } = input;
  const judged = { allowed: plan.refusals.length === 0, rendered: unrendered(plan) === undefined };
  return { recipe, ref, source, stages, ...judged, plan, findings, omitted };
}

/** Why the head could not be rendered. Then the plan has no image of it, and its refusals are the last of all. */
function unrendered({ images, refusals }: Plan): Refusal | undefined {
  return images.head.length > 0 ? undefined : refusals.at(-1);
}

/** The plan as a person reads it; a line for each kind of thing. */
export function renderPlan(input: RunInput, { plan, findings, omitted }: RecipeReading): string[] {
  const upgrade = plan.base === undefined ? '' : `${nameOf(plan.base)} → `;
  const skipped = new Map(plan.skips.map(({ stage, reason }) => [stage, reason]));
  const runs = input.stages.filter((stage) => !skipped.has(stage));
  const fault = unrendered(plan);
  // Of a head that nobody could read nothing is known, and what the base has says nothing about it.
  const ofHead = (names: readonly string[]) => (fault ? 'unknown' : list(names));
  const rows: [string, string][] = [
    ['source', input.source],
    ['stages', runs.join(', ')],
    ...input.stages.flatMap((stage): [string, string][] => {
      const reason = skipped.get(stage);
      return reason === undefined ? [] : [['skipped', `${stage}: ${reason}`]];
    }),
    ...(fault ? [['head', `cannot be rendered: ${describeRefusal(fault)}`] as [string, string]] : []),
    ['services', ofHead(plan.services)],
    ...(plan.base ? [['base images', list(plan.images.base)] as [string, string]] : []),
    ['images', ofHead(plan.images.head)],
    ['secrets', ofHead(plan.secrets)],
    ['specs', list(plan.specs)],
    ...(plan.before.length > 0 ? [['own steps', `before ${list(plan.before)}`] as [string, string]] : []),
    ['limits', describeLimits(plan.limits)],
    ...(input.stages.includes('lint')
      ? [['lint', describeLint(findings, fault !== undefined)] as [string, string]]
      : []),
    [
      'policy',
      plan.refusals.length === 0 ? 'allowed' : `refused: ${counted(plan.refusals.length, 'refusal')}`,
    ],
  ];
  return [
    `${input.recipe} ${upgrade}${nameOf(plan.head, input.ref)}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(11)} ${text}`),
    ...plan.refusals.map((refusal) => `    ${describeRefusal(refusal)}`),
    ...(omitted > 0 ? [`    and ${omitted} more`] : []),
  ];
}

function nameOf(version: Version, ref?: string): string {
  const commit = chaosVersion(version);
  const name = version.tag ?? ref;
  return name === undefined ? commit : `${name} (${commit})`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

/** @param blind whether the rules that look at the rendered stack saw nothing */
function describeLint(findings: RecipeReading['findings'], blind: boolean): string {
  if (findings.length === 0) return blind ? 'not judged' : 'nothing to object to';
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const counts = `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`;
  return `${counts}${blind ? ' in what can be read' : ''} (\`cc-ci lint\` shows them)`;
}

function describeLimits({
  deployTimeoutMs,
  httpTimeoutMs,
  backupTimeoutMs,
  restoreTimeoutMs,
}: Plan['limits']) {
  return Object.entries({
    deploy: deployTimeoutMs,
    http: httpTimeoutMs,
    backup: backupTimeoutMs,
    restore: restoreTimeoutMs,
  })
    .map(([what, limitMs]) => `${what} ${formatDuration(limitMs)}`)
    .join(', ');
}
