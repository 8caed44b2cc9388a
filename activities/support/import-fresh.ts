import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PARAMETER = 'content';
/** Folder of the modules that were imported with a content hash, by that hash. */
const folders = new Map<string, string>();
let hooked = false;

/**
 * Imports a module of a folder as the folder is now. Node keeps modules by their URL for as long as a process lives, so a
 * worker would go on with the files of its first import; a hash of their content in the URL tells the versions apart, and
 * is passed on to what the module imports from the same folder.
 * @param files relative to the folder: all that the module may be made of
 */
export async function importFresh(folder: string, file: string, files: readonly string[]): Promise<unknown> {
  const hash = createHash('sha256').update(folder);
  for (const name of files) hash.update(`\0${name}\0`).update(await readFile(join(folder, name)));
  const version = hash.digest('hex').slice(0, 16);
  folders.set(version, `${pathToFileURL(folder).href}/`);
  passOnVersions();
  return import(`${pathToFileURL(join(folder, file)).href}?${PARAMETER}=${version}`);
}

function passOnVersions(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      const [, version = ''] = /\?content=([0-9a-f]+)$/.exec(context.parentURL ?? '') ?? [];
      const folder = folders.get(version);
      if (folder === undefined || !resolved.url.startsWith(folder) || resolved.url.includes('?'))
        return resolved;
      return { ...resolved, url: `${resolved.url}?${PARAMETER}=${version}` };
    },
  });
}
