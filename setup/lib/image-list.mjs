import fs from 'node:fs';
import path from 'node:path';
import { goToolPath } from './go-tool.mjs';
import { hashTree, readJson, sha256 } from './files.mjs';

/** What the fixtures of specs are made of, without a browser. */
export const SPEC_PACKAGES = ['@playwright/test', 'playwright', 'playwright-core', 'zod', '@noble/hashes'];

/**
 * One tag of an image of setup/images.
 * @typedef {object} Image
 * @property {string} name the folder
 * @property {string} repository as on Docker Hub, `nginx` or `owner/name`
 * @property {string} tag
 * @property {Record<string, string>} args build arguments
 * @property {string[]} prepare what to put into the build context first (see prepare-image.mjs)
 * @property {string} key hash of everything its content depends on
 * @property {number} expectedMs
 * @property {boolean} demo the demonstration uses it
 * @property {boolean} published where it may be pulled from; one that is cc-ci's own is built everywhere
 */

/**
 * All images, each after the ones it is built from; with `demoOnly` those of the demonstration.
 * @param {{ setupDir: string, cache: string, demoOnly: boolean }} where
 * @param {string} caFile
 * @returns {Image[]}
 */
export function listImages(where, caFile) {
  const folder = path.join(where.setupDir, 'images');
  const names = fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, 'image.json')));
  /** @type {Map<string, Image[]>} */
  const done = new Map();
  const visit = (/** @type {string} */ name, /** @type {string[]} */ path_) => {
    if (done.has(name)) return;
    if (path_.includes(name)) throw new Error(`images need each other: ${[...path_, name].join(' -> ')}`);
    const description = readJson(path.join(folder, name, 'image.json'));
    if (!description?.repository) throw new Error(`setup/images/${name}/image.json is missing or no JSON`);
    const parents = description.from ?? [];
    for (const parent of parents) visit(parent, [...path_, name]);
    const parentKeys = parents.flatMap(
      (/** @type {string} */ parent) => done.get(parent)?.map((i) => i.key) ?? [],
    );
    const prepare = description.prepare ?? [];
    const inputs = prepare.map((/** @type {string} */ what) => preparationKey(where, caFile, what));
    const base = sha256(hashTree(path.join(folder, name)), ...parentKeys, ...inputs);
    const images = description.variants.map((/** @type {any} */ variant) => ({
      name,
      repository: description.repository,
      tag: variant.tag,
      args: variant.args ?? {},
      prepare,
      key: sha256(base, variant.tag, JSON.stringify(variant.args ?? {})).slice(0, 24),
      expectedMs: (description.expectedSeconds ?? 30) * 1000,
      demo: description.demo ?? false,
      published: description.published ?? true,
    }));
    done.set(name, images);
  };
  for (const name of names.sort()) visit(name, []);
  return [...done.values()].flat().filter(({ demo }) => demo || !where.demoOnly);
}

/**
 * @param {{ setupDir: string, cache: string }} where
 * @param {string} caFile
 * @param {string} what
 */
function preparationKey(where, caFile, what) {
  if (what === 'traefik' || what === 'gitea') return goToolPath(where, what);
  if (what === 'spec-runner') {
    const { packages } = readJson(path.join(where.setupDir, '../package-lock.json'));
    return ['node', ...SPEC_PACKAGES].map((name) => packages[`node_modules/${name}`].integrity).join(' ');
  }
  if (what === 'certificates')
    return localAuthorities(caFile)
      .map((file) => fs.readFileSync(file, 'utf8'))
      .join('');
  return what;
}

/** The test CA and the certificate authorities that were added to this machine. */
export function localAuthorities(/** @type {string} */ caFile) {
  const folder = '/usr/local/share/ca-certificates';
  const local = fs.existsSync(folder)
    ? fs
        .readdirSync(folder)
        .filter((name) => name.endsWith('.crt'))
        .sort()
    : [];
  return [caFile, ...local.map((name) => path.join(folder, name))];
}
