import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import type { ComposeStack } from '../../../domain/compose.ts';
import type { RecipeConfig, RecipeTag, RecipeTree } from '../../../domain/lint/recipe-tree.ts';
import type { App, Version } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import type { RunCommand } from '../../support/run-command.ts';
import type { AppSettings } from '../port.ts';
import { isSteered, readAppEnv, SAMPLE } from './app-env.ts';
import { makeCheckout } from './checkout.ts';
import { mirrorOf, tagsBefore } from './git.ts';
import { renderStack } from './render.ts';
import type { SwarmContext } from './swarm-context.ts';
import { isFault, MAX_CONFIG_BYTES, readTreeFile } from './tree-files.ts';
import { byVersion, isVersionTag } from './version-tags.ts';

/** Reads a version of a recipe for the linter, in a folder that is gone afterwards. */
export async function readRecipe(
  context: SwarmContext,
  operation: Operation,
  app: App,
  version: Version,
  settings: AppSettings,
): Promise<RecipeTree> {
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-read-'));
  try {
    const treeDir = join(scratch, 'tree');
    await makeCheckout(context, operation, app, version, treeDir);
    const mirror = mirrorOf(context.paths.gitCache, app.source);
    const tags = await tagsBefore(operation, mirror, version.commit);
    return await readTree({
      treeDir,
      app,
      settings,
      tags: tags.filter(({ tag }) => isVersionTag(tag)).sort(byVersion),
      renderer: context.config.CCI_RENDERER,
      run: operation.run,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export interface ReadTreeInput {
  /** Checkout of the version; not trusted. */
  readonly treeDir: string;
  readonly app: App;
  readonly settings: Pick<AppSettings, 'env'>;
  /** Version tags, newest first. */
  readonly tags: readonly RecipeTag[];
  /** Program that prints the merged compose files. */
  readonly renderer: string;
  readonly run: RunCommand;
}

/** Reads a checkout as plain data. What cannot be rendered has no stack; why is a matter of `examineTree`. */
export async function readTree(input: ReadTreeInput): Promise<RecipeTree> {
  const { treeDir, app, settings } = input;
  const appEnv = await readAppEnv({ treeDir, app, settings });
  const sample = await readTreeFile(treeDir, SAMPLE);
  const rendering = isSteered(appEnv)
    ? undefined
    : await renderStack({ ...input, env: appEnv.env, placeOf: appEnv.placeOf });
  return {
    stackName: app.stack,
    compose: rendering?.files ?? [],
    stack: rendering?.stack,
    env: appEnv.env,
    sample: isFault(sample) ? '' : sample.text,
    files: await listFiles(treeDir),
    configs: rendering?.stack ? await readConfigs(treeDir, app.stack, rendering.stack) : [],
    tags: input.tags.map(({ tag, annotated }) => ({ tag, annotated })),
  };
}

/** Files and links, without looking behind the links. */
async function listFiles(treeDir: string): Promise<string[]> {
  const entries = await readdir(treeDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(treeDir, join(entry.parentPath, entry.name)))
    .sort();
}

async function readConfigs(treeDir: string, stackName: string, stack: ComposeStack): Promise<RecipeConfig[]> {
  const configs: RecipeConfig[] = [];
  for (const kind of ['configs', 'secrets'] as const) {
    for (const [key, { name = `${stackName}_${key}`, file }] of Object.entries(stack[kind])) {
      if (file === undefined) continue;
      const path = isAbsolute(file) ? relative(treeDir, file) : file;
      const read = await readTreeFile(treeDir, path, { maxBytes: MAX_CONFIG_BYTES, text: false });
      if (isFault(read)) continue;
      const sha256 = createHash('sha256').update(read.text).digest('hex');
      configs.push({ kind, key, name, file: path, sha256, text: read.text });
    }
  }
  return configs;
}
