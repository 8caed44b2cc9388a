import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { commitSchema } from '../domain/ids.ts';
import { openWorkTree, type Environment, type Git } from './local-git.ts';
import type { PinnedRef } from './resolve-ref.ts';
import type { Source } from './source.ts';
import { UserError } from './user-error.ts';

/**
 * The work tree of a local repository as a commit, when it differs from its HEAD: tracked files as they are now, and
 * untracked ones that nothing ignores. Branch, index, work tree and references stay as they are; the commit lies in the
 * object store only, from where the host fetches it, and git's own pruning removes it after two weeks. Undefined when
 * there is nothing to snapshot: no difference, no work tree, no commit yet, or a source that is not a local path.
 * @throws UserError when there are changes that cannot be recorded
 */
export async function snapshotWorkTree(
  source: Source,
  environment: Environment,
): Promise<PinnedRef | undefined> {
  if (source.kind !== 'path') return undefined;
  const scratch = await mkdtemp(join(tmpdir(), 'cc-ci-snapshot-'));
  try {
    const index = join(scratch, 'index');
    const git = await openWorkTree(source.location, index, environment);
    return git && (await snapshot(git, source.location, index));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `the uncommitted changes in ${source.location} cannot be recorded (${why})`,
      'Commit them, or name what to test with --ref, such as --ref HEAD',
      { cause },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function snapshot(git: Git, folder: string, index: string): Promise<PinnedRef | undefined> {
  // A copy of the user's index knows what has not changed, and what is not to be looked at.
  const own = resolve(folder, await git('rev-parse', '--git-path', 'index'));
  if (existsSync(own)) await copyFile(own, index);
  await git('add', '--all', '--', ':/');
  const tree = await git('write-tree');
  if (tree === (await git('rev-parse', 'HEAD^{tree}'))) return undefined;
  const commit = await git('commit-tree', '-p', 'HEAD', '-m', 'Uncommitted changes', tree);
  const branch = await git('rev-parse', '--abbrev-ref', 'HEAD');
  const name = branch === 'HEAD' ? await git('rev-parse', '--short=7', 'HEAD') : branch;
  return { commit: commitSchema.parse(commit), name: `${name}+U` };
}
