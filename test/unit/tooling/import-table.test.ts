import { ESLint } from 'eslint';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');

describe('the import table', () => {
  let eslint: ESLint;
  beforeAll(() => {
    eslint = new ESLint({
      cwd: ROOT,
      // The files linted here do not exist, so nothing can be asked about their types.
      overrideConfig: [
        {
          ...tseslint.configs.disableTypeChecked,
          languageOptions: { parserOptions: { projectService: false, program: null, project: false } },
        },
      ],
    });
  });

  async function faults(file: string, code: string): Promise<string[]> {
    const results = await eslint.lintText(code, { filePath: join(ROOT, file) });
    const messages = results.flatMap((result) => result.messages);
    const fatal = messages.find((message) => message.fatal);
    if (fatal) throw new Error(fatal.message);
    return messages.map((message) => message.ruleId ?? '').filter((id) => /no-restricted/.test(id));
  }

  it.each([
    ['domain imports a workflow', 'domain/x.ts', `import { a } from '../workflows/a.ts'; a();`],
    [
      'domain imports an activity type',
      'domain/x.ts',
      `import type { A } from '../activities/a.ts'; let a: A;`,
    ],
    ['domain does I/O', 'domain/x.ts', `import fs from 'node:fs'; fs.statSync('/');`],
    ['domain does I/O by the bare name', 'domain/x.ts', `import fs from 'fs'; fs.statSync('/');`],
    ['domain imports a foreign package', 'domain/x.ts', `import { log } from '@temporalio/workflow'; log;`],
    [
      'a recipe imports an activity',
      'recipes/r/recipe.ts',
      `import { a } from '../../activities/a.ts'; a();`,
    ],
    ['a recipe imports a client', 'recipes/r/x.ts', `import { a } from '../../client/a.ts'; a();`],
    ['a recipe imports execa', 'recipes/r/x.ts', `import { execa } from 'execa'; execa;`],
    [
      'a workflow imports an activity value',
      'workflows/x.ts',
      `import { a } from '../activities/a.ts'; a();`,
    ],
    ['a workflow imports a client', 'workflows/x.ts', `import { a } from '../client/a.ts'; a();`],
    ['a workflow imports a module of Node', 'workflows/x.ts', `import { join } from 'node:path'; join();`],
    ['a workflow imports a logger', 'workflows/x.ts', `import { pino } from 'pino'; pino();`],
    ['an activity imports a workflow', 'activities/x.ts', `import { a } from '../workflows/a.ts'; a();`],
    [
      'an activity imports a client',
      'activities/support/x.ts',
      `import { a } from '../../client/a.ts'; a();`,
    ],
    ['an activity imports the worker', 'activities/x.ts', `import { a } from '../worker/a.ts'; a();`],
    ['an activity calls execa', 'activities/x.ts', `import { execa } from 'execa'; execa;`],
    ['an activity reads the environment', 'activities/x.ts', `export const a = process.env['A'];`],
    ['a client imports an activity', 'client/cli/x.ts', `import { a } from '../../activities/a.ts'; a();`],
    ['a client imports the worker', 'client/x.ts', `import { a } from '../worker/a.ts'; a();`],
    ['a client imports a workflow value', 'client/x.ts', `import { a } from '../workflows/a.ts'; a();`],
    ['a client reads the environment', 'client/x.ts', `export const a = process.env['A'];`],
    ['the codec imports a client', 'codec/x.ts', `import { a } from '../client/a.ts'; a();`],
    ['the failure converter imports Node', 'codec/failure-converter.ts', `import fs from 'node:fs'; fs;`],
    ['the worker calls execa', 'worker/x.ts', `import { execa } from 'execa'; execa;`],
    ['setup imports a package', 'setup/x.mjs', `import { z } from 'zod'; z;`],
    ['setup imports a source', 'setup/lib/x.mjs', `import { a } from '../../domain/a.ts'; a();`],
    ['a module exports everything', 'domain/x.ts', `export * from './ids.ts';`],
  ])('is enforced: lint fails when %s', async (_name, file, code) => {
    expect(await faults(file, code)).not.toEqual([]);
  });

  it('and there is one way to open a page: lint fails when a spec navigates by itself [F-05]', async () => {
    const raw = `export const a = async (page) => page.goto('/');`;
    expect(await faults('recipes/r/a.spec.ts', raw)).toEqual(['no-restricted-syntax']);
    const shared = `import { gotoWithRetry } from '../fixtures.ts'; gotoWithRetry();`;
    expect(await faults('recipes/r/a.spec.ts', shared)).toEqual([]);
  });

  it.each([
    [
      'domain imports zod and itself',
      'domain/x.ts',
      `import { z } from 'zod'; import { a } from './a.ts'; z; a;`,
    ],
    ['a recipe imports domain', 'recipes/r/recipe.ts', `import { a } from '../../domain/a.ts'; a();`],
    [
      'a workflow imports an activity type',
      'workflows/x.ts',
      `import type { A } from '../activities/a.ts'; let a: A;`,
    ],
    ['run-command calls execa', 'activities/support/run-command.ts', `import { execa } from 'execa'; execa;`],
    [
      'a client imports a workflow type',
      'client/x.ts',
      `import type { A } from '../workflows/a.ts'; let a: A;`,
    ],
    ['a client imports the messages', 'client/x.ts', `import { a } from '../workflows/messages.ts'; a();`],
    [
      'a client imports the loader of recipe folders',
      'client/recipe-folder/x.ts',
      `import { a } from '../../activities/support/load-recipe.ts'; a();`,
    ],
    ['a client imports the codec', 'client/x.ts', `import { a } from '../codec/keys.ts'; a();`],
    ['the command line reads the environment', 'client/cli/x.ts', `export const a = process.env['A'];`],
    ['the worker reads the environment', 'worker/x.ts', `export const a = process.env['A'];`],
    ['the worker imports everything', 'worker/x.ts', `import { a } from '../activities/a.ts'; a();`],
    [
      'setup imports itself',
      'setup/verbs/x.mjs',
      `import { a } from '../lib/a.mjs'; import fs from 'node:fs'; a(fs);`,
    ],
  ])('allows that %s', async (_name, file, code) => {
    expect(await faults(file, code)).toEqual([]);
  });
});
