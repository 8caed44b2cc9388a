import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from './user-error.ts';

/** Where the repository of a recipe is read from. */
export type Source =
  { readonly kind: 'path'; readonly location: string } | { readonly kind: 'url'; readonly location: string };

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Judges what was given as the source of a recipe: an https URL, an http URL of this machine, or a path. User info in
 * these URLs is refused, because it would end up in process lists, histories and reports.
 * @param template may contain `{recipe}`
 * @throws UserError
 */
export function parseSource(template: string, recipe: string, workingFolder: string): Source {
  const text = template.replaceAll('{recipe}', recipe);
  if (text.startsWith('-')) throw unusable(text, 'a source does not start with a hyphen');
  const url = /^[a-z][a-z0-9+.-]*:/i.test(text) ? parseUrl(text) : undefined;
  if (url === undefined) return pathSource(text, workingFolder);
  if (url.protocol === 'file:') return pathSource(decodeURIComponent(url.pathname), workingFolder);
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (!allowed) throw unusable(withoutUser(text), `${nameOf(url)} is not allowed; use https or a path`);
  if (url.username !== '' || url.password !== '') {
    // Not quoted: over https a name is as often a token as a name.
    throw new UserError(
      'the source URL holds user info',
      'Give a URL without it, and let git find credentials itself',
    );
  }
  return { kind: 'url', location: text };
}

function nameOf({ protocol }: URL): string {
  return protocol === 'ssh:' ? 'ssh' : protocol;
}

/** The user of ssh is no secret, but what stands before an @ may be one. */
function withoutUser(text: string): string {
  return text.replace(/^([^/]*\/\/)?[^/]*@/, '$1');
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw unusable(withoutUser(text), 'it is not a URL');
  }
}

function pathSource(text: string, workingFolder: string): Source {
  // git reads `host:path` as ssh.
  if (/^[^/]*:/.test(text)) throw unusable(text, 'ssh is not allowed; use https or a path');
  const path = resolve(workingFolder, text);
  try {
    if (statSync(path).isDirectory()) return { kind: 'path', location: realpathSync(path) };
  } catch {
    // answered below
  }
  throw unusable(text, 'there is no such folder');
}

function unusable(text: string, why: string): UserError {
  const remedy = 'Give the path or https URL of the recipe repository with --source';
  return new UserError(`the source "${text}" cannot be used: ${why}`, remedy);
}
