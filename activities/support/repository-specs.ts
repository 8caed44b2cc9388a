import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { markerValue, type Marker } from '../../domain/markers.ts';
import type { App, Version } from '../../domain/plan.ts';
import { APPROVED_LIST, parseApproved, REPOSITORY_SPECS } from '../../domain/repository-specs.ts';
import type { SpecContext } from '../../domain/spec-context.ts';
import { withinBudget } from '../../domain/within-budget.ts';
import type { IsolatedTask, Platform } from '../platform/port.ts';
import type { SpecOutcome } from '../types.ts';
import type { TrustedIngress } from './ingress-http.ts';
import { CHECKOUT } from './load-recipe.ts';
import type { Operation } from './operation.ts';
import { judgeReport, uncollected, type SpecVerdict } from './spec-report.ts';

/** Where the specs lie below `recipes`, as those of a recipe folder do: the same imports lead to the same fixtures. */
const FOLDER = 'repository/custom';
/** Their assertions must not crowd out those of the reviewed specs. */
const BUDGET = 2000;
const PLAYWRIGHT = '/cc-ci/node_modules/@playwright/test/cli.js';

/** Whether a recipe is on the reviewed list of those whose own specs may run; nobody is by default (spec R-36). */
export async function isApproved(recipe: string, checkout = CHECKOUT): Promise<boolean> {
  return parseApproved(await readFile(join(checkout, 'recipes', APPROVED_LIST), 'utf8')).includes(recipe);
}

export interface RepositorySpecTask {
  readonly app: App;
  readonly version: Version;
  readonly markers: readonly Marker[];
}

/**
 * Runs the specs that the head's own repository brings, in isolation. They get the context of a spec without secrets:
 * those of the run's realm are not for the author of a change. A recipe that is not on the list runs nothing.
 */
export async function runRepositorySpecs(
  {
    platform,
    ingress,
    timeoutMs,
    checkout = CHECKOUT,
  }: {
    readonly platform: Platform;
    readonly ingress: TrustedIngress;
    readonly timeoutMs: number;
    readonly checkout?: string;
  },
  operation: Operation,
  task: RepositorySpecTask,
): Promise<SpecOutcome> {
  const { app, version } = task;
  // The list decides, whatever a plan says.
  if (!(await isApproved(app.recipe, checkout)))
    return outcomeOf(uncollected(`${app.recipe} is not in recipes/${APPROVED_LIST}`));
  const { files, fault } = await platform.repositorySpecs(operation, app, version);
  if (fault !== undefined) return outcomeOf(uncollected(fault));
  const specs = [...files.keys()].filter((name) => name.endsWith('.spec.ts'));
  if (specs.length === 0) return outcomeOf(uncollected(`there is no spec below ${REPOSITORY_SPECS}`));
  const own = [...files].map(([name, text]) => [join('recipes', FOLDER, name), text] as const);
  const harness = await harnessFiles(checkout);
  const given: IsolatedTask['files'] = (seen) => ({
    ...harness,
    ...Object.fromEntries(own),
    'context.json': JSON.stringify(contextOf(operation, task, seen, timeoutMs)),
  });
  const { exitCode, report } = await platform.runIsolated(operation, {
    domain: app.domain,
    ingress,
    files: given,
    argv: ['node', PLAYWRIGHT, 'test', '--config=recipes/playwright.config.ts', `recipes/${FOLDER}/`],
    timeoutMs,
  });
  const { redact } = operation;
  const { attachments, ...judged } = judgeReport({
    report,
    exitCode,
    files: specs.map((name) => join(FOLDER, name)),
    redact,
  });
  operation.log(`${attachments.length} attachments of the repository's specs are not kept`);
  return outcomeOf(judged);
}

function outcomeOf(verdict: SpecVerdict): SpecOutcome {
  const named = verdict.assertions.map((one) => ({ ...one, name: `repository: ${one.name}` }));
  return { ...verdict, assertions: withinBudget(named, BUDGET), screenshots: [] };
}

function contextOf(
  operation: Operation,
  { app, version, markers }: RepositorySpecTask,
  { ingress, ca, out }: Parameters<IsolatedTask['files']>[0],
  timeoutMs: number,
): SpecContext {
  return {
    app: { role: app.role, recipe: app.recipe, domain: app.domain },
    version,
    stage: 'custom',
    marker: markerValue(operation.environment.id),
    // Whoever proposes a change is no administrator of the app.
    seed: '',
    markers: [...markers],
    deps: [],
    ingress,
    ca,
    // There is none: a spec that asks for a page fails and says so.
    browser: '/nonexistent/browser',
    out,
    timeoutMs,
  };
}

/** The fixtures with all that they import. */
async function harnessFiles(checkout: string): Promise<Record<string, string>> {
  const modulesOf = async (folder: string, recursive: boolean) =>
    (await readdir(join(checkout, folder), { recursive }))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name));
  // Of the recipes folder only what all recipes share.
  const shared = [...(await modulesOf('recipes', false)), ...(await modulesOf('domain', true))];
  const names = [...shared, 'package.json', 'tsconfig.json'];
  const read = async (name: string) => [name, await readFile(join(checkout, name), 'utf8')] as const;
  return Object.fromEntries(await Promise.all(names.map(read)));
}
