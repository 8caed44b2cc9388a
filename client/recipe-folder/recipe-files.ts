import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAbraScript } from '../../domain/abra-sh.ts';
import { parseEnvFile } from '../../domain/env-file.ts';
import type { SourceFile } from '../../domain/source-map.ts';
import type { Environment } from '../local-git.ts';
import { gitEnvironment } from '../resolve-ref.ts';
import type { Source } from '../source.ts';
import { BROKEN, UserError } from '../user-error.ts';

const CLONE_MS = 120_000;

/** What a draft of tests is made from. */
export interface RecipeFiles {
  /** In the order in which they are merged. */
  readonly compose: readonly SourceFile[];
  /** Variables of the env sample, and the exports of abra.sh. */
  readonly env: Readonly<Record<string, string>>;
}

/** The compose file given, with the env sample beside it. */
export async function readComposeFile(file: string, workingFolder: string): Promise<RecipeFiles> {
  const path = resolve(workingFolder, file);
  const env = await readEnv(dirname(path));
  return { compose: [await readCompose(dirname(path), basename(path))], env };
}

/** The compose files of a recipe that its env sample switches on, as they lie in the folder or at the default branch. */
export async function readRecipeFiles(source: Source, environment: Environment): Promise<RecipeFiles> {
  if (source.kind === 'path') return readFolder(source.location);
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-init-'));
  try {
    const folder = join(scratch, 'recipe');
    await clone(source.location, folder, environment);
    return await readFolder(folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function readFolder(folder: string): Promise<RecipeFiles> {
  const env = await readEnv(folder);
  const names = (env['COMPOSE_FILE'] ?? '').split(':').filter((name) => name !== '');
  const inside = (names.length > 0 ? names : ['compose.yml']).filter((name) => /^[\w.-]+$/.test(name));
  return { compose: await Promise.all(inside.map((name) => readCompose(folder, name))), env };
}

async function readEnv(folder: string): Promise<Record<string, string>> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  const sample = parseEnvFile(await read('.env.sample')).values;
  return { ...sample, ...parseAbraScript(await read('abra.sh')).exports, STACK_NAME: 'stack' };
}

async function readCompose(folder: string, name: string): Promise<SourceFile> {
  try {
    return { name, text: await readFile(join(folder, name), 'utf8') };
  } catch (cause) {
    const remedy = 'Name the recipe with --source, or its compose file with --from';
    throw new UserError(`there is no ${name} in ${folder}`, remedy, { cause });
  }
}

async function clone(url: string, folder: string, environment: Environment): Promise<void> {
  // Links become text files, so that nothing outside of the clone is read.
  const settings = ['core.hooksPath=/dev/null', 'core.symlinks=false'].flatMap((one) => ['-c', one]);
  const how = ['--quiet', '--depth=1', '--no-tags', '--template='];
  try {
    await promisify(execFile)('git', [...settings, 'clone', ...how, '--', url, folder], {
      env: gitEnvironment(environment),
      timeout: CLONE_MS,
    });
  } catch (cause) {
    throw new UserError(`${url} cannot be read`, 'Check the URL and the network, then try again', {
      exitCode: BROKEN,
      cause,
    });
  }
}
