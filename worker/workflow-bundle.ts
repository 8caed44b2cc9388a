import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Everything that ends up in the bundle. */
const INPUTS = ['workflows', 'domain', 'codec', 'package-lock.json'];

/** The workflows as every worker of one build runs them. */
export interface WorkflowBuild {
  /** File of the bundle. */
  readonly codePath: string;
  /** The version that the workers give Temporal: hash of what the bundle was made of. */
  readonly build: string;
}

/** The build whose bundle lies there, as `ensureWorkflowBundle` has named it. */
export function buildAt(codePath: string): WorkflowBuild {
  const [, build] = /^workflows-([0-9a-f]+)\.js$/.exec(basename(codePath)) ?? [];
  if (build === undefined) throw new Error(`${codePath} is not named like a workflow bundle`);
  return { codePath, build };
}

/**
 * The workflow bundle of the sources as they are, made ahead of every worker and kept by the hash of its inputs in
 * `cacheDir`. Safe to be called by several processes at once.
 */
export async function ensureWorkflowBundle(cacheDir: string, logger?: Logger): Promise<WorkflowBuild> {
  const folder = join(cacheDir, 'bundles');
  const path = join(folder, `workflows-${await hashOf(INPUTS)}.js`);
  if (await exists(path)) return buildAt(path);
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows', 'index.ts'),
    failureConverterPath: join(root, 'codec', 'failure-converter.ts'),
    ...(logger ? { logger } : {}),
  });
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, code);
  await rename(temporary, path);
  return buildAt(path);
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

async function hashOf(names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await Promise.all(names.map(filesBelow))).flat().sort()) {
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesBelow(name: string): Promise<string[]> {
  if (name.endsWith('.json')) return [name];
  const entries = await readdir(join(root, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
