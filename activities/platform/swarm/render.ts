import { isAbsolute, join, relative } from 'node:path';
import { parse } from 'yaml';
import { composeStackSchema, type ComposeStack } from '../../../domain/compose.ts';
import { CodedError } from '../../../domain/errors.ts';
import type { Refusal } from '../../../domain/plan.ts';
import {
  createSourceMap,
  type LocateSource,
  type SourceFile,
  type SourcePlace,
} from '../../../domain/source-map.ts';
import type { RunCommand } from '../../support/run-command.ts';
import { placeOfLoaderError } from './loader-errors.ts';
import { checkComposeFile } from './source-checks.ts';
import { harnessVariables, isFault, MAX_CONFIG_BYTES, readTreeFile } from './tree-files.ts';

export interface RenderInput {
  readonly treeDir: string;
  /** The app's complete environment; the renderer sees nothing else. */
  readonly env: Readonly<Record<string, string>>;
  /** Program called as `<renderer> --project-directory <dir> <file>...` that prints the merged YAML. */
  readonly renderer: string;
  readonly run: RunCommand;
  /** Where the recipe sets a variable, for refusals. */
  readonly placeOf: (key: string) => SourcePlace;
}

export interface Rendering {
  /** Absent when there are refusals. */
  readonly stack: ComposeStack | undefined;
  readonly refusals: readonly Refusal[];
  /** The compose files in their order, as far as they could be read. */
  readonly files: readonly SourceFile[];
  /** Finds the source of a path of the stack. */
  readonly locate: LocateSource;
}

const MAX_FILES = 30;
const MAX_STACK_BYTES = 8 * 1024 * 1024;
const RENDER_TIMEOUT_MS = 30_000;
const MAX_MESSAGE = 500;

/**
 * Renders the compose files that the environment names, with Docker's own loader, after having checked that the loader
 * will read nothing outside the checkout. Faults of the recipe are refusals; rejects with a `CodedError` only when the
 * renderer itself cannot be run.
 */
export async function renderStack(input: RenderInput): Promise<Rendering> {
  const { files, refusals } = await readComposeFiles(input);
  const locate = createSourceMap(refusals.length === 0 ? files : [], input.env);
  if (refusals.length > 0) return { stack: undefined, refusals, files, locate };

  const result = await input.run(
    [
      input.renderer,
      '--project-directory',
      input.treeDir,
      ...files.map(({ name }) => join(input.treeDir, name)),
    ],
    {
      // The runner would fill in a search path of its own, and a recipe could show it.
      env: { PATH: '', ...input.env },
      timeoutMs: RENDER_TIMEOUT_MS,
      accept: [0, 1, 2],
      maxBytes: MAX_STACK_BYTES,
      quiet: true,
    },
  );
  if (result.exitCode !== 0) {
    const message = result.stderr.trim().replaceAll(`${input.treeDir}/`, '');
    const place = placeOfLoaderError(message, files, locate);
    return {
      stack: undefined,
      refusals: [{ code: 'E_RENDER', rule: 'loader', ...place, message: cut(message) }],
      files,
      locate,
    };
  }
  if (Buffer.byteLength(result.stdout) >= MAX_STACK_BYTES) {
    const message = `the rendered stack has more than ${MAX_STACK_BYTES} bytes`;
    return {
      stack: undefined,
      refusals: [{ code: 'E_RENDER', rule: 'stack-size', ...locate([]), message }],
      files,
      locate,
    };
  }
  const stack = readStack(result.stdout);
  const outside = await checkFiles(input, stack, locate);
  return { stack: outside.length > 0 ? undefined : stack, refusals: outside, files, locate };
}

async function readComposeFiles(input: RenderInput): Promise<{ files: SourceFile[]; refusals: Refusal[] }> {
  const names = (input.env['COMPOSE_FILE'] ?? '').split(':').filter((name) => name !== '');
  if (names.length === 0) names.push('compose.yml');
  const refusals: Refusal[] = [];
  const files: SourceFile[] = [];
  if (names.length > MAX_FILES) {
    const message = `COMPOSE_FILE names ${names.length} files; at most ${MAX_FILES}`;
    return {
      files,
      refusals: [{ code: 'E_RENDER', rule: 'compose-file', ...input.placeOf('COMPOSE_FILE'), message }],
    };
  }
  for (const name of names) {
    const read = await readTreeFile(input.treeDir, name);
    if (isFault(read)) {
      // A link inside the checkout is the file's own fault, anything else that of the list.
      const missing = read.rule === 'file-missing' || isAbsolute(name) || name.split('/').includes('..');
      refusals.push({ ...read, ...(missing ? input.placeOf('COMPOSE_FILE') : { file: name, line: 1 }) });
      continue;
    }
    const file = { name, text: read.text };
    files.push(file);
    refusals.push(...(await checkComposeFile(input.treeDir, file, input.env)));
  }
  return { files, refusals };
}

function readStack(text: string): ComposeStack {
  const parsed = composeStackSchema.safeParse(parse(text, { maxAliasCount: 0, logLevel: 'silent' }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CodedError('E_INTERNAL', `unexpected rendering at ${issue?.path.join('.')}: ${issue?.message}`);
}

/**
 * Configs and secrets from files are read at the deploy; the loader's own answer says which files these are. The env
 * files that it has read are looked at once more, should it ever read a document otherwise than the checks before it.
 */
async function checkFiles(input: RenderInput, stack: ComposeStack, locate: LocateSource): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const kind of ['configs', 'secrets'] as const) {
    for (const [key, { file }] of Object.entries(stack[kind])) {
      if (file === undefined) continue;
      const name = isAbsolute(file) ? relative(input.treeDir, file) : file;
      const read = await readTreeFile(input.treeDir, name, { maxBytes: MAX_CONFIG_BYTES, text: false });
      if (isFault(read)) refusals.push({ ...read, ...locate([kind, key, 'file']) });
      else refusals.push(...harnessVariables(name, read.text));
    }
  }
  for (const [name, service] of Object.entries(stack.services)) {
    for (const file of envFiles(service['env_file'])) {
      const read = await readTreeFile(input.treeDir, file);
      if (isFault(read)) refusals.push({ ...read, ...locate(['services', name, 'env_file']) });
    }
  }
  return refusals;
}

function envFiles(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((item: unknown) =>
    item === undefined || item === null ? [] : [typeof item === 'string' ? item : JSON.stringify(item)],
  );
}

function cut(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
