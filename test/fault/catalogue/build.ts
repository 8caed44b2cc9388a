import { STAGES, type Stage } from '../../../domain/stages.ts';
import { placeName, type FaultCase, type Place } from '../case.ts';
import type { RecipeTree } from '../../mutations/recipe-tree.ts';
import type { PlatformName } from '../lane.ts';

/** What a case is when it says nothing else: a whole run that must pass. */
export function faultCase(
  given: Pick<FaultCase, 'fault' | 'strike'> &
    Partial<FaultCase> & { readonly platform: PlatformName } & (
      { readonly at: Place } | { readonly place: string }
    ),
): FaultCase {
  return {
    recipe: given.platform === 'dummy' ? 'sample' : 'custom-html',
    stages: STAGES,
    expect: { verdict: 'passed' },
    place: given.at ? placeName(given.at) : '',
    ...given,
  };
}

export const INSTALL: readonly Stage[] = ['install'];
export const UPGRADE: readonly Stage[] = ['install', 'upgrade'];
export const DATA: readonly Stage[] = ['install', 'backup', 'restore'];

/** The method of the dummy platform that an activity is about, made to last long enough to be struck in its middle. */
export function slowed(method: string): Readonly<Record<string, readonly object[]>> {
  return { [method]: [{ delayMs: 4_000, times: 1 }] };
}

/** Begins the script that the hooks of the head call with another line, and raises the version of its config. */
export function withHook(tree: RecipeTree, line: string): void {
  const script = tree.read('head', 'pg_backup.sh');
  const shebang = script.slice(0, script.indexOf('\n') + 1);
  tree.write('head', 'pg_backup.sh', `${shebang}${line}\n${script.slice(shebang.length)}`);
  tree.write('head', 'abra.sh', 'export PG_BACKUP_VERSION=v3\n');
}
