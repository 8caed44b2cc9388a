import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TrunkRepository {
  readonly folder: string;
  readonly git: (...args: string[]) => string;
  readonly first: string;
  readonly second: string;
}

/** A new repository whose branch is called trunk: a commit tagged `1.0.0+2.3.4`, then another one. */
export function makeTrunkRepository(): TrunkRepository {
  const folder = mkdtempSync(join(tmpdir(), 'sample-'));
  const git = (...args: string[]): string => {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'tag.gpgSign=false'];
    return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' }).trim();
  };
  git('init', '--quiet', '--initial-branch=trunk');
  git('commit', '--quiet', '--allow-empty', '--message', 'first');
  const first = git('rev-parse', 'HEAD');
  git('tag', '--annotate', '1.0.0+2.3.4', '--message', 'published');
  git('commit', '--quiet', '--allow-empty', '--message', 'second');
  return { folder, git, first, second: git('rev-parse', 'HEAD') };
}
