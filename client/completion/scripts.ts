import { join } from 'node:path';
import { ROOT } from '../config.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { quote } from './quote.ts';
import type { VerbWords } from './words.ts';
import { zshScript } from './zsh.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Commands of the shell that print, one a line, what is there at the time of completion. */
export interface Lookups {
  readonly recipes: string;
  readonly runs: string;
}

const WRITERS: Record<Shell, (verbs: readonly VerbWords[], lookups: Lookups) => string> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/**
 * The completion script for a shell. Verbs and options are those of this version; recipes and runs are looked up in their
 * folders whenever they are completed, so that no process of cc-ci has to start for a key press.
 * @param data data folder of the host
 */
export function completionScript(shell: Shell, verbs: readonly VerbWords[], data: string): string {
  return WRITERS[shell](verbs, {
    recipes: folderNames(join(ROOT, 'recipes')),
    runs: folderNames(join(data, 'runs')),
  });
}

/** Understood by all three shells. */
function folderNames(folder: string): string {
  return `command find ${quote(folder)} -mindepth 1 -maxdepth 1 -type d -printf '%f\\n' 2>/dev/null`;
}
