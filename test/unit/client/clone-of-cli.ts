import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** All that the command line is made of. */
const PARTS = ['bin', 'client', 'codec', 'domain', 'activities', 'workflows', 'recipes', 'package.json'];

/** A copy of the command line in a clone where nothing has been set up, but for the packages. */
export function cloneOfCli(): { readonly root: string; readonly launcher: string } {
  const root = temporaryFolder();
  for (const part of PARTS) cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return { root, launcher: join(root, 'bin', 'cc-ci') };
}
