import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';

/** Name of a recipe as it stands in a URL, a folder and a branch: nothing that a path or a shell could misread. */
export const recipeNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a recipe name is lower-case letters, digits and hyphens');

/** A full git commit id. Moving references are resolved to one before a run starts (spec R-80). */
export const commitSchema = z.string().regex(/^[0-9a-f]{40}$/, 'a commit is 40 hexadecimal digits');

export const environmentIdSchema = z.uuid();

/** Id of a run, as it stands in paths and queries. */
export const runIdSchema = z.string().regex(/^run-[a-z0-9-]{1,120}$/);

/** Role of an app in its environment: `app` is the recipe under test, a dependency has its recipe's name. */
export const roleSchema = recipeNameSchema;

function shortHash(parts: readonly string[], digits: number): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(parts)))).slice(0, digits);
}

/** Workflow id of a run. The same recipe, head and key is the same run, so starting it twice joins the first. */
export function runId(input: { recipe: string; head: string; key: readonly string[] }): string {
  return `run-${input.recipe}-${input.head.slice(0, 12)}-${shortHash(input.key, 6)}`;
}

/** Workflow id of the guard of one environment of a run. */
export function guardId(run: string, environmentId: string): string {
  return `guard-${run}-${environmentId.slice(0, 8)}`;
}

/** Workflow id of the guard that takes over an environment whose run and guard are gone. */
export function adoptionId(environmentId: string, run?: string): string {
  return `${guardId(run ?? UNKNOWN_RUN, environmentId)}-adopted`;
}

/**
 * Workflow id of whoever keeps a provider warm on a host. It has the form of a run's id, because it stands for the run in
 * the environment that it owns.
 */
export function warmProviderId(recipe: string, host: string): string {
  const place = host.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `run-warm-${recipe}-${place}`.slice(0, 124);
}

/** Domain of the provider that is kept warm: one in each zone, and not of the form of those of runs. */
export function warmDomain(recipe: string, zone: string): string {
  return `warm-${recipe}.${zone}`;
}

/** Stands for the run of an environment that does not say whose it is. */
export const UNKNOWN_RUN = 'run-unknown';

/**
 * Domain of an app: one label deep below the zone, so that one wildcard certificate covers it, and of a bounded length,
 * because swarm limits secret and config names (stack name included) to 64 characters.
 */
export function appDomain(app: {
  recipe: string;
  role: string;
  environmentId: string;
  zone: string;
}): string {
  const prefix = app.recipe.slice(0, 4).replace(/-+$/, '');
  return `${prefix}-${shortHash([app.environmentId, app.role], 6)}.${app.zone}`;
}

/** A further host of an app, flattened to stay one label deep (spec R-57): `collabora-lasu-1a2b3c.ci.test`. */
export function extraDomain(service: string, domain: string): string {
  return `${service}-${domain}`;
}

/** Swarm stack of a domain, as abra names it: dots become underscores, hyphens stay. */
export function stackName(domain: string): string {
  return domain.replaceAll('.', '_');
}

/** The stack of which an object's name speaks, when it looks like a stack of this zone; a name proves nothing. */
export function stackInName(name: string, zone: string): string | undefined {
  const end = zone.replaceAll('.', '_').replaceAll(/[^a-z0-9_-]/g, '');
  const label = '(?:[a-z0-9][a-z0-9-]{0,3}-[0-9a-f]{6}|warm-[a-z0-9][a-z0-9-]*)';
  return new RegExp(`^${label}_${end}(?=_|$)`).exec(name)?.[0];
}

/** An id that always comes out the same for the same words, in the form of a UUID (version 8, RFC 9562). */
export function derivedEnvironmentId(words: readonly string[]): string {
  const hex = shortHash(words, 32);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}
