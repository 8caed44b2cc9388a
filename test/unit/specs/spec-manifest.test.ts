import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../activities/support/load-recipe.ts';
import type { Operation } from '../../../activities/support/operation.ts';
import { createRunner } from '../../../activities/support/run-command.ts';
import { faultOfSpecFiles, stagesWithSpecs } from '../../../activities/support/spec-manifest.ts';
import type { Stage } from '../../../domain/stages.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const INSTALL = 'sample/install.spec.ts';
const LOGIN = 'sample/custom/login.spec.ts';
const POST = 'sample/custom/post.spec.ts';

/** A checkout with a recipe that has specs; `git` runs git in it. */
function checkout(folder = temporaryFolder()) {
  const put = (file: string, content = `// ${file}`) => {
    const path = join(folder, 'recipes', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const lines: string[] = [];
  const operation: Operation = {
    environment: { id: 'e', runId: 'r', instance: 'i', host: 'h', apps: [] },
    signal: new AbortController().signal,
    log: (line) => lines.push(line),
    hide: () => undefined,
    redact: (text) => text,
    progress: () => undefined,
    run: createRunner({
      scratch: join(folder, 'scratch'),
      redact: (text) => text,
      log: () => undefined,
      signal: new AbortController().signal,
    }),
  };
  for (const file of [INSTALL, LOGIN, POST]) put(file);
  return {
    folder,
    lines,
    put,
    remove: (file: string) => rmSync(join(folder, 'recipes', file)),
    git: (...args: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]),
    fault: async (stage: Stage) =>
      faultOfSpecFiles(operation, folder, { recipe: await loadRecipe('sample', folder), stage }),
    stages: async () => stagesWithSpecs(operation, folder, await loadRecipe('sample', folder)),
  };
}

function tracked() {
  const it = checkout();
  it.git('init', '--quiet');
  it.git('add', 'recipes');
  it.git('commit', '--quiet', '--message', 'specs');
  return it;
}

describe('the spec files of a recipe', () => {
  it('are as they should be when git tracks all of them, or has changed and new ones beside them', async () => {
    const { put, fault } = tracked();
    put(LOGIN, '// somebody is working on it');
    put('sample/custom/draft.spec.ts');
    await expect(fault('custom')).resolves.toBeUndefined();
    await expect(fault('install')).resolves.toBeUndefined();
  });

  it('lack one that was deleted locally, at the stage to which it belongs [R-42 F-30]', async () => {
    const { remove, fault } = tracked();
    remove(LOGIN);
    await expect(fault('custom')).resolves.toBe(`tracked spec ${LOGIN} is missing`);
    await expect(fault('install')).resolves.toBeUndefined();
  });

  it('keep their stage in the plan when all of it was deleted locally [R-42 F-30]', async () => {
    const { remove, stages, fault } = tracked();
    remove(LOGIN);
    remove(POST);
    await expect(stages()).resolves.toEqual(['install', 'custom']);
    await expect(fault('custom')).resolves.toContain(`${LOGIN}, ${POST} is missing`);
  });

  it('are missing for a recipe whose whole folder was deleted locally [F-30]', async () => {
    const { folder, stages, fault } = tracked();
    rmSync(join(folder, 'recipes/sample'), { recursive: true });
    await expect(stages()).resolves.toEqual(['install', 'custom']);
    await expect(fault('install')).resolves.toBe(`tracked spec ${INSTALL} is missing`);
  });

  it('must not be there twice [R-42 F-31]', async () => {
    const { put, fault } = tracked();
    put('sample/custom/copy.spec.ts', `// ${LOGIN}`);
    await expect(fault('custom')).resolves.toBe(
      `duplicate: ${LOGIN} is a copy of sample/custom/copy.spec.ts`,
    );
    await expect(fault('install')).resolves.toBeUndefined();
    put('sample/backup.spec.ts', `// ${INSTALL}`);
    await expect(fault('backup')).resolves.toBe(`duplicate: sample/backup.spec.ts is a copy of ${INSTALL}`);
  });

  it('are compared with the manifest of a packaged copy, which has no git [R-42]', async () => {
    const { put, fault } = checkout();
    put('manifest.json', JSON.stringify({ version: 1, specs: [INSTALL, LOGIN, 'other/install.spec.ts'] }));
    await expect(fault('custom')).resolves.toBeUndefined();
    const lost = 'sample/upgrade.spec.ts';
    put('manifest.json', JSON.stringify({ version: 1, specs: [INSTALL, LOGIN, lost] }));
    await expect(fault('upgrade')).resolves.toBe(`tracked spec ${lost} is missing`);
    put('manifest.json', '{"version": 2}');
    await expect(fault('install')).rejects.toMatchObject({ code: 'E_RECIPE_FOLDER' });
  });

  it('are compared with nothing where neither git nor a manifest knows them, which the log says', async () => {
    const outer = temporaryFolder();
    execFileSync('git', ['-C', outer, 'init', '--quiet']);
    const inner = join(outer, 'packaged');
    mkdirSync(inner);
    for (const it of [checkout(), checkout(inner)]) {
      await expect(it.fault('install')).resolves.toBeUndefined();
      expect(it.lines).toEqual([expect.stringContaining('not compared with a manifest')]);
    }
  });
});
