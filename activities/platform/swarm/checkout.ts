import { existsSync } from 'node:fs';
import { CodedError } from '../../../domain/errors.ts';
import type { App, Version } from '../../../domain/plan.ts';
import type { Operation } from '../../support/operation.ts';
import type { Versions } from '../port.ts';
import { checkOut, fetchBranches, fetchMirror, hasCommit, listTags, mirrorOf, tagsBefore } from './git.ts';
import type { SwarmContext } from './swarm-context.ts';
import { byVersion, isVersionTag, versionsAt, type VersionTag } from './version-tags.ts';

/** The versions of a recipe around a head. Always asks the repository, because tags may have been added. */
export async function findVersions(
  { paths }: SwarmContext,
  operation: Operation,
  app: App,
  head: string,
): Promise<Versions> {
  const mirror = mirrorOf(paths.gitCache, app.source);
  operation.progress(`${app.recipe}: fetching the repository`);
  await fetchMirror(operation, mirror, head);
  if (!(await hasCommit(operation, mirror, head))) throw new CodedError('E_REF', `no commit ${head}`);
  const tags = await tagsBefore(operation, mirror, head);
  const { own, previous } = versionsAt(head, tags);
  const earlier = tags.filter(({ tag, commit }) => isVersionTag(tag) && commit !== head);
  return {
    // The head is what is under review, so it is deployed as such even when it has been published already.
    head: { commit: head, chaos: true, ...(own ? { tag: own.tag } : {}) },
    previous: previous && published(previous),
    published: new Map(earlier.map((tag) => [tag.tag, published(tag)])),
  };
}

/** The newest published version of a recipe, for an app that is no more than needed. */
export async function newestVersion(
  { paths }: SwarmContext,
  operation: Operation,
  app: App,
): Promise<Version & { readonly tag: string }> {
  const mirror = mirrorOf(paths.gitCache, app.source);
  operation.progress(`${app.recipe}: fetching the repository`);
  await fetchBranches(operation, mirror);
  const tags = await listTags(operation, mirror);
  const newest = tags.filter(({ tag }) => isVersionTag(tag)).sort(byVersion)[0];
  if (!newest) throw new CodedError('E_REF', `${app.recipe} has no published version`);
  return published(newest);
}

function published({ tag, commit }: VersionTag): Version & { readonly tag: string } {
  return { tag, commit, chaos: false };
}

/** Ensures the environment's checkout of a version and returns its folder. Fetches only what the host does not have. */
export async function ensureCheckout(
  context: SwarmContext,
  operation: Operation,
  app: App,
  version: Version,
): Promise<string> {
  const { commit } = version;
  const folder = context.paths.environment(operation.environment.id).tree(commit);
  if (!existsSync(folder)) await makeCheckout(context, operation, app, version, folder);
  return folder;
}

/** Checks a version out into a folder that does not exist yet. */
export async function makeCheckout(
  { paths }: SwarmContext,
  operation: Operation,
  app: App,
  { commit }: Version,
  folder: string,
): Promise<void> {
  const mirror = mirrorOf(paths.gitCache, app.source);
  operation.progress(`${app.recipe}: checking out ${commit.slice(0, 8)}`);
  if (!(await hasCommit(operation, mirror, commit))) await fetchMirror(operation, mirror, commit);
  await checkOut(operation, mirror, commit, folder);
}
