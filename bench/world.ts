import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { settingsOf } from '../activities/apps.ts';
import { ensureCheckout } from '../activities/platform/swarm/checkout.ts';
import { examineApp, refuse } from '../activities/platform/swarm/examine-app.ts';
import { createSwarmContext } from '../activities/platform/swarm/swarm-context.ts';
import { createSwarmPlatform } from '../activities/platform/swarm/swarm-platform.ts';
import { openOperation } from '../activities/support/open-operation.ts';
import { hostPaths } from '../activities/support/paths.ts';
import { appDomain, stackName } from '../domain/ids.ts';
import { markStack } from '../domain/stack-transform.ts';
import { serialiseStack } from '../domain/stack-yaml.ts';
import type { App, Environment, Version } from '../domain/plan.ts';
import { loadWorkerConfig } from '../worker/config.ts';

export const run = promisify(execFile);
export const RECIPE = 'custom-html';

/** The stack files of base and head as cc-ci itself would deploy them, for an app of its own. */
export interface RenderedApp extends AsyncDisposable {
  readonly app: App;
  readonly folder: string;
  /** Files. */
  readonly base: string;
  readonly head: string;
  readonly headVersion: Version;
}

/** Renders published version and head of the recipe that the demo tests, with the code that runs use. */
export async function renderApp(): Promise<RenderedApp> {
  const config = loadWorkerConfig();
  const folder = await mkdtemp(join(tmpdir(), 'cc-ci-bench-'));
  const paths = hostPaths(join(folder, 'data'));
  const source = config.CCI_DATA.replace(/data$/, join('recipes', RECIPE));
  if (!existsSync(source)) throw new Error(`there is no repository of ${RECIPE}: npm run up`);
  const id = randomUUID();
  const domain = appDomain({ recipe: RECIPE, role: 'app', environmentId: id, zone: config.CCI_ZONE });
  const app: App = { role: 'app', recipe: RECIPE, source, domain, stack: stackName(domain) };
  const environment: Environment = { id, runId: 'bench', instance: 'bench', host: 'bench', apps: [app] };
  const signal = new AbortController().signal;
  const operation = await openOperation({ environment, token: 1, signal, paths, stage: 'install' });
  const platform = createSwarmPlatform(config, paths);
  const context = createSwarmContext(config, paths);
  const { stdout } = await run('git', ['-C', source, 'rev-parse', 'HEAD']);
  const { head, previous } = await platform.versions(operation, app, stdout.trim());
  if (!previous) throw new Error(`${RECIPE} has no published version before its head`);
  const render = async (name: string, version: Version): Promise<string> => {
    const tree = await ensureCheckout(context, operation, app, version);
    const settings = await settingsOf({ config, paths, platform }, RECIPE, version);
    const { stack } = refuse(
      operation,
      await examineApp(context, operation, tree, { app, version, settings }),
    );
    if (!stack) throw new Error(`${name} was not rendered`);
    const marks = { instance: 'bench', run: 'bench', environment: id, deploy: name, origin: 'base' };
    const file = join(folder, `${name}.yml`);
    await writeFile(file, serialiseStack(markStack(stack, marks)));
    return file;
  };
  await mkdir(join(folder, 'data'), { recursive: true });
  return {
    app,
    folder,
    base: await render('base', previous),
    head: await render('head', head),
    headVersion: head,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
